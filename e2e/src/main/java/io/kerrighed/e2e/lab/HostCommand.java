// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Runs a program on the host and waits for it. */
public final class HostCommand {
  private HostCommand() {}

  /**
   * Returns what the program printed (both streams).
   *
   * @throws LabException if it cannot be started or exits with another status than 0; with its
   *     output
   */
  public static String run(Path directory, String... command) throws InterruptedException {
    Result result = tryRun(directory, command);
    if (result.status != 0) {
      throw new LabException(
          "'%s' failed with status %d:%n%s"
              .formatted(String.join(" ", command), result.status, result.output.strip()));
    }
    return result.output;
  }

  static Result tryRun(Path directory, String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(List.of(command))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } catch (IOException e) {
      throw new LabException(
          "'%s' cannot be run (%s); does e2e/bootstrap pass?".formatted(command[0], e.getMessage()),
          e);
    }
  }

  record Result(int status, String output) {}
}
