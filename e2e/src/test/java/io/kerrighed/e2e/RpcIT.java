// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Calls and streams between kernels, driven through the module krg_rpc_test, over a network without
 * jumbo frames, as many PCs have: TIPC cuts each message into many.
 */
@KrgCluster(nodes = 2, mtu = 1500)
class RpcIT {
  private static final String LOAD =
      "[ -d /sys/module/krg_rpc_test ] || insmod '%s/krg_rpc_test.ko'";
  private static final String UNLOAD = "rmmod krg_rpc_test";

  @BeforeEach
  void load(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      node.host(LOAD.formatted(cluster.modules())).orFail();
    }
  }

  @AfterEach
  void unload(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      node.host(UNLOAD).orFail();
    }
  }

  @Test
  void callsAreAnswered(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    for (String test : new String[] {"echo 2 500 64", "echo 2 50 60000", "echo 2 10 0"}) {
      run(node, test).orFail();
    }
    run(node, "echo 1 100 4096").orFail();
    assertThat(run(node, "echo 2 1 60001").stderr()).contains("Message too long");
    assertThat(run(node, "echo 9 1 1").stderr()).contains("Host is down");
  }

  @Test
  void messagesKeepTheirOrder(Cluster cluster) throws Exception {
    run(cluster.node(1), "order 2 5000").orFail();
    run(cluster.node(2), "order 1 5000").orFail();
    run(cluster.node(1), "order 1 1000").orFail();
  }

  @Test
  void streamsArriveWhole(Cluster cluster) throws Exception {
    assertThat(cluster.node(1).host("cat /sys/class/net/eth0/mtu").stdout()).isEqualTo("1500\n");
    run(cluster.node(1), "stream 2 67108864").orFail();
    run(cluster.node(2), "stream 1 1").orFail();
    run(cluster.node(1), "stream 1 3000001").orFail();
  }

  @Test
  void everyWaitEndsWithThePeer(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    node.host(
            """
            for test in 'hang 2' 'hang 2' 'swallow 2' 'swallow 2'; do
              n=$((n + 1))
              (printf "$test" | dd of=/sys/kernel/debug/kerrighed/rpc_test status=none \
                2>/run/wait.$n; echo ended >>/run/wait.$n) >/dev/null 2>&1 &
            done
            # both streams are open, and each has sent its window
            until [ "$(awk '$1 == 2 { print ($8 >= 2 && $3 > 1900000) }' \
              /sys/kernel/debug/kerrighed/rpc/peers)" = 1 ]; do sleep 0.1; done
            """)
        .orFail();
    cluster.node(2).kill();
    for (int i = 1; i <= 4; i++) {
      String file = "/run/wait." + i;
      assertThat(
              node.host("until grep -q ended %s; do sleep 0.1; done; cat %s".formatted(file, file))
                  .orFail()
                  .stdout())
          .contains("Host is down");
    }
    cluster.node(2).start();
    cluster.awaitOnline();
    load(cluster);
    run(node, "echo 2 10 64").orFail();
  }

  private static CommandResult run(Node node, String test) throws Exception {
    return node.host(
        "printf '%s' | dd of=/sys/kernel/debug/kerrighed/rpc_test status=none".formatted(test));
  }
}
