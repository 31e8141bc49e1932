// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import java.time.Duration;
import java.util.regex.Matcher;

/** Lengths of time as Kubernetes writes them: 500ms, 1.5s, 10m, 1h30m. */
public final class Durations {
  /** What a field of this kind must look like. */
  public static final String PATTERN = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";

  private static final java.util.regex.Pattern WHOLE = java.util.regex.Pattern.compile(PATTERN);
  private static final java.util.regex.Pattern PART =
      java.util.regex.Pattern.compile("([0-9.]+)(ms|s|m|h)");

  private Durations() {}

  /**
   * Millisecond precision.
   *
   * @throws IllegalArgumentException if the text is no length of time
   */
  public static Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "not a length of time: '" + text + "' (write 500ms, 1.5s, 10m or 1h30m)");
    }
    double millis = 0;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      millis += Double.parseDouble(part.group(1)) * unitMillis(part.group(2));
    }
    return Duration.ofMillis(Math.round(millis));
  }

  private static long unitMillis(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> 1_000;
      case "m" -> 60_000;
      default -> 3_600_000;
    };
  }
}
