// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import org.junit.jupiter.api.Test;

/** After the cluster has stopped, all modules go and leave nothing behind. */
@KrgCluster(nodes = 2, started = false)
class UnloadIT {
  private static final int ROUNDS = 3;
  private static final double KEPT = 0.98;

  /**
   * In kB. Pages that wait for an RCU grace period are free before the last try; free pages that a
   * CPU keeps for itself, tens of MB after much freeing, are not in MemAvailable.
   */
  private static final String AVAILABLE =
      """
      sync
      for i in 1 2 3 4 5; do echo 3 >/proc/sys/vm/drop_caches; sleep 0.2; done
      awk '$1 == "count:" { kept += $2 * 4 } $1 == "MemAvailable:" { free = $2 }
          END { print free + kept }' /proc/zoneinfo /proc/meminfo
      """;

  @Test
  void nothingIsLeft(Cluster cluster) throws Exception {
    long[] before = available(cluster);
    for (int round = 1; round <= ROUNDS; round++) {
      loadMoveUnload(cluster, round);
    }
    long[] after = available(cluster);
    for (int i = 0; i < after.length; i++) {
      assertThat(after[i])
          .as("kB available on node %d, which had %d before loading", i + 1, before[i])
          .isGreaterThan((long) (before[i] * KEPT));
    }
    for (Node node : cluster.nodes()) {
      assertThat(node.host("lsmod | grep krg_").stdout()).isEmpty();
      assertThat(node.host("ls -d /sys/kerrighed /proc/kerrighed /proc/nodes").stdout()).isEmpty();
    }
  }

  private static void loadMoveUnload(Cluster cluster, int round) throws Exception {
    cluster.load();
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "unload" + round, 8);
    counter.migrated(home, 2);
    counter.migrated(home, 1);
    counter.endsWhole(home);
    cluster.unload();
  }

  static long[] available(Cluster cluster) throws Exception {
    long[] kilobytes = new long[cluster.nodes().size()];
    for (int i = 0; i < kilobytes.length; i++) {
      String text = cluster.node(i + 1).host(AVAILABLE).orFail().stdout();
      kilobytes[i] = Long.parseLong(text.strip());
    }
    return kilobytes;
  }
}
