// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TagRangeTest {
  private static final List<String> TAGS =
      List.of(
          "v0.9.0", "v1.2.9", "1.2.10", "v1.3.0-rc.1", "v2.0.0", "v1.2", "lab-1.2.99", "latest");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          *              | v2.0.0
          1.x            | 1.2.10
          ~1.2.0         | 1.2.10
          ^0.9           | v0.9.0
          >=1.2 <1.2.10  | v1.2.9
          1.0.0 - 1.2.9  | v1.2.9
          ^3 || ^1.0.0   | 1.2.10
          >=1.3.0-rc.0 <2 | v1.3.0-rc.1
          >2             |
          """)
  void choosesTheHighest(String range, String tag) {
    assertThat(TagRange.highest(TAGS, range).orElse(null)).isEqualTo(tag);
  }
}
