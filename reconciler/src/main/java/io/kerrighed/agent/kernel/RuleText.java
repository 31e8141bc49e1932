// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.CapabilityRule;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The kernel's table of capability profiles as text, one rule a line. */
final class RuleText {
  private static final String ANY = "*";
  private static final int FIELDS = 7;

  private RuleText() {}

  static String format(List<CapabilityRule> rules) {
    return rules.stream().map(RuleText::line).collect(Collectors.joining());
  }

  private static String line(CapabilityRule rule) {
    return "%s %s %s 0x%x 0x%x 0x%x 0x%x\n"
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
    return lines.stream()
        .map(line -> line.split(" "))
        .filter(fields -> fields.length == FIELDS)
        .map(RuleText::rule)
        .toList();
  }

  private static CapabilityRule rule(String[] fields) {
    return new CapabilityRule(
        fields[0],
        fields[1].equals(ANY) ? "" : fields[1],
        fields[2].equals(ANY) ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(fields[2])),
        Integer.decode(fields[3]),
        Integer.decode(fields[4]),
        Integer.decode(fields[5]),
        Integer.decode(fields[6]));
  }
}
