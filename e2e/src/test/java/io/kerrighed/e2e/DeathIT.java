// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Nodes die with processes on them, or on their way to them. The environment may say how many
 * destinations are killed in the middle of a migration ({@code KRG_KILLS}; sources are a third of
 * that), and the seed of the moments ({@code KRG_SEED}).
 */
@KrgCluster(nodes = 4)
class DeathIT {
  private static final int KILLS =
      Integer.parseInt(System.getenv().getOrDefault("KRG_KILLS", "30"));
  private static final int KILLS_OF_SOURCE = (KILLS + 2) / 3;
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));

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
    orphanEndsWhole(counter, other);
  }

  /** The source keeps the process until the destination has all of it. */
  @Test
  void theDestinationIsKilledAtAnyMoment(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    int source = home.id();
    HomeProcess counter = small(cluster, home, "moment");
    KillMoments moments = KillMoments.rehearse(cluster, counter, home, SEED);
    try (Victims victims = new Victims(cluster)) {
      for (int i = 0; i < KILLS; i++) {
        Node destination = victims.next();
        Future<?> kill = victims.kill(destination, moments.next());
        CommandResult result = counter.migrate(home, destination.id());
        victims.revive(destination, kill);
        moments.note(result);
        if (result.exit() == 0) {
          assertThat(counter.awaitStatus()).as("kill %d", i).isEqualTo(128 + 9);
          assertThat(runsOn(cluster, counter)).as("kill %d", i).isEmpty();
          counter.assertCountsWhole();
          counter = small(cluster, home, "moment" + i);
          source = home.id();
        } else {
          counter.awaitMoreCounts();
          assertThat(runsOn(cluster, counter)).as("kill %d, %s", i, result).containsExactly(source);
          source = 3 - source; // 1 and 2, who survive
          counter.migrated(home, source);
        }
      }
    }
    endsWhole(counter, home);
    moments.assertSomeWereMet();
  }

  /** Either it dies with the source, or the destination has it: its home may be gone too. */
  @Test
  void theSourceIsKilledAtAnyMoment(Cluster cluster) throws Exception {
    Node witness = cluster.node(1);
    HomeProcess other = small(cluster, witness, "other");
    KillMoments moments = KillMoments.rehearse(cluster, other, witness, SEED);
    int lost = 0;
    try (Victims victims = new Victims(cluster)) {
      for (int i = 0; i < KILLS_OF_SOURCE; i++) {
        boolean abroad = i % 4 < 2; // each of the two victims is home of every second one
        Node source = victims.next();
        Node home = abroad ? witness : source;
        HomeProcess counter = small(cluster, home, "source" + i);
        if (abroad) {
          counter.migrated(home, source.id());
        }
        Future<?> kill = victims.kill(source, moments.next());
        CommandResult result = counter.migrate(witness, 2);
        victims.revive(source, kill);
        moments.note(result);
        if (livesOn(cluster, counter, abroad)) {
          assertThat(runsOn(cluster, counter)).as("kill %d", i).containsExactly(2);
          if (abroad) {
            endsWhole(counter, witness);
          } else {
            orphanEndsWhole(counter, cluster.node(2));
          }
        } else {
          assertThat(result.exit()).as("kill %d, %s", i, result).isNotZero();
          lost++;
        }
        other.migrated(witness, 2 - i % 2);
        other.awaitMoreCounts();
      }
    }
    endsWhole(other, witness);
    System.err.printf("%d of %d died with the source%n", lost, KILLS_OF_SOURCE);
    moments.assertSomeWereMet();
  }

  /** Small enough for many rounds, large enough for kills in the middle of its migration. */
  private static HomeProcess small(Cluster cluster, Node home, String name) throws Exception {
    HomeProcess counter =
        HomeProcess.start(cluster, home, name, "counter /shared/%s.count 8 300".formatted(name));
    counter.awaitMoreCounts();
    return counter;
  }

  /** Waits until it is clear whether node 2 has the process of a source that was killed. */
  private static boolean livesOn(Cluster cluster, HomeProcess counter, boolean homeLives)
      throws Exception {
    int counted = counter.counts().size(); // the last that the source wrote
    // node 2 has heard of the death: a task that it does not have by now will not be made
    Callable<Boolean> gone =
        homeLives
            ? counter::ended
            : () -> cluster.node(2).sh("kill -0 %d".formatted(counter.pid)).exit() != 0;
    HomeProcess.await(
        "the fate of %d".formatted(counter.pid),
        () -> counter.counts().size() > counted || gone.call());
    if (counter.counts().size() > counted) {
      return true;
    }
    if (homeLives) {
      assertThat(counter.awaitStatus()).isEqualTo(128 + 9);
    }
    HomeProcess.await(
        "the end of %d everywhere".formatted(counter.pid),
        () -> runsOn(cluster, counter).isEmpty());
    counter.assertCountsWhole();
    assertThat(counter.counts()).as("nobody counts on").hasSize(counted);
    return false;
  }

  /** Which of the survivors have it as a process with memory: a stub has no program. */
  private static List<Integer> runsOn(Cluster cluster, HomeProcess process) throws Exception {
    List<Integer> nodes = new ArrayList<>();
    for (Node node : List.of(cluster.node(1), cluster.node(2))) {
      if (process.runsOn(node)) {
        nodes.add(node.id());
      }
    }
    return nodes;
  }

  private static void endsWhole(HomeProcess counter, Node from) throws Exception {
    counter.awaitMoreCounts();
    counter.endsWhole(from);
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }

  /** Nobody waits for it any more: its last words tell that it ended as it should. */
  private static void orphanEndsWhole(HomeProcess counter, Node from) throws Exception {
    counter.awaitMoreCounts();
    from.sh("kill -TERM %d".formatted(counter.pid)).orFail();
    HomeProcess.await("its last words", () -> counter.output().startsWith("total "));
    counter.assertCountsWhole();
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }
}
