// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The same sources on the older kernel: joining, moving, refusing, and unloading. */
@KrgCluster(nodes = 3, kernel = "6.1")
class Kernel61IT {
  private static final Duration RING_LIMIT = Duration.ofMinutes(10);

  @Test
  void everyNodeSeesAllNodes(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      assertThat(node.host("uname -r").stdout()).startsWith("6.1.");
      assertThat(node.sh("krgadm nodes status").orFail().stdout())
          .isEqualTo("1:online\n2:online\n3:online\n");
    }
  }

  @Test
  void twentyMigrationsInARing(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "ring61", 16);
    String ring =
        "for n in 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3 1 2 3; do migrate %d $n || exit 1; done"
            .formatted(counter.pid);
    cluster.node(2).sh(ring, RING_LIMIT).orFail();
    counter.awaitMoreCounts();
    counter.endsWhole(home);
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }

  @Test
  void threadsMoveWithTheirProcess(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess program = ThreadsIT.start(cluster, home, "threads61");
    for (int to : new int[] {2, 3, 1, 3, 2, 1}) {
      program.migrated(home, to);
    }
    program.migrated(home, 2);
    ThreadsIT.finish(cluster, cluster.node(3), program, "threads61", 0);
  }

  @Test
  void locksInSharedMemoryAreThoseOfAllNodes(Cluster cluster) throws Exception {
    FutexIT.countTogether(cluster);
  }

  @Test
  void largeProcessesAreSentWhileTheyRun(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess program = PrecopyIT.start(cluster, home, "restless61");
    for (int to : new int[] {2, 3, 1, 3, 2, 1}) {
      PrecopyIT.moved(program, home, to);
    }
    assertThat(PrecopyIT.Move.last(home, program.pid).rounds()).isPositive();
    PrecopyIT.finish(cluster, home, program, "restless61");
  }

  @Test
  void whatChangesTooFastIsFetchedAfterwards(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess churn = PostcopyIT.churn(cluster, home, "churn61");
    PostcopyIT.moveSlowly(cluster, churn, 1, 2);
    assertThat(PostcopyIT.pagesAt(home, churn)).isPositive();
    home.sh("kill -USR1 %d".formatted(churn.pid)).orFail();
    PostcopyIT.awaitAll(home, churn);
    cluster.heal();
    // it shares the output while it lives
    HomeProcess.await("its child", () -> churn.counts().contains("child 0") || churn.broken());
    churn.migrated(home, 3);
    PostcopyIT.endsWell(cluster, churn);
  }

  @Test
  void procShowsTheCluster(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "seen61", 1);
    String relations = "ps -o ppid=,pgid=,sid=,tty=,args= -p %d".formatted(counter.pid);
    String before = home.sh(relations).orFail().stdout();
    counter.migrated(home, 2);
    for (Node node : cluster.nodes()) {
      assertThat(node.sh(relations).orFail().stdout()).isEqualTo(before);
      assertThat(node.sh("pgrep -x counter").orFail().stdout()).isEqualTo(counter.pid + "\n");
      String exe = node.sh("readlink /proc/%d/exe".formatted(counter.pid)).orFail().stdout();
      assertThat(exe).endsWith("/counter\n");
      assertThat(node.sh("grep -c '^processor' /proc/cpuinfo").stdout()).isEqualTo("3\n");
      assertThat(node.sh("top -b -n1").orFail().stdout()).contains("counter");
    }
    cluster.node(3).sh("killall counter").orFail();
    assertThat(counter.awaitStatus()).isZero();
  }

  @Test
  void objectsAreShared(Cluster cluster) throws Exception {
    KddmRuns.load(cluster);
    KddmRuns runs = new KddmRuns(cluster);
    for (Node node : cluster.nodes()) {
      runs.start(node);
    }
    runs.awaitProgress(1, 2, 3);
    for (Node node : cluster.nodes()) {
      runs.stop(node);
    }
    assertThat(runs.check(cluster.node(2))).matches("checked \\d+ unlogged 0 lost 0\n");
    KddmRuns.unload(cluster);
  }

  @Test
  void refusesWithAReasonAndLeavesTheProcessAlone(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    home.sh("rm -f /run/pipe61; mkfifo /run/pipe61").orFail();
    HomeProcess counter =
        HomeProcess.start(
            cluster, home, "pipe61", "counter /shared/pipe61.count 1 20 9<>/run/pipe61");
    counter.awaitMoreCounts();
    refused(counter.migrate(home, 2), "Function not implemented", "descriptor 9 is a pipe");
    refused(counter.migrate(home, 9), "Machine is not on the network", "node 9 is not online");
    int plain = home.spawn("sleep 600", "/shared/plain61.out");
    refused(
        home.sh("migrate %d 2".formatted(plain)),
        "Operation not permitted",
        "process %d does not have the capability CAN_MIGRATE".formatted(plain));
    counter.awaitMoreCounts();
    home.sh("kill -TERM %d %d".formatted(counter.pid, plain)).orFail();
    assertThat(counter.awaitStatus()).isZero();
    counter.assertCountsWhole();
  }

  @Test
  void unloadsWithoutARest(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "last61", 1);
    counter.migrated(home, 2);
    home.sh("kill -TERM %d".formatted(counter.pid)).orFail();
    assertThat(counter.awaitStatus()).isZero();
    cluster.unload();
    for (Node node : cluster.nodes()) {
      assertThat(node.host("lsmod | grep krg_").stdout()).isEmpty();
      CommandResult left = node.host("ls -d /sys/kerrighed /proc/kerrighed /proc/nodes");
      assertThat(left.stdout()).isEmpty();
    }
  }

  private static void refused(CommandResult result, String error, String reason) {
    assertThat(result.exit()).as("%s", result).isEqualTo(1);
    assertThat(result.stderr()).startsWith("migrate: %s\nmigrate: ".formatted(error));
    assertThat(result.stderr()).contains(reason);
  }
}
