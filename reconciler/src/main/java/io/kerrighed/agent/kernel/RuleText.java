// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.CapabilityRule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The kernel's table of capability profiles as text, one rule a line: {@code NAME exe=GLOB uid=UID
 * effective=SET permitted=SET inheritable_permitted=SET inheritable_effective=SET}. {@code *}
 * stands for any executable or user, a set is a number.
 */
final class RuleText {
  private static final String ANY = "*";
  private static final Set<String> FIELDS =
      Set.of(
          "exe", "uid", "effective", "permitted", "inheritable_permitted", "inheritable_effective");

  private RuleText() {}

  /** Never empty: nothing at all would be no write. */
  static String format(List<CapabilityRule> rules) {
    return rules.stream().map(RuleText::line).collect(Collectors.joining("\n", "", "\n"));
  }

  private static String line(CapabilityRule rule) {
    return "%s exe=%s uid=%s effective=0x%x permitted=0x%x inheritable_permitted=0x%x inheritable_effective=0x%x"
        .formatted(
            rule.name(),
            rule.executable().isEmpty() ? ANY : rule.executable(),
            rule.uid().isPresent() ? Integer.toString(rule.uid().getAsInt()) : ANY,
            rule.effective(),
            rule.permitted(),
            rule.inheritablePermitted(),
            rule.inheritableEffective());
  }

  /** Lines that are not of this form are left out: the table then differs, and is written anew. */
  static List<CapabilityRule> parse(List<String> lines) {
    return lines.stream().map(RuleText::rule).flatMap(Optional::stream).toList();
  }

  private static Optional<CapabilityRule> rule(String line) {
    String[] words = line.split(" ");
    Map<String, String> fields = new HashMap<>();
    for (int i = 1; i < words.length; i++) {
      String[] field = words[i].split("=", 2);
      fields.put(field[0], field[field.length - 1]);
    }
    if (words.length != FIELDS.size() + 1 || !fields.keySet().equals(FIELDS)) {
      return Optional.empty();
    }
    try {
      String uid = fields.get("uid");
      String exe = fields.get("exe");
      return Optional.of(
          new CapabilityRule(
              words[0],
              exe.equals(ANY) ? "" : exe,
              uid.equals(ANY) ? OptionalInt.empty() : OptionalInt.of(Integer.parseUnsignedInt(uid)),
              Integer.decode(fields.get("effective")),
              Integer.decode(fields.get("permitted")),
              Integer.decode(fields.get("inheritable_permitted")),
              Integer.decode(fields.get("inheritable_effective"))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
