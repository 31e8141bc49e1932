// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinkRulesTest {
  private final LinkRules rules = new LinkRules();

  @Test
  void aLinkIsPerfectAtFirst() {
    assertThat(rules.link(1, 2)).isEqualTo(LinkRules.Link.PERFECT);
  }

  @Test
  void rulesHoldInBothDirectionsAndAddUp() {
    rules.drop(2, 1, 0.25);
    rules.delay(1, 2, Duration.ofMillis(5));
    rules.duplicate(1, 2, 0.5);
    assertThat(rules.link(1, 2)).isEqualTo(new LinkRules.Link(false, 0.25, 0.5, 5_000_000));
    assertThat(rules.link(2, 1)).isEqualTo(rules.link(1, 2));
    assertThat(rules.link(1, 3)).isEqualTo(LinkRules.Link.PERFECT);
  }

  @Test
  void partitionCutsBetweenGroupsOnly() {
    rules.partition(List.of(List.of(1, 2), List.of(3), List.of(4)));
    assertThat(rules.link(1, 2).cut()).isFalse();
    assertThat(rules.link(1, 3).cut()).isTrue();
    assertThat(rules.link(2, 4).cut()).isTrue();
    assertThat(rules.link(3, 4).cut()).isTrue();
    assertThat(rules.link(1, 5).cut()).isFalse();
    rules.heal();
    assertThat(rules.link(1, 3).cut()).isFalse();
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> rules.drop(1, 1, 0.5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rules.drop(1, 2, 1.5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rules.drop(1, 2, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rules.delay(1, 2, Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rules.partition(List.of(List.of(1), List.of(1, 2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("node 1");
  }
}
