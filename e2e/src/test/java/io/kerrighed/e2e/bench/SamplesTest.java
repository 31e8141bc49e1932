// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.e2e.bench.Benchmark.Ratio;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplesTest {
  @Test
  void mediansQuartilesAndPercentiles() {
    assertThat(Summary.of(List.of(5.0, 1.0, 3.0, 2.0, 4.0))).isEqualTo(new Summary(2, 3, 4, 4.8));
    assertThat(Summary.of(List.of(1.0, 2.0))).isEqualTo(new Summary(1.25, 1.5, 1.75, 1.95));
    assertThat(Summary.of(List.of(7.0))).isEqualTo(new Summary(7, 7, 7, 7));
    assertThatThrownBy(() -> Summary.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  private static final List<String> VARIANTS = List.of("ours", "peer");

  @Test
  void theTableComparesVariantsAndTheFileKeepsEverySample(@TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("raw.csv");
    try (Samples samples = new Samples(file, VARIANTS, List.of(new Ratio("ours", "peer")))) {
      samples.add("8 MB", "ours", 1, true, Map.of("freeze ms", 1000.0));
      samples.add("8 MB", "ours", 2, false, Map.of("freeze ms", 10.0));
      samples.add("8 MB", "ours", 3, false, Map.of("freeze ms", 30.0));
      samples.add("8 MB", "peer", 3, false, Map.of("freeze ms", 240.0));
      assertThat(samples.table().lines())
          .hasSize(3)
          .last()
          .asString()
          .matches(
              "\\| 8 MB +\\| freeze ms +\\| +20\\.0 \\[15\\.0, 25\\.0] 29\\.0 \\| +240 \\[240, 240]"
                  + " 240 \\| +0\\.083 \\|");
    }
    assertThat(Files.readAllLines(file))
        .hasSize(5)
        .contains("8 MB,ours,freeze ms,1,true,1000.000000");
  }

  @Test
  void aVariantThatACaseDoesNotHaveLeavesItsCellsEmpty(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("raw.csv");
    try (Samples samples = new Samples(file, VARIANTS, List.of(new Ratio("ours", "peer")))) {
      samples.add("1 MB, quiet", "ours", 1, false, Map.of("freeze ms", 10.0));
      assertThat(samples.table().lines())
          .last()
          .asString()
          .matches(
              "\\| 1 MB, quiet +\\| freeze ms +\\| +10\\.0 \\[10\\.0, 10\\.0] 10\\.0 \\| +- \\| +-"
                  + " \\|");
    }
    assertThat(Files.readAllLines(file))
        .last()
        .isEqualTo("\"1 MB, quiet\",ours,freeze ms,1,false,10.000000");
  }
}
