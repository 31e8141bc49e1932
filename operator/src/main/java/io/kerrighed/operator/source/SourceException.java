// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

/** Why a revision could not be read or was refused, as a ConfigSource's Ready condition says it. */
final class SourceException extends Exception {
  private final String reason;
  private final boolean waiting;

  /**
   * @param reason one CamelCase word
   */
  SourceException(String reason, String message) {
    this(reason, message, null);
  }

  SourceException(String reason, String message, Throwable cause) {
    this(reason, message, cause, false);
  }

  private SourceException(String reason, String message, Throwable cause, boolean waiting) {
    super(message, cause);
    this.reason = reason;
    this.waiting = waiting;
  }

  /** Something that will pass with nobody doing anything about this source. */
  static SourceException waiting(String reason, String message) {
    return new SourceException(reason, message, null, true);
  }

  /** The same failure, with one more thing to say. */
  SourceException and(String sentence) {
    return new SourceException(reason, getMessage() + "; " + sentence, getCause(), waiting);
  }

  boolean isWaiting() {
    return waiting;
  }

  String reason() {
    return reason;
  }
}
