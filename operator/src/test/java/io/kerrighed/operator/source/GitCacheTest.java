// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.api.manifest.SourceFile;
import io.kerrighed.api.v1alpha1.ConfigSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jgit.revwalk.RevCommit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitCacheTest {
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
  void readsTheNewestCommitBelowAPath() throws Exception {
    repo.commit("lab/a.yaml", "first");
    read("path: lab");
    repo.commit("other/b.yaml", "x");
    repo.commit("lab/README.md", "x");
    RevCommit newest = repo.commit("lab/a.yaml", "second");
    for (String path : new String[] {"lab", "./lab/", "/lab", "other/../lab"}) {
      ConfigSource source = repo.source("path: " + path);
      Revision revision = fetch(source);
      assertThat(revision).hasToString("main@sha1:" + newest.name());
      assertThat(cache.read(source, revision, source.getSpec().path()))
          .singleElement()
          .satisfies(
              file -> {
                assertThat(file.path()).isEqualTo("lab/a.yaml");
                assertThat(new String(file.content(), StandardCharsets.UTF_8)).isEqualTo("second");
              });
    }
    assertThat(read("")).extracting(SourceFile::path).containsExactly("lab/a.yaml", "other/b.yaml");
  }

  @Test
  void linksLeadNowhere() throws Exception {
    Path secret = Files.writeString(directory.resolve("secret.yaml"), "secret");
    Files.createSymbolicLink(repo.directory().resolve("link.yaml"), secret);
    repo.commit("a.yaml", "x");
    assertThat(read("")).extracting(SourceFile::path).containsExactly("a.yaml");
    assertThat(read("path: ../..")).hasSize(1);
  }

  @Test
  void saysWhichFolderIsMissing() throws Exception {
    repo.commit("a.yaml", "x");
    assertThatThrownBy(() -> read("path: nowhere"))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo("PathNotFound"))
        .hasMessageContaining("no folder nowhere in main@sha1:");
  }

  @Test
  void forgetsSourcesThatAreGoneAndUrlsThatAreNoLongerUsed() throws Exception {
    repo.commit("a.yaml", "x");
    read("");
    List<Path> first = copies();
    ConfigSource moved = Repo.source(repo.url() + "/.git", "");
    fetch(moved);
    assertThat(copies()).hasSize(1).doesNotContainAnyElementsOf(first);

    cache.keepOnly(Set.of(moved.getMetadata().getName(), "another"));
    assertThat(copies()).hasSize(1);
    cache.keepOnly(Set.of("another"));
    assertThat(directory.resolve("cache")).isEmptyDirectory();
  }

  private List<Path> copies() throws IOException {
    try (var files = Files.walk(directory.resolve("cache"))) {
      return files.filter(file -> file.toString().endsWith(".git")).toList();
    }
  }

  @Test
  void locksOfAKilledOperatorHoldNobodyUp() throws Exception {
    repo.commit("a.yaml", "x");
    read("");
    List<Path> locked;
    try (var files = Files.walk(directory.resolve("cache"))) {
      locked =
          files
              .filter(file -> file.endsWith("shallow") || file.endsWith("fetched"))
              .map(file -> Path.of(file + ".lock"))
              .toList();
    }
    assertThat(locked).isNotEmpty();
    for (Path lock : locked) {
      Files.writeString(lock, "");
    }
    cache = new GitCache(directory.resolve("cache"));
    fetcher = new GitFetcher(cache);
    RevCommit newest = repo.commit("b.yaml", "y");
    assertThat(fetch(repo.source("")).commit()).isEqualTo(newest);
  }

  private Revision fetch(ConfigSource source) throws SourceException {
    try (GitAccess access = GitAccess.of(source, Map.of(), directory)) {
      return fetcher.fetch(source, access);
    }
  }

  private List<SourceFile> read(String spec) throws SourceException {
    ConfigSource source = repo.source(spec);
    return cache.read(source, fetch(source), source.getSpec().path());
  }
}
