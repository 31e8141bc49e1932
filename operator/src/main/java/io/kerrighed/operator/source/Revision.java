// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jgit.lib.ObjectId;

/**
 * A commit, and the branch or tag that led to it; written as {@code main@sha1:0123…}, or {@code
 * sha1:0123…} if the commit itself was asked for.
 *
 * @param reference short name of the branch or tag; null if there is none
 */
record Revision(String reference, ObjectId commit) {
  private static final Pattern TEXT = Pattern.compile("(?:(.+)@)?sha1:([0-9a-f]{40})");

  /** Reads what {@link #toString} wrote; empty if it is anything else. */
  static Optional<Revision> parse(String text) {
    Matcher matcher = TEXT.matcher(text == null ? "" : text);
    return matcher.matches()
        ? Optional.of(new Revision(matcher.group(1), ObjectId.fromString(matcher.group(2))))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return (reference == null ? "" : reference + "@") + "sha1:" + commit.name();
  }
}
