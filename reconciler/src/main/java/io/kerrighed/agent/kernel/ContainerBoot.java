// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.KernelException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Runs krgboot, which returns when the node is online. That may take until another node comes up,
 * so nobody waits for it longer than until there is a container.
 */
final class ContainerBoot {
  private static final Logger LOG = System.getLogger(ContainerBoot.class.getName());
  private static final Path OUTPUT = Path.of("/run/krgboot.log");
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 20;

  private Process running;

  void start(Path krgboot) {
    logEndOfLast();
    try {
      running =
          new ProcessBuilder(krgboot.toString())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(OUTPUT.toFile())
              .start();
      long end = System.nanoTime() + LIMIT.toNanos();
      while (Processes.containerInit().isEmpty()) {
        if (running.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS) && running.exitValue() != 0) {
          throw new KernelException("EIO", krgboot + " failed: " + output());
        }
        if (System.nanoTime() > end) {
          running.destroyForcibly();
          throw new KernelException("ETIMEDOUT", krgboot + " does not start a container");
        }
      }
    } catch (IOException e) {
      throw new KernelException("ENOENT", "cannot run " + krgboot + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KernelException("EINTR", "interrupted while the container was starting");
    }
  }

  private void logEndOfLast() {
    if (running != null && !running.isAlive() && running.exitValue() != 0) {
      LOG.log(Level.WARNING, "the container did not come online before: {0}", output());
    }
  }

  private static String output() {
    return Text.readIfThere(OUTPUT).orElse("");
  }
}
