// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Tells when a file of a node's kernel holds a text, by the clock of the host. */
final class KernelWatch {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int NOT_YET = 3;

  /**
   * Looks every 50 ms for up to a minute, and starts no process for that: the node has other work
   * to do. The FIFO is an input that never comes.
   */
  private static final String SCRIPT =
      """
      bash -c '
        quiet=$(mktemp -u) && mkfifo "$quiet" && exec 3<>"$quiet" && rm "$quiet" || exit
        while ((SECONDS < 60)); do
          mapfile -t lines <"$1" && [[ ${lines[*]} == *"$2"* ]] && exit
          read -rt 0.05 <&3
        done
        printf "%%s\\n" "${lines[@]}"
        exit %d' bash '%s' '%s'""";

  private KernelWatch() {}

  /**
   * Begins to look.
   *
   * @return the {@link System#nanoTime} at which the host heard of it
   */
  static CompletableFuture<Long> await(Node node, String file, String text) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return watch(node, SCRIPT.formatted(NOT_YET, file, text));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
          }
        },
        task -> new Thread(task, "watch node " + node.id()).start());
  }

  private static long watch(Node node, String script) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < end) {
      CommandResult result = node.host(script);
      long now = System.nanoTime();
      if (result.exit() != NOT_YET) {
        result.orFail();
        return now;
      }
    }
    throw new LabException(
        "node %d did not show it within %s: %s".formatted(node.id(), LIMIT, script));
  }
}
