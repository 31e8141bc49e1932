// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever fails while a process migrates, on whichever node, the process goes on where it was or
 * arrives, and nothing is left of the attempt. The environment says at how many points of each move
 * ({@code KRG_FAULTS}, or {@code all}), and which ({@code KRG_SEED}).
 */
@KrgCluster(nodes = 3)
class FaultIT {
  private static final String FAULTS = System.getenv().getOrDefault("KRG_FAULTS", "2");
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));
  private static final double KEPT = 0.98;

  /** From home, from node to node as the source, the destination and home see it, and home. */
  private static final List<Faults.Move> MOVES =
      List.of(
          new Faults.Move(1, 2, 1),
          new Faults.Move(2, 3, 2),
          new Faults.Move(2, 3, 3),
          new Faults.Move(2, 3, 1),
          new Faults.Move(2, 1, 1));

  @Test
  void aProcessWithThreads(Cluster cluster) throws Exception {
    HomeProcess program = ThreadsIT.start(cluster, cluster.node(1), "threads");
    failAtEachPoint(cluster, program);
    ThreadsIT.finish(cluster, cluster.node(3), program, "threads", 0);
  }

  @Test
  void aLargeProcessWhoseMemoryGoesAhead(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "large", 5);
    failAtEachPoint(cluster, counter);
    home.sh("kill -TERM %d".formatted(counter.pid)).orFail();
    assertThat(counter.awaitStatus()).isZero();
    counter.assertCountsWhole();
  }

  @Test
  void aLargeProcessWhoseMemoryStays(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "stays", 5);
    PostcopyIT.leave(cluster, "always");
    try {
      failAtEachPoint(cluster, counter);
    } finally {
      PostcopyIT.leave(cluster, "auto");
    }
    home.sh("kill -TERM %d".formatted(counter.pid)).orFail();
    assertThat(counter.awaitStatus()).isZero();
    counter.assertCountsWhole();
  }

  @AfterAll
  static void theModulesGo(Cluster cluster) throws Exception {
    cluster.unload();
    for (Node node : cluster.nodes()) {
      assertThat(node.host("lsmod | grep krg_").stdout()).isEmpty();
    }
  }

  private static void failAtEachPoint(Cluster cluster, HomeProcess process) throws Exception {
    Random random = new Random(SEED);
    long[] before = UnloadIT.available(cluster);
    int at = 1;
    for (Faults.Move move : MOVES) {
      if (move.from() != at) {
        process.migrated(cluster.node(1), move.from());
        at = move.from();
      }
      Faults faults = new Faults(cluster, process, move);
      for (long point : points(faults.points(), random)) {
        if (faults.attempt(point).startsWith("armed")) {
          break; // that was the last one
        }
      }
      faults.assertNothingIsLeft();
    }
    process.migrated(cluster.node(1), 1);
    long[] after = UnloadIT.available(cluster);
    for (int i = 0; i < after.length; i++) {
      assertThat(after[i])
          .as("kB available on node %d, which had %d before", i + 1, before[i])
          .isGreaterThan((long) (before[i] * KEPT));
    }
  }

  private static long[] points(int count, Random random) {
    return FAULTS.equals("all")
        ? LongStream.rangeClosed(1, 2L * count).toArray()
        : random
            .longs(1, count + 1L)
            .distinct()
            .limit(Math.min(count, Integer.parseInt(FAULTS)))
            .sorted()
            .toArray();
  }
}
