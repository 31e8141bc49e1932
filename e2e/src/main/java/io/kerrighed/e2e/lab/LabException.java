// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

/** Something the lab was asked for failed; the message says what, why and what to do next. */
public final class LabException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LabException(String message) {
    super(message);
  }

  public LabException(String message, Throwable cause) {
    super(message, cause);
  }
}
