// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The network is cut during a migration, for longer than a kernel thinks a task may sleep, and
 * healed. {@code KRG_PARTITIONS} is the number of cuts, {@code KRG_SEED} chooses their moments.
 */
@KrgCluster(nodes = 3)
class PartitionIT {
  private static final int CUTS =
      Integer.parseInt(System.getenv().getOrDefault("KRG_PARTITIONS", "4"));
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));

  /** A cut that nobody had to wait for proves little: more of them follow, up to this factor. */
  private static final int MOST_CUTS = 4;

  /** Each way. The last messages of a migration, of which the cut shall hit one, take long so. */
  private static final Duration DELAY = Duration.ofMillis(300);

  private static final int HUNG_TASK_SECONDS = 5;

  /** The kernel looks only so often: what sleeps longer than twice its limit is found. */
  private static final Duration CUT = Duration.ofSeconds(2 * HUNG_TASK_SECONDS + 3);

  /** PIDs come again in a new container: only lines of a console from its move on count. */
  private record Move(
      HomeProcess process, Node source, Node destination, int sourceLines, int destinationLines) {
    Move(HomeProcess process, Node source, Node destination) {
      this(process, source, destination, source.console().size(), destination.console().size());
    }

    CommandResult run() {
      try {
        // outside of the container, which may end with the node's membership
        return source.host("migrate %d %d".formatted(process.pid, destination.id()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    boolean sourceWaits() {
      return waits(source, sourceLines, "node %d may have it".formatted(destination.id()));
    }

    boolean destinationWaits() {
      return waits(
          destination, destinationLines, "node %d may have kept it".formatted(source.id()));
    }

    private boolean waits(Node node, int before, String why) {
      String line = "%d (counter) waits for the cluster to decide: %s".formatted(process.pid, why);
      return node.console().stream().skip(before).anyMatch(text -> text.contains(line));
    }
  }

  @AfterEach
  void usualLimit(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      node.host("sysctl -q kernel.hung_task_timeout_secs=30").orFail();
    }
  }

  @Test
  void aCutDuringAMigration(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      node.host("sysctl -q kernel.hung_task_timeout_secs=%d".formatted(HUNG_TASK_SECONDS)).orFail();
    }
    Random random = new Random(SEED);
    long usual = usualMillis(cluster);
    boolean sourceWaited = false;
    boolean destinationWaited = false;
    int cuts = 0;
    while (cuts < CUTS || !sourceWaited || !destinationWaited) {
      assertThat(cuts).as("cuts, and not both ends had to wait").isLessThan(CUTS * MOST_CUTS);
      Move move = begin(cluster, "cut" + cuts, cluster.node(cuts / 2 % 2 == 0 ? 2 : 1));
      boolean sourceAlone = cuts % 2 == 0;
      long moment = usual - random.nextLong(3 * DELAY.toMillis());
      cut(cluster, move, sourceAlone ? move.source : move.destination, Math.max(moment, 0));
      sourceWaited |= move.sourceWaits();
      destinationWaited |= move.destinationWaits();
      cuts++;
    }
  }

  /** A process of node 1 that shall move from {@code source} to node 3. */
  private static Move begin(Cluster cluster, String name, Node source) throws Exception {
    Node home = cluster.node(1);
    HomeProcess process = HomeProcess.counter(cluster, home, name, 0);
    if (source.id() != home.id()) {
      process.migrated(home, source.id());
      process.awaitMoreCounts();
    }
    return new Move(process, source, cluster.node(3));
  }

  /** How long a migration takes over the slow line. */
  private static long usualMillis(Cluster cluster) throws Exception {
    Move move = begin(cluster, "usual", cluster.node(2));
    cluster.delay(move.source.id(), move.destination.id(), DELAY);
    long start = System.nanoTime();
    assertThat(move.run().exit()).isZero();
    long millis = (System.nanoTime() - start) / 1_000_000;
    cluster.heal();
    move.source.sh("kill -KILL %d".formatted(move.process.pid)).orFail();
    assertThat(move.process.awaitStatus()).isEqualTo(128 + 9);
    return millis;
  }

  private static void cut(Cluster cluster, Move move, Node alone, long moment) throws Exception {
    cluster.delay(move.source.id(), move.destination.id(), DELAY);
    CompletableFuture<CommandResult> result = CompletableFuture.supplyAsync(move::run);
    Thread.sleep(moment);
    List<Integer> others = new ArrayList<>(cluster.nodes().stream().map(Node::id).toList());
    others.remove(Integer.valueOf(alone.id()));
    cluster.partition(List.of(List.of(alone.id()), others));
    Thread.sleep(CUT.toMillis());
    // in the majority it has not had to wait for long
    if (alone.id() == move.source.id() && move.sourceWaits()) {
      move.source.host("pkill -KILL -x migrate").orFail();
      assertThat(result.get().exit()).as("who asked can be killed").isEqualTo(128 + 9);
    }
    cluster.heal();
    Node witness = cluster.node(others.get(0));
    HomeProcess.await(
        "node %d to be put out".formatted(alone.id()),
        () ->
            witness
                .sh("krgadm nodes status")
                .stdout()
                .contains("%d:present\n".formatted(alone.id())));
    HomeProcess.await(
        "the end of node %d's container".formatted(alone.id()),
        () -> alone.host("cat /sys/kerrighed/subsession_id").stdout().equals("-1\n"));
    assertOneHasIt(cluster, move, alone, result.get());
    witness.sh("krgadm nodes add -n %d".formatted(alone.id())).orFail();
    cluster.awaitOnline();
  }

  /** Runs once, or died with the node that had it and was put out. */
  private static void assertOneHasIt(Cluster cluster, Move move, Node alone, CommandResult result)
      throws Exception {
    boolean moved = result.exit() == 0;
    List<Integer> runs = new ArrayList<>();
    for (Node node : cluster.nodes()) {
      if (node.id() != alone.id() && move.process.runsOn(node)) {
        runs.add(node.id());
      }
    }
    if (alone.id() == move.destination.id()) {
      // the source has known all the time whether it had given the process up
      assertThat(runs).as("%s", result).isEqualTo(moved ? List.of() : List.of(move.source.id()));
    } else if (moved || move.destinationWaits()) {
      assertThat(runs).as("%s", result).containsExactly(move.destination.id());
    } else {
      assertThat(runs).as("%s", result).isSubsetOf(move.destination.id());
    }
    if (runs.isEmpty()) {
      if (alone.id() != 1) {
        assertThat(move.process.awaitStatus()).isEqualTo(128 + 9);
      }
    } else {
      move.process.awaitMoreCounts();
      cluster.node(runs.get(0)).sh("kill -KILL %d".formatted(move.process.pid)).orFail();
    }
    move.process.assertCountsWhole();
  }
}
