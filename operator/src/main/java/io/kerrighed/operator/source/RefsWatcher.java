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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Tells at once when a repository on this machine changes; others are found out by fetching. Losing
 * a watch costs only time: the interval of the source goes on.
 */
final class RefsWatcher implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(RefsWatcher.class);

  private final WatchService watches;
  private final Map<WatchKey, Set<String>> sources = new HashMap<>();
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

  /**
   * Watches what the source's branch or tags are kept in, and no longer what they were kept in when
   * its spec was another one; harmless if nothing has changed.
   */
  synchronized void watch(String source, ConfigSourceSpec spec) {
    List<WatchKey> keys = new ArrayList<>();
    try {
      for (Path directory : directories(spec)) {
        keys.add(
            directory.register(
                watches,
                StandardWatchEventKinds.ENTRY_CREATE,
                StandardWatchEventKinds.ENTRY_MODIFY));
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.debugf("%s is not watched: %s", spec.url(), e.getMessage());
    }
    keys.forEach(key -> sources.computeIfAbsent(key, any -> new HashSet<>()).add(source));
    dropAllBut(keys, source);
  }

  /** Ends the watches of a source that is gone. */
  synchronized void drop(String source) {
    dropAllBut(List.of(), source);
  }

  private void dropAllBut(List<WatchKey> keys, String source) {
    sources
        .entrySet()
        .removeIf(
            watch -> {
              if (!keys.contains(watch.getKey())) {
                watch.getValue().remove(source);
              }
              if (watch.getValue().isEmpty()) {
                watch.getKey().cancel();
              }
              return watch.getValue().isEmpty();
            });
  }

  synchronized int watched() {
    return sources.size();
  }

  /** A reference is a file of its own, or a line in packed-refs. A commit never changes. */
  private static List<Path> directories(ConfigSourceSpec spec) {
    if (!spec.url().startsWith("file://") || spec.commit() != null) {
      return List.of();
    }
    Path repository = Path.of(URI.create(spec.url()));
    Path git =
        Files.isDirectory(repository.resolve(".git")) ? repository.resolve(".git") : repository;
    Path all = git.resolve(spec.branch() == null ? "refs/tags" : "refs/heads");
    String name = spec.branch() == null ? spec.tag() : spec.branch();
    Path folder = name == null ? all : all.resolve(name).getParent();
    return List.of(git, Files.isDirectory(folder) ? folder : all);
  }

  private void run() {
    try {
      while (true) {
        WatchKey key = watches.take();
        boolean written = key.pollEvents().stream().anyMatch(RefsWatcher::counts);
        List<String> names = renew(key);
        if (written) {
          names.forEach(changed);
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      LOG.debug("no longer watching");
    }
  }

  /**
   * @return who is interested in what the key watches
   */
  private synchronized List<String> renew(WatchKey key) {
    List<String> names = List.copyOf(sources.getOrDefault(key, Set.of()));
    if (!key.reset()) {
      sources.remove(key);
    }
    return names;
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
