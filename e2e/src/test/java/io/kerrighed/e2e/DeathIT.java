// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Nodes die with processes on them, or on their way to them. How many are killed in the middle of a
 * migration, and the seed of the moments, are the system properties {@code krg.kills} and {@code
 * krg.seed}.
 */
@KrgCluster(nodes = 3)
class DeathIT {
  private static final int KILLS = Integer.parseInt(System.getenv().getOrDefault("KRG_KILLS", "4"));
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));
  private static final int LATEST_KILL_MS = 1500;

  @Test
  void aProcessDiesWithTheNodeThatRunsIt(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "dies", 1);
    counter.migrated(home, 3);
    cluster.node(3).kill();
    assertThat(counter.awaitStatus()).isEqualTo(128 + 9);
    counter.assertCountsWhole();
    assertThat(home.sh("kill -0 %d".formatted(counter.pid)).exit()).isNotZero();
  }

  @Test
  void aProcessOutlivesItsHome(Cluster cluster) throws Exception {
    HomeProcess counter = HomeProcess.counter(cluster, cluster.node(2), "orphan", 1);
    counter.migrated(cluster.node(2), 3);
    cluster.node(2).kill();
    Node other = cluster.node(1);
    HomeProcess.await(
        "the orphan to be found from node 1",
        () -> other.sh("kill -0 %d".formatted(counter.pid)).exit() == 0);
    counter.awaitMoreCounts();
    counter.migrated(other, 1);
    counter.awaitMoreCounts();
    other.sh("kill -TERM %d".formatted(counter.pid)).orFail();
    HomeProcess.await("its last words", () -> counter.output().startsWith("total "));
    counter.assertCountsWhole();
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }

  /** Whoever has the process when the destination dies: it is never lost by the source. */
  @Test
  void theDestinationIsKilledAtAnyMoment(Cluster cluster) throws Exception {
    Random random = new Random(SEED);
    Node home = cluster.node(1);
    for (int i = 0; i < KILLS; i++) {
      HomeProcess counter = HomeProcess.counter(cluster, home, "moment" + i, 8);
      CompletableFuture<Void> kill =
          CompletableFuture.runAsync(
              () -> kill(cluster.node(3)),
              CompletableFuture.delayedExecutor(
                  random.nextInt(LATEST_KILL_MS), TimeUnit.MILLISECONDS));
      CommandResult result = counter.migrate(home, 3);
      kill.get();
      if (result.exit() == 0) {
        assertThat(counter.awaitStatus()).as("kill %d", i).isEqualTo(128 + 9);
      } else {
        counter.awaitMoreCounts();
        counter.migrated(home, 2);
        counter.awaitMoreCounts();
        home.sh("kill -TERM %d".formatted(counter.pid)).orFail();
        assertThat(counter.awaitStatus()).as("kill %d", i).isZero();
      }
      counter.assertCountsWhole();
      cluster.node(3).start();
      cluster.awaitOnline();
    }
  }

  private static void kill(Node node) {
    try {
      node.kill();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
