// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RefsWatcherTest {
  @TempDir Path directory;

  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @Test
  void tellsAboutAPush() throws Exception {
    try (Repo repo = new Repo(directory);
        RefsWatcher watcher = new RefsWatcher(told::add)) {
      repo.commit("a.yaml", "x");
      watcher.watch("lab", repo.source("").getSpec());
      repo.commit("a.yaml", "y");
      assertThat(told.poll(1, TimeUnit.MINUTES)).isEqualTo("lab");
    }
  }

  @Test
  void tellsAboutATag() throws Exception {
    try (Repo repo = new Repo(directory);
        RefsWatcher watcher = new RefsWatcher(told::add)) {
      repo.commit("a.yaml", "x");
      repo.tag("v1.0.0");
      watcher.watch("lab", repo.source("semver: 1.x").getSpec());
      repo.tag("v1.0.1");
      assertThat(told.poll(1, TimeUnit.MINUTES)).isEqualTo("lab");
    }
  }

  @Test
  void watchesNothingForNobody() throws Exception {
    try (Repo repo = new Repo(directory.resolve("one"));
        Repo other = new Repo(directory.resolve("other"));
        RefsWatcher watcher = new RefsWatcher(told::add)) {
      repo.commit("a.yaml", "x");
      other.commit("a.yaml", "x");
      watcher.watch("lab", repo.source("").getSpec());
      watcher.watch("lab2", repo.source("").getSpec());
      watcher.watch("lab", repo.source("").getSpec());
      assertThat(watcher.watched()).isEqualTo(2);
      watcher.drop("lab2");
      assertThat(watcher.watched()).isEqualTo(2);
      watcher.watch("lab", other.source("").getSpec());
      assertThat(watcher.watched()).isEqualTo(2);
      watcher.watch(
          "lab", other.source("commit: 0123456789012345678901234567890123456789").getSpec());
      assertThat(watcher.watched()).isZero();
      watcher.watch("lab", other.source("").getSpec());
      watcher.drop("lab");
      assertThat(watcher.watched()).isZero();
      watcher.watch("lab", Repo.source("https://example.org/lab.git", "").getSpec());
      assertThat(watcher.watched()).isZero();
    }
  }
}
