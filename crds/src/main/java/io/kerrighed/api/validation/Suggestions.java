// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.validation;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Guesses what a mistyped word was meant to be. */
public final class Suggestions {
  private Suggestions() {}

  /** The sentence to append to an error: the closest word, or else all of them. */
  public static String of(String word, Collection<String> allowed) {
    String lower = word.toLowerCase(Locale.ROOT);
    return allowed.stream()
        .min(Comparator.comparingInt(candidate -> distance(lower, candidate)))
        .filter(candidate -> distance(lower, candidate) <= Math.max(2, candidate.length() / 3))
        .map(candidate -> "did you mean " + candidate + "?")
        .orElseGet(() -> "known are " + String.join(", ", allowed));
  }

  /** Levenshtein distance of a lower-case word to a candidate of any case. */
  private static int distance(String word, String candidate) {
    String other = candidate.toLowerCase(Locale.ROOT);
    int[] previous = new int[other.length() + 1];
    for (int j = 0; j < previous.length; j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= word.length(); i++) {
      int[] row = new int[other.length() + 1];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int change = word.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + change);
      }
      previous = row;
    }
    return previous[other.length()];
  }
}
