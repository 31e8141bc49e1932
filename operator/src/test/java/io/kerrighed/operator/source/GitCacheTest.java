// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.api.manifest.SourceFile;
import io.kerrighed.api.v1alpha1.ConfigSourceSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.revwalk.RevCommit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitCacheTest {
  @TempDir Path directory;
  private Path repository;
  private GitCache cache;

  @BeforeEach
  void start() {
    repository = directory.resolve("work");
    cache = new GitCache(directory.resolve("cache"));
  }

  @Test
  void readsTheNewestCommitBelowAPath() throws Exception {
    commit("lab/a.yaml", "first");
    assertThat(cache.fetch(spec("lab"))).isNotNull();
    commit("other/b.yaml", "x");
    commit("lab/README.md", "x");
    RevCommit newest = commit("lab/a.yaml", "second");
    for (String path : new String[] {"lab", "./lab/", "/lab", "other/../lab"}) {
      Revision revision = cache.fetch(spec(path));
      assertThat(revision).hasToString("main@sha1:" + newest.name());
      assertThat(cache.read(spec(path), revision))
          .singleElement()
          .satisfies(
              file -> {
                assertThat(file.path()).isEqualTo("lab/a.yaml");
                assertThat(new String(file.content(), StandardCharsets.UTF_8)).isEqualTo("second");
              });
    }
    assertThat(cache.read(spec("."), cache.fetch(spec("."))))
        .extracting(SourceFile::path)
        .containsExactly("lab/a.yaml", "other/b.yaml");
  }

  @Test
  void followsARewrittenBranch() throws Exception {
    commit("a.yaml", "first");
    cache.fetch(spec("."));
    try (Git git = Git.open(repository.toFile())) {
      git.commit().setAmend(true).setSign(false).setMessage("rewritten").call();
      assertThat(cache.fetch(spec(".")).commit())
          .isEqualTo(git.getRepository().resolve("refs/heads/main"));
    }
  }

  @Test
  void linksLeadNowhere() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret.yaml"), "secret");
    Files.createDirectories(repository);
    Files.createSymbolicLink(repository.resolve("link.yaml"), secret);
    commit("a.yaml", "x");
    assertThat(cache.read(spec("."), cache.fetch(spec("."))))
        .extracting(SourceFile::path)
        .containsExactly("a.yaml");
    Revision revision = cache.fetch(spec(".."));
    assertThat(cache.read(spec("../.."), revision)).hasSize(1);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    assertThatThrownBy(() -> cache.fetch(spec(".")))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo("FetchFailed"));
    commit("a.yaml", "x");
    ConfigSourceSpec wrongBranch =
        new ConfigSourceSpec(spec(".").url(), "trunk", ".", null, null, null);
    assertThatThrownBy(() -> cache.fetch(wrongBranch)).hasMessageContaining("trunk");
    Revision revision = cache.fetch(spec("."));
    assertThatThrownBy(() -> cache.read(spec("nowhere"), revision))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo("PathNotFound"));
  }

  private ConfigSourceSpec spec(String path) {
    return new ConfigSourceSpec("file://" + repository, "main", path, null, null, null);
  }

  private RevCommit commit(String path, String text) throws Exception {
    Path file = repository.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    try (Git git = Git.init().setDirectory(repository.toFile()).setInitialBranch("main").call()) {
      git.add().addFilepattern(".").call();
      return git.commit()
          .setSign(false)
          .setAuthor("test", "test@example.org")
          .setCommitter("test", "test@example.org")
          .setMessage(path)
          .call();
    }
  }
}
