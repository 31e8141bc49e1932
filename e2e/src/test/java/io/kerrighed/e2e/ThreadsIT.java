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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A process moves with all its threads, whatever each of them does, and each keeps its TID. */
@KrgCluster(nodes = 3)
class ThreadsIT {
  private static final Duration MOVES_LIMIT = Duration.ofMinutes(8);
  private static final int MOVES = 30;
  private static final Pattern TOTALS =
      Pattern.compile(
          "rounds (\\d+) changes (\\d+) slept [1-9]\\d* waited [1-9]\\d* polled [1-9]\\d*"
              + " made [1-9]\\d* caught (\\d+)\n");

  /** One raw tgkill(2): bash's kill takes no thread of another process. */
  private static final String TGKILL =
      "python3 -c 'import ctypes, sys; libc = ctypes.CDLL(None, use_errno=True);"
          + " sys.exit(libc.syscall(234, %d, %d, %d) and ctypes.get_errno())'";

  @Test
  void movesAtRandomWhileItsThreadsWork(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess program = start(cluster, home, "moves");
    Random random = new Random(4);
    StringBuilder moves = new StringBuilder("set -e\n");
    int at = 1;
    for (int i = 0; i < MOVES; i++) {
      at = 1 + (at + random.nextInt(2)) % 3;
      moves.append("migrate %d %d\n".formatted(program.pid, at));
    }
    cluster.node(2).sh(moves.toString(), MOVES_LIMIT).orFail();
    long rounds = rounds(cluster, "moves");
    HomeProcess.await("another round", () -> rounds(cluster, "moves") > rounds + 16);
    Node last = cluster.node(at);
    for (String name : new String[] {"first", "sleeper", "waiter", "patient", "worker 3"}) {
      int tid = tid(cluster, "moves", name);
      assertThat(last.sh("cat /proc/%d/task/%d/comm".formatted(program.pid, tid)).stdout())
          .isEqualTo(name + "\n");
    }
    finish(cluster, cluster.node(3), program, "moves", 0);
  }

  @Test
  void eachThreadTakesItsOwnSignals(Cluster cluster) throws Exception {
    Node home = cluster.node(2);
    HomeProcess program = start(cluster, home, "signals");
    int target = tid(cluster, "signals", "target");
    int caught = 0;
    for (int to : new int[] {3, 1, 2, 1, 3}) {
      program.migrated(cluster.node(1), to);
      for (Node from : cluster.nodes()) {
        String signal = TGKILL.formatted(program.pid, target, 10);
        assertThat(from.sh(signal).exit()).as("from node %d", from.id()).isZero();
        String line = "caught %d".formatted(++caught);
        HomeProcess.await(line, () -> lines(cluster, "signals").contains(line + "\n"));
      }
    }
    assertThat(cluster.node(1).sh(TGKILL.formatted(program.pid, 4194302, 10)).exit())
        .as("ESRCH for a thread that is not there")
        .isEqualTo(3);
    assertThat(cluster.node(1).sh(TGKILL.formatted(target, target, 10)).exit())
        .as("ESRCH for a thread of another process")
        .isEqualTo(3);
    finish(cluster, home, program, "signals", caught);
  }

  @Test
  void endsAsAWhole(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess killed = start(cluster, home, "killed");
    killed.migrated(home, 2);
    cluster.node(3).sh("kill -KILL %d".formatted(killed.pid)).orFail();
    assertThat(killed.awaitStatus()).isEqualTo(128 + 9);

    HomeProcess byThread = start(cluster, home, "bythread");
    byThread.migrated(home, 2);
    int tid = tid(cluster, "bythread", "sleeper");
    cluster.node(3).sh("kill -KILL %d".formatted(tid)).orFail();
    assertThat(byThread.awaitStatus()).as("any thread stands for all").isEqualTo(128 + 9);

    HomeProcess stopped = start(cluster, home, "stopped");
    stopped.migrated(home, 3);
    home.sh("kill -STOP %d".formatted(stopped.pid)).orFail();
    stopped.awaitState(home, "T");
    stopped.awaitState(cluster.node(3), "T");
    stopped.migrated(home, 2);
    stopped.awaitState(cluster.node(2), "T");
    stopped.migrated(home, 1);
    stopped.awaitState(home, "T");
    long rounds = rounds(cluster, "stopped");
    home.sh("kill -CONT %d".formatted(stopped.pid)).orFail();
    HomeProcess.await("another round", () -> rounds(cluster, "stopped") > rounds);
    finish(cluster, home, stopped, "stopped", 0);
  }

  @Test
  void aNumberIsNotGivenOutWhileItsThreadIsElsewhere(Cluster cluster) throws Exception {
    Node home = cluster.node(1);
    HomeProcess program = start(cluster, home, "numbers");
    program.migrated(home, 2);
    Path text = cluster.shared().resolve("numbers.count");
    String tids = Files.readString(text).replaceAll("(?m)^(?!tid ).*\n|^tid .* ", "");
    home.sh(
            """
            i=0
            while [ $i -lt 200 ]; do /bin/true & echo $!; wait $!; i=$((i + 1)); done >/shared/new
            """)
        .orFail();
    for (String pid : Files.readString(cluster.shared().resolve("new")).split("\n")) {
      assertThat(tids.lines()).doesNotContain(pid);
    }
    program.migrated(home, 1);
    finish(cluster, home, program, "numbers", 0);
  }

  static HomeProcess start(Cluster cluster, Node home, String name) throws Exception {
    HomeProcess program =
        HomeProcess.start(cluster, home, name, "threads /shared/%s.count".formatted(name));
    HomeProcess.await("its first rounds", () -> rounds(cluster, name) > 0);
    return program;
  }

  /** Ends it by SIGTERM, and looks at its totals. */
  static void finish(Cluster cluster, Node from, HomeProcess program, String name, int caught)
      throws Exception {
    from.sh("kill -TERM %d".formatted(program.pid)).orFail();
    int status = program.awaitStatus();
    assertThat(lines(cluster, name)).doesNotContain("broken");
    assertThat(status).isZero();
    Matcher totals = TOTALS.matcher(program.output());
    assertThat(totals.matches()).as(program.output()).isTrue();
    long rounds = Long.parseLong(totals.group(1));
    assertThat(rounds).isGreaterThanOrEqualTo(rounds(cluster, name));
    assertThat(Long.parseLong(totals.group(2))).isBetween(4 * rounds, 4 * rounds + 3);
    assertThat(Integer.parseInt(totals.group(3))).isEqualTo(caught);
    CommandResult left = from.sh("cat /proc/kerrighed/processes");
    assertThat(left.stdout()).doesNotContain("%d ".formatted(program.pid));
  }

  private static String lines(Cluster cluster, String name) throws IOException {
    Path file = cluster.shared().resolve(name + ".count");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private static long rounds(Cluster cluster, String name) throws IOException {
    Matcher round = Pattern.compile("(?m)^round (\\d+)$").matcher(lines(cluster, name));
    long last = 0;
    while (round.find()) {
      last = Long.parseLong(round.group(1));
    }
    return last;
  }

  private static int tid(Cluster cluster, String name, String thread) throws IOException {
    Matcher tid =
        Pattern.compile("(?m)^tid %s (\\d+)$".formatted(thread)).matcher(lines(cluster, name));
    assertThat(tid.find()).as("thread %s", thread).isTrue();
    return Integer.parseInt(tid.group(1));
  }
}
