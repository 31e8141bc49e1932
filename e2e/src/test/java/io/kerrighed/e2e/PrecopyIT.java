// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The memory of a large process goes ahead while it runs, whatever it does with it meanwhile. */
@KrgCluster(nodes = 3)
class PrecopyIT {
  private static final int MOVES = 15;
  private static final long MB = 1 << 20;

  /** With a window of 1 MB, 64 MB take half a minute then: time enough to do something. */
  private static final Duration SLOW = Duration.ofMillis(200);

  private static final String SHARES = "shares its position with another process";

  /** One line of the history of the node that a process left. */
  record Move(int error, long bytes, int rounds, long early) {
    static Stream<String> lines(Node node, int pid) throws InterruptedException {
      String history = node.host("cat /sys/kernel/debug/kerrighed/epm/migrations").stdout();
      return history.lines().filter(text -> text.split(" ")[1].equals(Integer.toString(pid)));
    }

    static boolean ended(Node node, int pid) throws InterruptedException {
      return lines(node, pid).findAny().isPresent();
    }

    static Move last(Node node, int pid) throws InterruptedException {
      String line = lines(node, pid).reduce((first, second) -> second).orElseThrow();
      String[] fields = line.split(" ");
      return new Move(
          Integer.parseInt(fields[4]),
          Long.parseLong(fields[7]),
          Integer.parseInt(fields[8]),
          Long.parseLong(fields[9]));
    }
  }

  @Test
  void onlyWhatChangesWaitsForTheFreeze(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess large = HomeProcess.counter(cluster, home, "large", 64);
    HomeProcess small = HomeProcess.counter(cluster, home, "small", 1);
    for (int to : new int[] {2, 1}) {
      large.migrated(home, to);
      small.migrated(home, to);
      Node source = cluster.node(3 - to);
      Move move = Move.last(source, large.pid);
      assertThat(move.rounds()).isPositive();
      assertThat(move.early()).isGreaterThan(60 * MB);
      assertThat(move.bytes() - move.early()).as("%s", move).isLessThan(8 * MB);
      assertThat(Move.last(source, small.pid).early()).isZero();
    }
    for (HomeProcess counter : new HomeProcess[] {large, small}) {
      counter.awaitMoreCounts();
      counter.endsWhole(home);
    }
  }

  @Test
  void movesWhileItsMappingsChange(Cluster cluster) throws Exception {
    Node home = cluster.node(2);
    HomeProcess program = start(cluster, home, "restless");
    Random random = new Random(5);
    int at = home.id();
    for (int i = 0; i < MOVES; i++) {
      int to = 1 + (at + random.nextInt(2)) % 3;
      moved(program, cluster.node(3), to);
      Move move = Move.last(cluster.node(at), program.pid);
      assertThat(move.rounds()).isPositive();
      assertThat(move.early()).isPositive();
      at = to;
    }
    finish(cluster, cluster.node(1), program, "restless");
  }

