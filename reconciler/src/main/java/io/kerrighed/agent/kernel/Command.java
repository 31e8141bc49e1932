// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.KernelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs one of the commands that the node needs anyway. */
final class Command {
  private Command() {}

  /**
   * Runs a command and waits for it. Its output goes to a file, so that nothing that it leaves
   * running can hold us up.
   *
   * @return what it printed
   * @throws KernelException with what it printed, when it cannot be run, fails, or takes too long
   */
  static String run(List<String> command, Duration limit) {
    Path output = null;
    try {
      output = Files.createTempFile("kerrighed-agent", ".out");
      Process process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly();
        throw new KernelException(
            "ETIMEDOUT", command.get(0) + " did not end within " + limit.toSeconds() + " s");
      }
      String printed = Files.readString(output).strip();
      if (process.exitValue() != 0) {
        throw new KernelException(
            "EIO",
            "%s failed (exit %d): %s".formatted(command.get(0), process.exitValue(), printed));
      }
      return printed;
    } catch (IOException e) {
      throw new KernelException("ENOENT", "cannot run " + command.get(0) + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KernelException("EINTR", command.get(0) + " was interrupted");
    } finally {
      delete(output);
    }
  }

  private static void delete(Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot delete " + file, e);
      }
    }
  }
}
