// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Nodes die with processes on them, or on their way to them. The environment may say how many
 * destinations are killed in the middle of a migration ({@code KRG_KILLS}; sources are a third of
 * that), and the seed of the moments ({@code KRG_SEED}).
 */
@KrgCluster(nodes = 4)
class DeathIT {
  private static final int KILLS = Integer.parseInt(System.getenv().getOrDefault("KRG_KILLS", "9"));
  private static final int KILLS_OF_SOURCE = (KILLS + 2) / 3;
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));

  private static final String WATCH =
      """
      import os, select, sys
      pidfd = os.pidfd_open(int(sys.argv[1]))
      print("open")
      select.select([pidfd], [], [])
      print("ended")
      """;

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
    Node other = cluster.node(1);
    Path seen = watch(cluster, other, counter);
    cluster.node(2).kill();
    // also before anybody knows that its home is dead
    cluster.node(3).sh("kill -0 %d".formatted(counter.pid)).orFail();
    HomeProcess.await(
        "the orphan to be found from node 1",
        () -> other.sh("kill -0 %d".formatted(counter.pid)).exit() == 0);
    counter.awaitMoreCounts();
    counter.migrated(other, 1);
    counter.awaitMoreCounts();
    assertThat(seen).content().isEqualTo("open\n");
    Fate.orphanEndsWhole(counter, other);
    HomeProcess.await("the end in the pidfd", () -> Files.readString(seen).contains("ended"));
  }

  /** Opens a pidfd there; the file says when that is open, and when the process has ended. */
  private static Path watch(Cluster cluster, Node node, HomeProcess process) throws Exception {
    Path seen = cluster.shared().resolve("watch.out");
    Files.writeString(cluster.shared().resolve("watch.py"), WATCH);
    node.spawn("python3 -u /shared/watch.py %d".formatted(process.pid), "/shared/watch.out");
    HomeProcess.await(
        "the pidfd", () -> Files.exists(seen) && Files.readString(seen).contains("open"));
    return seen;
  }

  /** The source keeps the process until the destination has all of it. */
  @Test
  void theDestinationIsKilledAtAnyMoment(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    int source = home.id();
    HomeProcess counter = Fate.small(cluster, home, "moment");
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
          assertThat(Fate.runsOn(cluster, counter)).as("kill %d", i).isEmpty();
          counter.assertCountsWhole();
          counter = Fate.small(cluster, home, "moment" + i);
          source = home.id();
        } else {
          counter.awaitMoreCounts();
          assertThat(Fate.runsOn(cluster, counter))
              .as("kill %d, %s", i, result)
              .containsExactly(source);
          source = 3 - source; // 1 and 2, who survive
          counter.migrated(home, source);
        }
      }
    }
    Fate.endsWhole(counter, home);
    moments.assertSomeWereMet();
  }

  /** Either it dies with the source, or the destination has it: its home may be gone too. */
  @Test
  void theSourceIsKilledAtAnyMoment(Cluster cluster) throws Exception {
    Node witness = cluster.node(1);
    HomeProcess other = Fate.small(cluster, witness, "other");
    KillMoments moments = KillMoments.rehearse(cluster, other, witness, SEED);
    int lost = 0;
    try (Victims victims = new Victims(cluster)) {
      for (int i = 0; i < KILLS_OF_SOURCE; i++) {
        boolean abroad = i % 4 < 2; // each of the two victims is home of every second one
        Node source = victims.next();
        Node home = abroad ? witness : source;
        HomeProcess counter = Fate.small(cluster, home, "source" + i);
        if (abroad) {
          counter.migrated(home, source.id());
        }
        Future<?> kill = victims.kill(source, moments.next());
        CommandResult result = counter.migrate(witness, 2);
        victims.revive(source, kill);
        moments.note(result);
        if (Fate.livesOn(cluster, counter, abroad)) {
          assertThat(Fate.runsOn(cluster, counter)).as("kill %d", i).containsExactly(2);
          if (abroad) {
            Fate.endsWhole(counter, witness);
          } else {
            Fate.orphanEndsWhole(counter, cluster.node(2));
          }
        } else {
          assertThat(result.exit()).as("kill %d, %s", i, result).isNotZero();
          lost++;
        }
        other.migrated(witness, 2 - i % 2);
        other.awaitMoreCounts();
      }
    }
    Fate.endsWhole(other, witness);
    System.err.printf("%d of %d died with the source%n", lost, KILLS_OF_SOURCE);
    moments.assertSomeWereMet();
  }
}
