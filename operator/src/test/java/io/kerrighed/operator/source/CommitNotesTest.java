// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.operator.git.GitHttpsServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.jgit.lib.ObjectId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Read back with git, as people do. */
class CommitNotesTest {
  @TempDir Path directory;
  private Repo repo;
  private GitCache cache;
  private CommitNotes notes;

  @BeforeEach
  void start() throws Exception {
    repo = new Repo(directory.resolve("lab"));
    cache = new GitCache(directory.resolve("cache"));
    notes = new CommitNotes(cache);
  }

  @AfterEach
  void end() {
    repo.close();
  }

  @Test
  void theNewestOutcomeOfEachSourceIsOnItsCommit() throws Exception {
    ObjectId first = repo.commit("a.yaml", "x");
    write("lab", "refused: no\nreason", first);
    write("lab", "applied", first);
    write("other", "applied", first);
    ObjectId second = repo.commit("a.yaml", "y");
    write("lab", "refused", second);
    assertThat(note(first)).isEqualTo("ConfigSource lab: applied\nConfigSource other: applied\n");
    assertThat(note(second)).isEqualTo("ConfigSource lab: refused\n");
  }

  @Test
  void keepsWhatOthersWrite() throws Exception {
    ObjectId commit = repo.commit("a.yaml", "x");
    write("lab", "applied", commit);
    git("notes", "--ref=kerrighed", "append", "-m", "seen by me", commit.name());
    write("lab", "refused", commit);
    assertThat(note(commit)).contains("seen by me").endsWith("ConfigSource lab: refused\n");
    // Somebody starts them anew.
    git("update-ref", "-d", CommitNotes.REF);
    write("lab", "applied", commit);
    assertThat(note(commit)).isEqualTo("ConfigSource lab: applied\n");
  }

  @Test
  void saysWhenTheRemoteTakesNone() throws Exception {
    ObjectId commit = repo.commit("a.yaml", "x");
    try (GitHttpsServer server = new GitHttpsServer(directory);
        GitHttpsServer readOnly = new GitHttpsServer(directory)) {
      readOnly.refusePushes();
      assertThatThrownBy(() -> write(readOnly, commit))
          .isInstanceOfSatisfying(
              SourceException.class, e -> assertThat(e.reason()).isEqualTo("NoteNotPushed"))
          .hasMessageContaining("may the credentials push");
      write(server, commit);
    }
    assertThat(note(commit)).isEqualTo("ConfigSource lab: applied\n");
  }

  private void write(GitHttpsServer server, ObjectId commit) throws Exception {
    ConfigSource source = Repo.source(server.url("lab/.git"), "");
    try (GitAccess access = GitAccess.of(source, Map.of("ca.crt", server.ca()), directory)) {
      new GitFetcher(cache).fetch(source, access);
      notes.write(source, access, commit, "applied");
    }
  }

  private void write(String name, String outcome, ObjectId commit) throws SourceException {
    ConfigSource source = repo.source("");
    source.getMetadata().setName(name);
    try (GitAccess access = GitAccess.of(source, Map.of(), directory)) {
      new GitFetcher(cache).fetch(source, access);
      notes.write(source, access, commit, outcome);
    }
  }

  private String note(ObjectId commit) throws Exception {
    return git("notes", "--ref=kerrighed", "show", commit.name());
  }

  private String git(String... words) throws Exception {
    List<String> command =
        new java.util.ArrayList<>(
            List.of("git", "-c", "user.name=test", "-c", "user.email=test@example.org"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .directory(repo.directory().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return out;
  }
}
