// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import java.util.Objects;

/** The kernel, or a command that speaks to it, refused something; nothing changed. */
public final class KernelException extends RuntimeException {
  private final String errno;

  /**
   * @param errno symbolic name, such as {@code EBUSY}
   * @param message what was refused, why, and the next thing to try
   */
  public KernelException(String errno, String message) {
    super(message);
    this.errno = Objects.requireNonNull(errno);
  }

  /** Symbolic name of the error, such as {@code EBUSY}. */
  public String errno() {
    return errno;
  }
}
