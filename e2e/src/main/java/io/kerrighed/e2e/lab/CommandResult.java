// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.nio.charset.StandardCharsets;

/**
 * What a command in a guest did.
 *
 * @param exit its exit code, or 128 + the number of the signal that ended it
 */
public record CommandResult(String command, int exit, byte[] output, byte[] errors) {
  public String stdout() {
    return new String(output, StandardCharsets.UTF_8);
  }

  public String stderr() {
    return new String(errors, StandardCharsets.UTF_8);
  }

  /**
   * This result.
   *
   * @throws LabException with everything it printed if the exit code is not 0
   */
  public CommandResult orFail() {
    if (exit != 0) {
      throw new LabException(toString());
    }
    return this;
  }

  @Override
  public String toString() {
    return "'%s' exited with %d%nstdout: %s%nstderr: %s"
        .formatted(command, exit, stdout().strip(), stderr().strip());
  }
}
