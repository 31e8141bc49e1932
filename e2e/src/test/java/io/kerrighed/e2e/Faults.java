// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One thing after another fails on a node while a process moves, always the same move; see {@code
 * node-kmod/include/kerrighed/fault.h}. What was allocated meanwhile is counted from the first move
 * to {@link #assertNothingIsLeft}.
 */
final class Faults {
  /** A point that is never reached. */
  static final long NEVER = 4294967295L;

  private static final String POINT = "/sys/kernel/debug/kerrighed/fault/point";
  private static final String LIVE = "/sys/kernel/debug/kerrighed/fault/live";

  private static final String MOVE =
      """
      echo %d >%s
      timeout 60 migrate %d %d
      """;

  private static final String DISARM = "cat %s; echo %d >%s".formatted(POINT, NEVER, POINT);

  /**
   * What else a move takes: stubs and bodies hold krg_proc, and there are memories and open files.
   * The number of memories is exact when no processor keeps free ones for itself, and as long as
   * nobody forks, which takes a whole slab of them.
   */
  private static final String HELD =
      """
      grep -H . /sys/module/krg_proc/refcnt /sys/module/krg_epm/refcnt
      read files rest </proc/sys/fs/file-nr
      echo 1 >/sys/kernel/slab/mm_struct/shrink
      read memories rest </sys/kernel/slab/mm_struct/objects
      echo "files $files memories $memories"
      cut -d ' ' -f 1-4 /proc/kerrighed/processes
      """;

  private static final Pattern PASSED = Pattern.compile("armed \\d+ passed (\\d+)\n");

  /** Which move, and the node on which something fails. */
  record Move(int from, int to, int at) {}

  private final Cluster cluster;
  private final HomeProcess process;
  private final Move move;
  private final int points;
  private final List<String> held;

  /** The process, which is where the move begins, moves once without a fault. */
  Faults(Cluster cluster, HomeProcess process, Move move) throws Exception {
    this.cluster = cluster;
    this.process = process;
    this.move = move;
    Matcher passed = PASSED.matcher(attempt(NEVER));
    assertThat(passed.matches()).isTrue();
    points = Integer.parseInt(passed.group(1));
    arm(0);
    held = held();
    arm(NEVER);
  }

  /** About how many points there are; how many may differ a little from time to time. */
  int points() {
    return points;
  }

  /**
   * The process moves while a point fails. It is where it was, or has arrived and comes back, and
   * goes on.
   *
   * @return what failed, as the switch says
   */
  String attempt(long point) throws Exception {
    Node node = cluster.node(move.at());
    CommandResult result = node.host(MOVE.formatted(point, POINT, process.pid, move.to()));
    // what stayed behind is fetched, whatever fails
    PostcopyIT.awaitAll(cluster.node(move.from()), process);
    String report = node.host(DISARM).orFail().stdout();
    boolean moved = result.exit() == 0;
    System.err.printf(
        "%s, point %d: %s: %s%n",
        move, point, report.strip(), moved ? "moved" : result.stderr().replace('\n', ' '));
    if (moved) {
      assertThat(result.stderr()).as(report).isEmpty();
    } else {
      assertThat(report).as("%s", result).startsWith("failed %d ".formatted(point));
      assertThat(result.exit()).as("%s", result).isEqualTo(1);
      assertThat(result.stderr())
          .as(report)
          .matches("migrate: .+\nmigrate: .+\n")
          .doesNotContain("No such process");
    }
    assertThat(whereItRuns()).as("%s", result).containsExactly(moved ? move.to() : move.from());
    if (moved) {
      process.migrated(cluster.node(move.at()), move.from());
    } else {
      process.awaitMoreCounts();
    }
    return report;
  }

  /** As before the first fault; and a move succeeds. */
  void assertNothingIsLeft() throws Exception {
    for (Node node : cluster.nodes()) {
      HomeProcess.await(
          "all to be freed on node %d, %s".formatted(node.id(), move),
          () -> node.host("cat " + LIVE).orFail().stdout().equals("0\n"));
    }
    arm(0);
    HomeProcess.await(
        "nothing but %s to be held, not %s, %s".formatted(held, held(), move),
        () -> held().equals(held));
    process.migrated(cluster.node(move.at()), move.to());
    process.migrated(cluster.node(move.at()), move.from());
  }

  private List<Integer> whereItRuns() throws InterruptedException {
    List<Integer> ids = new ArrayList<>();
    for (Node node : cluster.nodes()) {
      if (process.runsOn(node)) {
        ids.add(node.id());
      }
    }
    return ids;
  }

  private void arm(long point) throws InterruptedException {
    for (Node node : cluster.nodes()) {
      node.host("echo %d >%s".formatted(point, POINT)).orFail();
    }
  }

  private List<String> held() throws InterruptedException {
    List<String> all = new ArrayList<>();
    for (Node node : cluster.nodes()) {
      all.add(node.host(HELD).orFail().stdout());
    }
    return all;
  }
}
