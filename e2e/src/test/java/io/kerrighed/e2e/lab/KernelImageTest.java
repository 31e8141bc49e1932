// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelImageTest {
  @Test
  void numbersInReleasesCompareAsNumbers() {
    assertThat(KernelImage.sortable("6.1.0-56-amd64"))
        .isGreaterThan(KernelImage.sortable("6.1.0-9-amd64"));
    assertThat(KernelImage.sortable("6.12.117+deb12-amd64"))
        .isGreaterThan(KernelImage.sortable("6.12.95+deb12-amd64"));
  }
}
