// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.node.CapabilityRule;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RuleTextTest {
  private static final List<CapabilityRule> RULES =
      List.of(
          new CapabilityRule(
              "batch", "/opt/*/bin/x", OptionalInt.of(Integer.MAX_VALUE), 2, 0x237, 0x37, 3),
          new CapabilityRule("rest", "", OptionalInt.empty(), 0, 1, 1, 0));

  @Test
  void readsWhatItWrites() {
    assertThat(RuleText.parse(RuleText.format(RULES).lines().toList())).isEqualTo(RULES);
  }

  @Test
  void writesTheKernelsForm() {
    assertThat(RuleText.format(RULES))
        .isEqualTo(
            """
            batch exe=/opt/*/bin/x uid=2147483647 effective=0x2 permitted=0x237 inheritable_permitted=0x37 inheritable_effective=0x3
            rest exe=* uid=* effective=0x0 permitted=0x1 inheritable_permitted=0x1 inheritable_effective=0x0
            """);
  }

  @Test
  void anEmptyTableIsStillAWrite() {
    assertThat(RuleText.format(List.of())).isEqualTo("\n");
  }

  @Test
  void leavesOutLinesOfAnotherForm() {
    assertThat(
            RuleText.parse(
                List.of(
                    "",
                    "batch",
                    "a exe=* uid=* effective=x permitted=1 inheritable_permitted=1 inheritable_effective=0",
                    "a b c d e f g")))
        .isEmpty();
  }
}
