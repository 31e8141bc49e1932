// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Two nodes that are killed in turns, so that one boots while the other is needed. */
final class Victims implements AutoCloseable {
  private static final int FIRST = 3;
  private static final int COUNT = 2;

  private final Cluster cluster;

  /** Both may be booting when one is to be killed at its moment. */
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(COUNT + 1);

  private final Map<Integer, Future<?>> boots = new HashMap<>();
  private int turn;

  Victims(Cluster cluster) {
    this.cluster = cluster;
  }

  /** The node that is killed next; it is online. */
  Node next() throws InterruptedException {
    Node node = cluster.node(FIRST + turn++ % COUNT);
    awaitBoot(node.id());
    return node;
  }

  private void awaitBoot(int node) throws InterruptedException {
    Future<?> boot = boots.remove(node);
    if (boot != null) {
      done(boot);
    }
  }

  /** Pulls the plug after a while. */
  Future<?> kill(Node node, Duration delay) {
    return threads.schedule(
        () -> {
          node.kill();
          return null;
        },
        delay.toNanos(),
        TimeUnit.NANOSECONDS);
  }

  /** Waits for what {@link #kill} returned, and begins to boot the node again. */
  void revive(Node node, Future<?> kill) throws InterruptedException {
    done(kill);
    Future<?> boot =
        threads.submit(
            () -> {
              node.start();
              return null;
            });
    boots.put(node.id(), boot);
  }

  private static void done(Future<?> work) throws InterruptedException {
    try {
      work.get();
    } catch (ExecutionException e) {
      throw new AssertionError("a node could not be killed or booted", e.getCause());
    }
  }

  @Override
  public void close() throws InterruptedException {
    threads.shutdown(); // what was begun is done, or the next test meets nodes half booted
    threads.awaitTermination(5, TimeUnit.MINUTES);
  }
}
