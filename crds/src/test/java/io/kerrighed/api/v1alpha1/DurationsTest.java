// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({"500ms, 500", "1.5s, 1500", "10m, 600000", "1h30m, 5400000", "1m0.25s, 60250"})
  void reads(String text, long millis) {
    assertThat(Durations.parse(text)).hasMillis(millis);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "s", "-1s", "1d", "1.s", "1s "})
  void refuses(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).hasMessageContaining("write 500ms");
  }
}
