// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

/** Why a revision could not be read or was refused, as a ConfigSource's Ready condition says it. */
final class SourceException extends Exception {
  private final String reason;

  /**
   * @param reason one CamelCase word
   */
  SourceException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  SourceException(String reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
