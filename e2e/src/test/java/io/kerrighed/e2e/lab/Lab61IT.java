// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The lab itself on the older kernel. */
@KrgCluster(nodes = 1, kernel = "6.1", started = false)
class Lab61IT {
  @Test
  void bootsTheKernelWithItsSettings(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    assertThat(node.host("uname -r").stdout()).startsWith("6.1.");
    assertThat(node.host("sysctl -n kernel.panic_on_oops kernel.pid_max").stdout())
        .isEqualTo("1\n4194304\n");
    assertThat(node.host("echo text >/shared/file && cat /shared/file").stdout())
        .isEqualTo("text\n");
  }
}
