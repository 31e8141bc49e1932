// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.api.v1alpha1.ConfigSource;
import java.nio.file.Path;
import java.util.Map;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitFetcherTest {
  @TempDir Path directory;
  private Repo repo;
  private GitCache cache;
  private GitFetcher fetcher;

  @BeforeEach
  void start() throws Exception {
    repo = new Repo(directory.resolve("work"));
    cache = new GitCache(directory.resolve("cache"));
    fetcher = new GitFetcher(cache);
  }

  @AfterEach
  void end() {
    repo.close();
  }

  @Test
  void followsALongHistoryThatGrows() throws Exception {
    commits(GitFetcher.DEPTH + 1);
    ConfigSource source = repo.source("");
    for (int i = 0; i < 3; i++) {
      RevCommit newest = commits(1);
      assertThat(fetch(source).commit()).isEqualTo(newest);
    }
  }

  @Test
  void beginsAnewWhereJGitTripsOverWhatIsHere() throws Exception {
    commits(GitFetcher.DEPTH + 1);
    ConfigSource source = repo.source("");
    try (Repository local = cache.open(source);
        Git git = new Git(local)) {
      git.fetch()
          .setRemote(repo.url())
          .setRefSpecs("+refs/heads/main:refs/kerrighed/fetched")
          .setDepth(GitFetcher.DEPTH)
          .call();
    }
    RevCommit newest = commits(1);
    assertThat(fetch(source).commit()).isEqualTo(newest);
  }

  @Test
  void tellsARewrittenBranchFromAPush() throws Exception {
    ConfigSource source = repo.source("branch: main");
    RevCommit first = repo.commit("a.yaml", "first");
    String before = fetch(source).toString();
    assertThat(fetcher.rewritten(source, null, fetch(source))).isEmpty();
    assertThat(fetcher.rewritten(source, before, fetch(source))).isEmpty();
    commits(3);
    Revision pushed = fetch(source);
    assertThat(fetcher.rewritten(source, before, pushed)).isEmpty();

    RevCommit amended = repo.amend("rewritten");
    Revision now = fetch(source);
    assertThat(now.commit()).isEqualTo(amended);
    assertThat(fetcher.rewritten(source, pushed.toString(), now))
        .hasValueSatisfying(
            sentence ->
                assertThat(sentence)
                    .contains("main was rewritten", pushed.commit().name(), amended.name()));
    assertThat(fetcher.rewritten(source, "main@sha1:" + first.name(), now)).isEmpty();
    assertThat(fetcher.rewritten(source, "other@sha1:" + first.name(), now)).isEmpty();
  }

  @Test
  void aBranchMayTakeThePlaceOfAFolderOfBranches() throws Exception {
    repo.commit("a.yaml", "x");
    repo.git().branchCreate().setName("team/lab").call();
    assertThat(fetch(repo.source("branch: team/lab"))).isNotNull();
    repo.git().branchDelete().setBranchNames("team/lab").setForce(true).call();
    repo.git().branchCreate().setName("team").call();
    assertThat(fetch(repo.source("branch: team"))).isNotNull();
  }

  @Test
  void followsATagAndSaysThatItWasMoved() throws Exception {
    ConfigSource source = repo.source("tag: stable");
    RevCommit first = repo.commit("a.yaml", "first");
    repo.tag("stable");
    RevCommit second = repo.commit("a.yaml", "second");
    Revision revision = fetch(source);
    assertThat(revision).hasToString("stable@sha1:" + first.name());
    repo.tag("stable");
    Revision moved = fetch(source);
    assertThat(moved.commit()).isEqualTo(second);
    assertThat(fetcher.rewritten(source, revision.toString(), moved))
        .hasValue("tag stable was moved from " + first.name() + " to " + second.name());
  }

  @Test
  void followsTheHighestVersionInARange() throws Exception {
    ConfigSource source = repo.source("semver: '>=1.2 <2'");
    repo.commit("a.yaml", "first");
    repo.tag("v2.0.0");
    repo.tag("nightly");
    repo.tag("v1.1.9");
    assertThatThrownBy(() -> fetch(source))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo("NoVersion"))
        .hasMessageContaining("none of 3 tags is a version in the range >=1.2 <2");
    repo.tag("v1.9.0");
    Revision nine = fetch(source);
    RevCommit ten = repo.commit("a.yaml", "second");
    repo.tag("1.10.0");
    repo.tag("v1.11.0-rc1");
    Revision revision = fetch(source);
    assertThat(revision).hasToString("1.10.0@sha1:" + ten.name());
    assertThat(fetcher.rewritten(source, nine.toString(), revision)).isEmpty();
  }

  @Test
  void staysAtACommit() throws Exception {
    RevCommit first = repo.commit("a.yaml", "first");
    commits(GitFetcher.DEPTH + 5);
    fetch(repo.source(""));
    ConfigSource source = repo.source("commit: " + first.name());
    assertThat(fetch(source)).hasToString("sha1:" + first.name());
    assertThat(cache.read(source, fetch(source), source.getSpec().path())).hasSize(1);
    String unknown = "0123456789012345678901234567890123456789";
    assertThatThrownBy(() -> fetch(repo.source("commit: '" + unknown + "'")))
        .hasMessageContaining("has the commit " + unknown);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    assertThatThrownBy(() -> fetch(Repo.source("file:///nowhere", "")))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo("FetchFailed"))
        .hasMessageContaining("cannot fetch branch main: ");
    repo.commit("a.yaml", "x");
    assertThatThrownBy(() -> fetch(repo.source("branch: trunk")))
        .hasMessageContaining("cannot fetch branch trunk: ");
    assertThatThrownBy(() -> fetch(repo.source("tag: v1")))
        .hasMessageContaining("cannot fetch tag v1: ");
  }

  private Revision fetch(ConfigSource source) throws SourceException {
    try (GitAccess access = GitAccess.of(source, Map.of(), directory)) {
      return fetcher.fetch(source, access);
    }
  }

  private RevCommit commits(int count) throws Exception {
    RevCommit last = null;
    for (int i = 0; i < count; i++) {
      last = repo.commit("a.yaml", "text " + i);
    }
    return last;
  }
}
