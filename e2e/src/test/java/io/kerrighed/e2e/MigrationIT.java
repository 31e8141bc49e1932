// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A process moves, and nobody who knows it by its PID notices. */
@KrgCluster(nodes = 3)
class MigrationIT {
  private static final Duration RING_LIMIT = Duration.ofMinutes(15);

  /** What the process that goes round has to carry. */
  private static final int RING_MB =
      Integer.parseInt(System.getenv().getOrDefault("KRG_RING_MB", "64"));

  @Test
  void sixtyMigrationsInARing(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      node.host("grep -qw avx /proc/cpuinfo").orFail(); // without, the counter skips that check
    }
    HomeProcess counter = HomeProcess.counter(cluster, cluster.node(2), "ring", RING_MB);
    String ring =
        "for i in $(seq 20); do for n in 3 1 2; do migrate %d $n || exit 1; done; done"
            .formatted(counter.pid);
    cluster.node(1).sh(ring, RING_LIMIT).orFail();
    counter.awaitMoreCounts();
    counter.endsWhole(cluster.node(2));
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }

  @Test
  void theParentAtHomeSeesHowItEnded(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess exits = HomeProcess.counter(cluster, home, "exits", 1);
    exits.migrated(home, 2);
    exits.migrated(home, 3);
    exits.endsWhole(home);

    HomeProcess killed = HomeProcess.counter(cluster, home, "killed", 1);
    killed.migrated(home, 3);
    cluster.node(2).sh("kill -KILL %d".formatted(killed.pid)).orFail();
    assertThat(killed.awaitStatus()).isEqualTo(128 + 9);
  }

  @Test
  void stopsAndGoesOnFromHomeAndFromAThirdNode(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "stops", 1);
    counter.migrated(home, 2);
    for (Node from : cluster.nodes()) {
      from.sh("kill -STOP %d".formatted(counter.pid)).orFail();
      counter.awaitState(cluster.node(2), "T");
      counter.awaitState(home, "T");
      from.sh("kill -CONT %d".formatted(counter.pid)).orFail();
      counter.awaitMoreCounts();
    }
    home.sh("kill -STOP %d".formatted(counter.pid)).orFail();
    counter.awaitState(home, "T");
    counter.migrated(home, 3);
    counter.awaitState(cluster.node(3), "T");
    counter.migrated(home, 1);
    counter.awaitState(home, "T");
    home.sh("kill -CONT %d".formatted(counter.pid)).orFail();
    counter.awaitMoreCounts();
    counter.endsWhole(home);
  }

  @Test
  void goesOnWhenItIsContinuedWhileItLeaves(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "continued", 32);
    String stopMoveContinue =
        """
        kill -STOP %1$d
        migrate %1$d 2 &
        sleep 0.%2$02d
        kill -CONT %1$d
        wait $!
        """;
    for (int i = 0; i < 15; i++) {
      home.sh(stopMoveContinue.formatted(counter.pid, i * 4)).orFail();
      counter.awaitMoreCounts();
      counter.migrated(home, 1);
    }
    counter.endsWhole(home);
  }

  @Test
  void aShellThatMovedGoesOnForkingAndWaiting(Cluster cluster) throws Exception {
    Node home = cluster.node(2);
    Files.writeString(
        cluster.shared().resolve("forks"),
        """
        trap 'exit 7' TERM
        i=0
        while :; do
          read go </shared/go && break
        done 2>/dev/null
        while :; do
          i=$((i + 1))
          echo "$(echo $i | cat) $$ $PPID" >>/shared/forks.count
        done
        """);
    HomeProcess shell = HomeProcess.start(cluster, home, "forks", "sh /shared/forks");
    shell.migrated(home, 3);
    Files.writeString(cluster.shared().resolve("go"), "go\n");
    HomeProcess.await("20 children", () -> shell.counts().size() >= 20);
    CommandResult children = home.sh("cat /proc/kerrighed/processes");
    assertThat(children.stdout()).contains("%d 2 3 ".formatted(shell.pid));
    cluster.node(1).sh("kill -TERM %d".formatted(shell.pid)).orFail();
    assertThat(shell.awaitStatus()).isEqualTo(7);
    for (int i = 0; i < shell.counts().size(); i++) {
      assertThat(shell.counts().get(i)).startsWith("%d %d ".formatted(i + 1, shell.pid));
      assertThat(shell.counts().get(i)).doesNotEndWith(" 0").doesNotEndWith(" 1");
    }
  }

  @Test
  void comesBackToAChildThatItLeftBehind(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    Files.writeString(
        cluster.shared().resolve("leaves"),
        """
        while :; do
          read go </shared/go && break
        done 2>/dev/null
        sleep 600 </dev/null >/dev/null 2>&1 &
        echo $! >>/shared/leaves.count
        while wait $!; [ -d /proc/$! ]; do :; done
        """);
    HomeProcess parent = HomeProcess.start(cluster, home, "leaves", "sh /shared/leaves");
    parent.migrated(home, 2);
    Files.writeString(cluster.shared().resolve("go"), "go\n");
    HomeProcess.await("its child", () -> !parent.counts().isEmpty());
    parent.migrated(home, 3);
    parent.migrated(home, 2);
    parent.migrated(home, 1);
    parent.migrated(home, 2);
    home.sh("kill -KILL %s".formatted(parent.counts().get(0))).orFail();
    assertThat(parent.awaitStatus()).isZero();
  }

  @Test
  void refusesWithAReasonAndLeavesTheProcessAlone(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "stays", 1);
    refused(counter.migrate(home, 200), "Invalid argument");
    refused(counter.migrate(home, 9), "Machine is not on the network");
    refused(home.sh("migrate 32767 2"), "No such process");
    refused(home.sh("migrate 1 2"), "Operation not permitted");
    int plain = home.spawn("sleep 600", "/shared/plain.out");
    refused(home.sh("migrate %d 2".formatted(plain)), "Operation not permitted");
    counter.awaitMoreCounts();
    counter.migrated(home, 1);
    counter.migrated(cluster.node(3), 2);
    home.sh("kill -TERM %d; kill %d".formatted(counter.pid, plain)).orFail();
    assertThat(counter.awaitStatus()).isZero();
    counter.assertCountsWhole();
  }

  private static void refused(CommandResult result, String error) {
    assertThat(result.exit()).as("%s", result).isEqualTo(1);
    assertThat(result.stderr().lines().toList()).hasSize(2);
    assertThat(result.stderr()).startsWith("migrate: %s\nmigrate: ".formatted(error));
  }
}
