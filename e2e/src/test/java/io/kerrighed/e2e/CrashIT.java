// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * A node stops dead at a point between the messages of a migration ({@code
 * node-kmod/epm/PROTOCOL.md}): nobody has the process twice, who has it goes on with it, and who
 * waits hears of its end. The environment says at how many points of each role ({@code
 * KRG_CRASHES}, or {@code all}), and which ({@code KRG_SEED}).
 */
@KrgCluster(nodes = 4)
class CrashIT {
  private static final String CRASHES = System.getenv().getOrDefault("KRG_CRASHES", "2");
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));
  private static final String CRASH = "/sys/kernel/debug/kerrighed/fault/crash";

  /** The last messages may follow after the command has ended; a point too many is no harm. */
  private static final String SETTLE = "sleep 1";

  private static final long NEVER = 4294967295L;
  private static final AtomicInteger attempts = new AtomicInteger();

  /** A process that is about to move, and what has to be true of it afterwards. */
  private interface Role {
    HomeProcess ready(Node victim, String name) throws Exception;

    default int destination(Node victim) {
      return 2;
    }

    void judge(HomeProcess counter, CommandResult result) throws Exception;
  }

  @Test
  void theSourceStopsDead(Cluster cluster) throws Exception {
    Node witness = cluster.node(1);
    crashAtPoints(
        cluster,
        "source",
        new Role() {
          @Override
          public HomeProcess ready(Node victim, String name) throws Exception {
            HomeProcess counter = tiny(cluster, witness, name);
            counter.migrated(witness, victim.id());
            return counter;
          }

          @Override
          public void judge(HomeProcess counter, CommandResult result) throws Exception {
            if (Fate.livesOn(cluster, counter, true)) {
              assertThat(Fate.runsOn(cluster, counter)).containsExactly(2);
              Fate.endsWhole(counter, witness);
            } else {
              assertThat(result.exit()).as("%s", result).isNotZero();
            }
          }
        });
  }

  @Test
  void theDestinationStopsDead(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    crashAtPoints(
        cluster,
        "destination",
        new Role() {
          @Override
          public HomeProcess ready(Node victim, String name) throws Exception {
            return tiny(cluster, home, name);
          }

          @Override
          public int destination(Node victim) {
            return victim.id();
          }

          @Override
          public void judge(HomeProcess counter, CommandResult result) throws Exception {
            if (result.exit() == 0) {
              assertThat(counter.awaitStatus()).isEqualTo(128 + 9);
              assertThat(Fate.runsOn(cluster, counter)).isEmpty();
              counter.assertCountsWhole();
            } else {
              assertThat(Fate.runsOn(cluster, counter)).as("%s", result).containsExactly(1);
              Fate.endsWhole(counter, home);
            }
          }
        });
  }

  /** It is neither the source nor the destination: the process goes on with one of them. */
  @Test
  void homeStopsDead(Cluster cluster) throws Exception {
    crashAtPoints(
        cluster,
        "home",
        new Role() {
          @Override
          public HomeProcess ready(Node victim, String name) throws Exception {
            HomeProcess counter = tiny(cluster, victim, name);
            counter.migrated(victim, 1);
            return counter;
          }

          @Override
          public void judge(HomeProcess counter, CommandResult result) throws Exception {
            counter.awaitMoreCounts();
            assertThat(Fate.runsOn(cluster, counter)).containsExactly(result.exit() == 0 ? 2 : 1);
            Fate.orphanEndsWhole(counter, cluster.node(1));
          }
        });
  }

  /** Sent at once: in rounds most points would be next to pages, each like the other. */
  private static HomeProcess tiny(Cluster cluster, Node home, String name) throws Exception {
    return HomeProcess.counter(cluster, home, name, 1);
  }

  private static void crashAtPoints(Cluster cluster, String name, Role role) throws Exception {
    try (Victims victims = new Victims(cluster)) {
      long points = rehearse(cluster, victims.next(), role, name);
      for (long point : chosen(points)) {
        // the next time there may be less, most of all on a busy machine
        for (long at = point; !stoppedAt(at, cluster, victims, role, name); at -= at / 8 + 1) {
          assertThat(at).as("no point of %d was reached", points).isGreaterThan(1);
        }
      }
    }
  }

  /** How many points the victim passes in a migration. */
  private static long rehearse(Cluster cluster, Node victim, Role role, String name)
      throws Exception {
    HomeProcess counter = role.ready(victim, name);
    victim.host(arm(NEVER)).orFail();
    counter.migrated(cluster.node(1), role.destination(victim));
    String passed = victim.host("%s; cat %s; %s".formatted(SETTLE, CRASH, arm(0))).stdout();
    long points = Long.parseLong(passed.strip());
    assertThat(points).isPositive();
    Fate.endsWhole(counter, cluster.node(1));
    return points;
  }

  /** Did the victim reach that point? Then it stopped there, and nothing was lost or doubled. */
  private static boolean stoppedAt(
      long point, Cluster cluster, Victims victims, Role role, String name) throws Exception {
    Node victim = victims.next();
    HomeProcess counter = role.ready(victim, name + "-" + attempts.incrementAndGet());
    victim.host(arm(point)).orFail();
    CommandResult result = counter.migrate(cluster.node(1), role.destination(victim));
    boolean stopped = stops(victim);
    System.err.printf("%s, point %d, %s: %s%n", name, point, victim.state(), result);
    if (stopped) {
      role.judge(counter, result);
      victims.revive(victim, victims.kill(victim, Duration.ZERO));
    } else {
      assertThat(result.exit()).as("%s", result).isZero();
      Fate.endsWhole(counter, cluster.node(1));
    }
    return stopped;
  }

  /** If it did not reach the point it lives on. */
  private static boolean stops(Node victim) throws Exception {
    try {
      return victim.host(SETTLE + "; " + arm(0)).exit() != 0;
    } catch (LabException e) {
      HomeProcess.await("the end of the machine", () -> victim.state().equals("ended"));
      return true;
    }
  }

  private static String arm(long point) {
    return "echo %d >%s".formatted(point, CRASH);
  }

  private static long[] chosen(long points) {
    return CRASHES.equals("all")
        ? LongStream.rangeClosed(1, points).toArray()
        : new Random(SEED)
            .longs(1, points + 1)
            .distinct()
            .limit(Math.min(points, Integer.parseInt(CRASHES)))
            .sorted()
            .toArray();
  }
}
