// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Joining, leaving, dying and being cut off, as krgadm and /dev/kerrighed show it. */
@KrgCluster(nodes = 3)
class MembershipIT {
  private static final String TOLERANCE = "/sys/kerrighed/failure_tolerance_ms";
  private static final String RECORD_EVENTS =
      "cat /dev/kerrighed >/run/events 2>/dev/null </dev/null & "
          + "until [ -e /proc/$!/fd/0 ] && ls -l /proc/$!/fd | grep -q kerrighed; do :; done";

  @Test
  void everyNodeShowsAllNodes(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      assertThat(node.sh("krgadm nodes status").orFail().stdout())
          .isEqualTo("1:online\n2:online\n3:online\n");
      assertThat(node.sh("krgadm nodes status --nodes 2-9").orFail().stdout())
          .isEqualTo("2:online\n3:online\n");
      assertThat(node.sh("krgadm cluster status").orFail().stdout())
          .isEqualTo("status: up on 3 nodes\n");
      assertThat(node.sh("krgadm cluster").orFail().stdout()).isEqualTo("status: up on 3 nodes\n");
      assertThat(node.sh("cat /proc/nodes/nrnodes").orFail().stdout()).startsWith("ONLINE:3\n");
      assertThat(node.sh("cat /proc/nodes/self/nodeid").orFail().stdout())
          .isEqualTo("%d\n".formatted(node.id()));
    }
  }

  @Test
  void outsideOfTheContainerKerrighedIsNotRunning(Cluster cluster) throws Exception {
    CommandResult result = cluster.node(1).host("krgadm cluster status");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.stderr()).startsWith("Kerrighed is not running: ");
    result = cluster.node(1).host("krgboot");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.stderr()).contains("Kerrighed container is already running");
  }

  @Test
  void removesAndAddsNodes(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    assertThat(node.sh("krgadm nodes del -n 3").orFail().stdout())
        .isEqualTo("Removing nodes [3]... done\n");
    assertThat(node.sh("krgadm nodes status").orFail().stdout())
        .isEqualTo("1:online\n2:online\n3:present\n");
    assertThat(cluster.node(3).host("cat /sys/kerrighed/subsession_id").stdout()).isEqualTo("-1\n");
    assertThat(node.sh("krgadm nodes add --total 3").orFail().stdout())
        .isEqualTo("Adding nodes [3]... done\n");
    assertThat(node.sh("krgadm nodes del --all").orFail().stdout())
        .isEqualTo("Removing nodes [2,3]... done\n");
    assertThat(node.sh("krgadm nodes add --all").orFail().stdout())
        .isEqualTo("Adding nodes [2,3]... done\n");
    cluster.awaitOnline();
  }

  @Test
  void refusesWhatIsWrong(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    refused(node, "nodes del -n 1", "Unable to suppress current node.\n");
    refused(node, "nodes del -n 7", "Unable to suppress node 7 (must be 'online').\n");
    refused(node, "nodes del --count 3", "Not enough nodes to remove. Aborting.\n");
    assertThat(node.sh("krgadm nodes add --all").orFail().stdout())
        .isEqualTo("No present node to add.\n");
    CommandResult two = node.sh("krgadm nodes add --all --count 1");
    assertThat(two.exit()).isEqualTo(1);
    assertThat(two.stderr())
        .isEqualTo(
            "Only one of --all, --count, --total or --nodes option is supported. Aborting.\n");
    CommandResult unprivileged = cluster.node(2).shAs("nobody", "krgadm nodes del -n 3");
    assertThat(unprivileged.stdout())
        .isEqualTo("Removing nodes [3]... fail: Operation not permitted\n");
    assertThat(unprivileged.stderr()).contains("CAP_SYS_ADMIN");
    assertThat(node.sh("krgadm nodes status").stdout()).isEqualTo("1:online\n2:online\n3:online\n");
  }

  /** What all nodes share objects with is on all of them, or on none. */
  @Test
  void refusesToMixNodesThatShareDifferentThings(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node three = cluster.node(3);
    List<String> modules =
        List.of("krg_kddm", "krg_mm", "krg_sync", "krg_ipc", "krg_ghost", "krg_epm", "krg_procfs");
    one.sh("krgadm nodes del -n 3").orFail();
    unload(three, "krg_procfs krg_epm krg_ghost krg_ipc krg_sync krg_mm krg_kddm");
    try {
      assertThat(refusal(three)).contains("nodes work with krg_kddm: load it before this node");
      load(cluster, three, modules.subList(0, 2));
      assertThat(refusal(three)).contains("nodes work with krg_ipc: load it before this node");
      assertThat(one.sh("krgadm nodes add -n 3").stdout()).startsWith("Adding nodes [3]... fail: ");
      assertThat(one.sh("krgadm nodes status").orFail().stdout())
          .isEqualTo("1:online\n2:online\n3:present\n");
    } finally {
      load(cluster, three, modules);
    }
    assertThat(one.sh("krgadm nodes add -n 3").orFail().stdout()).endsWith("... done\n");
    cluster.awaitOnline();
  }

  private static String refusal(Node node) throws Exception {
    CommandResult result = node.host("krgboot");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.stderr()).contains("this node is not ready: Protocol not supported");
    return result.stderr();
  }

  private static void load(Cluster cluster, Node node, List<String> modules) throws Exception {
    for (String module : modules) {
      node.host(
              "test -d /sys/module/%1$s || insmod '%2$s/%1$s.ko'"
                  .formatted(module, cluster.modules()))
          .orFail();
    }
  }

  private static void unload(Node node, String modules) throws Exception {
    node.host(
            "for m in %s; do until rmmod $m 2>/dev/null; do sleep 0.1; done; done"
                .formatted(modules))
        .orFail();
  }

  private static void refused(Node node, String arguments, String message) throws Exception {
    CommandResult result = node.sh("krgadm " + arguments);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.stdout()).isEqualTo(message);
  }

  @Test
  void theOthersGoOnWhenTheCoordinatorDies(Cluster cluster) throws Exception {
    cluster.node(3).host(RECORD_EVENTS).orFail();
    cluster.node(1).kill();
    awaitEvent(cluster.node(3), "peer 1 down");
    awaitEvent(cluster.node(3), "view epoch=[0-9]* online=2,3");
    assertThat(cluster.node(2).sh("krgadm nodes status").stdout())
        .isEqualTo("2:online\n3:online\n");
    cluster.node(1).start();
    cluster.awaitOnline();
    awaitEvent(cluster.node(3), "view epoch=[0-9]* online=1,2,3");
  }

  @Test
  void theFailureToleranceReachesAllLinks(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    assertThat(node.host("cat " + TOLERANCE).stdout()).isEqualTo("3000\n");
    assertThat(linkTolerances(node)).isEqualTo("2000\n2000\n");
    assertThat(node.host("tipc link monitor get threshold").stdout())
        .as("nodes from which on not all watch all: more than there can be")
        .isEqualTo("128\n");
    try {
      node.host("echo 6000 >" + TOLERANCE).orFail();
      assertThat(linkTolerances(node)).isEqualTo("5000\n5000\n");
      assertThat(node.host("tipc bearer get tolerance media eth device eth0").stdout())
          .as("what a new link gets")
          .isEqualTo("5000\n");
      for (String impossible : List.of("99", "30001", "-1", "x")) {
        assertThat(node.host("echo %s >%s".formatted(impossible, TOLERANCE)).exit()).isNotZero();
      }
      assertThat(node.host("cat " + TOLERANCE).stdout()).isEqualTo("6000\n");
    } finally {
      node.host("echo 3000 >" + TOLERANCE).orFail();
    }
    assertThat(linkTolerances(node)).isEqualTo("2000\n2000\n");
  }

  private static String linkTolerances(Node node) throws InterruptedException {
    return node.host(
            "for link in $(tipc link list | sed -n 's/: up$//p' | grep -v broadcast); do"
                + " tipc link get tolerance link $link; done")
        .orFail()
        .stdout();
  }

  @Test
  void theMinorityDecidesNothingAndIsPutOut(Cluster cluster) throws Exception {
    Node lonely = cluster.node(1);
    lonely.host(RECORD_EVENTS).orFail();
    cluster.node(2).host(RECORD_EVENTS).orFail();
    cluster.partition(List.of(List.of(1), List.of(2, 3)));
    awaitEvent(lonely, "quorum lost");
    awaitEvent(cluster.node(2), "view epoch=[0-9]* online=2,3");
    CommandResult refused = lonely.sh("krgadm nodes del -n 2");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.stderr()).contains("cut off from the majority");
    assertThat(cluster.node(2).sh("krgadm nodes status").stdout())
        .isEqualTo("2:online\n3:online\n");
    cluster.heal();
    awaitEvent(lonely, "evicted epoch=[0-9]*");
    awaitEvent(lonely, "container ended");
    assertThat(cluster.node(2).sh("krgadm nodes add -n 1").orFail().stdout())
        .endsWith("Adding nodes [1]... done\n");
    cluster.awaitOnline();
  }

  private static void awaitEvent(Node node, String pattern) throws Exception {
    node.host("until grep -qx '%s' /run/events; do sleep 0.1; done".formatted(pattern)).orFail();
  }
}
