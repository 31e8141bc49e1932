// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

/** Why a revision is not to be trusted. */
public final class VerificationException extends Exception {
  VerificationException(String message) {
    super(message);
  }

  VerificationException(String message, Throwable cause) {
    super(message, cause);
  }
}