  @Test
  void itsEndDuringTheRoundsEndsTheRequest(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "ends", 64);
    beginToMove(cluster, home, counter, 2);
    home.sh("kill -KILL %d".formatted(counter.pid)).orFail();
    assertThat(counter.awaitStatus()).isEqualTo(128 + 9);
    assertThat(awaitAnswer(cluster)).startsWith("migrate: No such process\n");
    assertLeftInARound(Move.last(home, counter.pid), 3); // ESRCH
    assertThat(counter.runsOn(cluster.node(2))).isFalse();
    counter.assertCountsWhole();
  }

  @Test
  void anExecDuringTheRoundsMovesTheNewProgram(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess program = start(cluster, home, "execs");
    beginToMove(cluster, home, program, 2);
    home.sh("kill -USR1 %d".formatted(program.pid)).orFail();
    Path answer = cluster.shared().resolve("answer");
    HomeProcess.await("the move", () -> program.runsOn(cluster.node(2)) || Files.size(answer) > 0);
    cluster.heal();
    if (!program.runsOn(cluster.node(2))) {
      assertThat(answer).content().contains(SHARES);
      moved(program, home, 2);
    }
    finish(cluster, home, program, "execs");
  }

  @Test
  void whoAskedMayBeKilledDuringTheRounds(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "asked", 64);
    int migrate = beginToMove(cluster, home, counter, 2);
    home.sh("kill -KILL %d".formatted(migrate)).orFail();
    HomeProcess.await(
        "the end of who asked", () -> home.sh("kill -0 %d".formatted(migrate)).exit() != 0);
    counter.awaitMoreCounts();
    assertThat(counter.runsOn(home)).isTrue();
    cluster.heal();
    counter.migrated(home, 2);
    counter.endsWhole(home);
  }

  @Test
  void whoAskedElsewhereMayBeKilledDuringTheRounds(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    Node other = cluster.node(3);
    HomeProcess counter = HomeProcess.counter(cluster, home, "called", 64);
    int migrate = beginToMove(cluster, home, counter, 2, other);
    other.sh("kill -KILL %d".formatted(migrate)).orFail();
    HomeProcess.await("the end of the move", () -> Move.ended(home, counter.pid));
    assertLeftInARound(Move.last(home, counter.pid), 4); // EINTR
    assertThat(counter.runsOn(home)).isTrue();
    cluster.heal();
    counter.migrated(other, 2);
    counter.endsWhole(home);
  }

  @Test
  void theDestinationMayDieDuringTheRounds(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess counter = HomeProcess.counter(cluster, home, "survives", 64);
    beginToMove(cluster, home, counter, 3);
    cluster.node(3).kill();
    assertThat(awaitAnswer(cluster)).startsWith("migrate: Host is down\n");
    counter.awaitMoreCounts();
    assertThat(counter.runsOn(home)).isTrue();
    assertLeftInARound(Move.last(home, counter.pid), 112); // EHOSTDOWN
    cluster.heal();
    counter.migrated(home, 2);
    counter.endsWhole(home);
  }

  /** Returns the PID of who asks, on a node from which the way to the other one is slow. */
  private static int beginToMove(Cluster cluster, Node node, HomeProcess process, int to)
      throws Exception {
    return beginToMove(cluster, node, process, to, node);
  }

  private static int beginToMove(
      Cluster cluster, Node node, HomeProcess process, int to, Node asked) throws Exception {
    cluster.delay(node.id(), to, SLOW);
    long before = sent(node);
    int migrate = asked.spawn("migrate %d %d".formatted(process.pid, to), "/shared/answer");
    HomeProcess.await("the first pages of a round", () -> sent(node) > before + 2 * MB);
    return migrate;
  }

  /** Bytes that this node has sent to the others. */
  private static long sent(Node node) throws InterruptedException {
    String bytes = node.host("cat /sys/class/net/eth0/statistics/tx_bytes").orFail().stdout();
    return Long.parseLong(bytes.strip());
  }

  private static void assertLeftInARound(Move move, int error) {
    assertThat(move.error()).as("%s", move).isEqualTo(error);
    assertThat(move.early()).as("%s", move).isPositive();
    assertThat(move.bytes()).as("sent in all: %s", move).isEqualTo(move.early());
  }

  private static String awaitAnswer(Cluster cluster) throws Exception {
    Path answer = cluster.shared().resolve("answer");
    HomeProcess.await("the end of the request", () -> Files.size(answer) > 0);
    return Files.readString(answer);
  }

  /**
   * While a child of it lives, whose open files are the same, it is refused with {@link #SHARES}.
   */
  static void moved(HomeProcess restless, Node asked, int to) throws Exception {
    HomeProcess.await(
        "a move of " + restless.pid,
        () -> {
          CommandResult result = restless.migrate(asked, to);
          if (result.exit() != 0) {
            assertThat(result.stderr()).contains(SHARES);
          }
          return result.exit() == 0;
        });
  }

  static HomeProcess start(Cluster cluster, Node home, String name) throws Exception {
    HomeProcess program =
        HomeProcess.start(cluster, home, name, "restless /shared/%s.count 2".formatted(name));
    awaitRounds(cluster, name, 2);
    return program;
  }

  /** Ends it by SIGTERM; it has looked at all of its memory once more. */
  static void finish(Cluster cluster, Node from, HomeProcess program, String name)
      throws Exception {
    awaitRounds(cluster, name, 2);
    from.sh("kill -TERM %d".formatted(program.pid)).orFail();
    int status = program.awaitStatus();
    assertThat(lines(cluster, name)).doesNotContain("broken").endsWith("ok\n");
    assertThat(status).isZero();
  }

  /** So many times more a thread has looked at all of its memory. */
  private static void awaitRounds(Cluster cluster, String name, int more) throws Exception {
    long before = lines(cluster, name).lines().count();
    HomeProcess.await(
        "%d more rounds of %s".formatted(more, name),
        () -> lines(cluster, name).lines().count() >= before + more);
    assertThat(lines(cluster, name)).doesNotContain("broken");
  }

  private static String lines(Cluster cluster, String name) throws IOException {
    Path file = cluster.shared().resolve(name + ".count");
    return Files.exists(file) ? Files.readString(file) : "";
  }
}
