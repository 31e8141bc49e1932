// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Finds a kernel's complaints in its console log. */
public final class ConsoleScan {
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "BUG|WARNING|Oops|Call Trace|[Hh]ung task|blocked for more than|soft lockup|hard LOCKUP"
              + "|rcu.*(stall|detected|kthread starved)|RCU|[Gg]eneral protection|Kernel panic"
              + "|unable to handle|list_(add|del) corruption|refcount_t:|use-after-free"
              + "|Bad (page|rss-counter)|scheduling while atomic|sleeping function called"
              + "|possible recursive locking|stack-protector|Unknown symbol|UBSAN|KASAN"
              + "|nobody cared|double fault|stack guard page|Objects remaining in"
              + "|unregister_netdevice: waiting|kernel tried to execute");

  /** What each healthy boot says, though a word in it is on the list. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          "rcu: (Preemptible|Hierarchical|\\s*RCU|\\s*(Trampoline|Rude|Tracing|Offload)|.*Adjusting)"
              + "|RCU (event tracing|restricting CPUs|callback|calculated value|Tasks"
              + "|lockdep|debug)"
              + "|RCU Tasks (Rude|Trace)?:? ?Setting"
              + "|RCU-tasks|DEBUG|Debug");

  private ConsoleScan() {}

  /** Whether one line of a console is a complaint. */
  public static boolean complains(String line) {
    return COMPLAINT.matcher(line).find() && !HARMLESS.matcher(line).find();
  }

  /** The complaining lines, in their order. */
  public static List<String> complaints(List<String> lines) {
    return lines.stream().filter(ConsoleScan::complains).toList();
  }

  /** A console log's lines; none if there is no log. A kernel may print any bytes. */
  static List<String> readLines(Path log) throws IOException {
    if (!Files.exists(log)) {
      return List.of();
    }
    return new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1)
        .lines()
        .map(String::stripTrailing)
        .toList();
  }
}
