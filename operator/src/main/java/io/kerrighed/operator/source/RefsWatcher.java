// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSourceSpec;
import java.io.IOException;
import java.net.URI;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Tells at once when a repository on this machine changes; others are found out by fetching. Losing
 * a watch costs only time: the interval of the source goes on.
 */
final class RefsWatcher implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RefsWatcher.class);

  private final WatchService watches;
  private final Map<WatchKey, Set<String>> sources = new ConcurrentHashMap<>();
  private final Consumer<String> changed;

  /**
   * @param changed is told the name of a source whose repository may have changed
   */
  RefsWatcher(Consumer<String> changed) throws IOException {
    this.changed = changed;
    this.watches = FileSystems.getDefault().newWatchService();
    Thread thread = new Thread(this::run, "refs-watcher");
    thread.setDaemon(true);
    thread.start();
  }

  /** Watches what the source's branch is kept in; harmless if it is watched already. */
  void watch(String source, ConfigSourceSpec spec) {
    if (!spec.url().startsWith("file://")) {
      return;
    }
    try {
      Path repository = Path.of(URI.create(spec.url()));
      Path git =
          Files.isDirectory(repository.resolve(".git")) ? repository.resolve(".git") : repository;
      Path branch = git.resolve("refs/heads").resolve(spec.branch()).getParent();
      // A branch is a file of its own, or a line in packed-refs.
      for (Path directory :
          List.of(git, Files.isDirectory(branch) ? branch : git.resolve("refs/heads"))) {
        WatchKey key =
            directory.register(
                watches,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY);
        sources.computeIfAbsent(key, any -> ConcurrentHashMap.newKeySet()).add(source);
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.debugf("%s is not watched: %s", spec.url(), e.getMessage());
    }
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = watches.take();
        boolean written = key.pollEvents().stream().anyMatch(RefsWatcher::counts);
        Set<String> names = sources.getOrDefault(key, Set.of());
        if (!key.reset()) {
          sources.remove(key);
        }
        if (written) {
          names.forEach(changed);
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.debug("no longer watching");
    }
  }

  /**
   * Git writes a lock file and renames it: only the new name counts. An overflow may be anything.
   */
  private static boolean counts(WatchEvent<?> event) {
    return event.context() == null || !event.context().toString().endsWith(".lock");
  }

  @Override
  public void close() throws IOException {
    watches.close();
  }
}
