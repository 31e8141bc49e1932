// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Finds a kernel's complaints in its console log. */
public final class ConsoleScan {
  /**
   * Not just the word RCU: each healthy boot says how it is configured. Its complaints are stalls,
   * starved threads, and uses that are suspicious or illegal.
   */
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "\\bBUG\\b|\\bWARNING\\b|\\bOops\\b|Call Trace|[Hh]ung task|blocked for more than"
              + "|soft lockup|hard LOCKUP|rcu: INFO|rcu.*(stall|starved)|RCU usage|RCU used"
              + "|[Gg]eneral protection|Kernel panic|unable to handle|double fault"
              + "|list_(add|del) corruption|refcount_t:|use-after-free"
              + "|Bad (page|rss-counter)|scheduling while atomic|sleeping function called"
              + "|possible recursive locking|stack-protector|stack guard page|UBSAN|KASAN"
              + "|Unknown symbol|nobody cared|Objects remaining in|kernel tried to execute"
              + "|unregister_netdevice: waiting");

  private ConsoleScan() {}

  /** Whether one line of a console is a complaint. */
  public static boolean complains(String line) {
    return COMPLAINT.matcher(line).find();
  }

  /** The complaining lines, in their order. */
  public static List<String> complaints(List<String> lines) {
    return lines.stream().filter(ConsoleScan::complains).toList();
  }

  /** A console log's lines; none if there is no log. A kernel may print any bytes. */
  static List<String> readLines(Path log) {
    try {
      return new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1)
          .lines()
          .map(String::stripTrailing)
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException("the console log cannot be read", e);
    }
  }
}
