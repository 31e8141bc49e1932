// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A process that writes faster than the network carries runs at its new node while its pages are
 * still at the old one, whatever happens to it, or to one of the two, meanwhile.
 */
@KrgCluster(nodes = 3)
class PostcopyIT {
  private static final int MOVES = 8;
  private static final int MB = 64;
  private static final long PAGES = MB * 256L;

  /** All of churn's pages change in each round of this; they take some 10 s to be fetched. */
  private static final Duration SLOW = Duration.ofMillis(4);

  private static final String SWITCH = "/sys/module/krg_epm/parameters/postcopy";

  @Test
  void runsWhileItsPagesAreAway(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "churn");
    moveSlowly(cluster, churn, 1, 2);
    assertThat(leftBytes(cluster.node(1), churn)).isGreaterThan((MB - 8L) << 20);
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    awaitAll(cluster.node(1), churn);
    endsWell(cluster, churn);
  }

  @Test
  void movesAgainAndAgainAtOnce(Cluster cluster) throws Exception {
    HomeProcess program =
        HomeProcess.start(
            cluster, cluster.node(2), "restless", "restless /shared/restless.count 4 100");
    HomeProcess.await("its begin", () -> program.counts().size() > 4);
    Random random = new Random(3);
    int at = 2;
    long left = 0;
    for (int i = 0; i < MOVES; i++) {
      int to = 1 + (at + random.nextInt(2)) % 3;
      cluster.delay(at, to, SLOW);
      PrecopyIT.moved(program, cluster.node(at), to);
      left += leftBytes(cluster.node(at), program);
      cluster.heal();
      at = to;
    }
    assertThat(left).isPositive();
    PrecopyIT.finish(cluster, cluster.node(1), program, "restless");
    for (Node node : cluster.nodes()) {
      awaitAll(node, program);
    }
  }

  @Test
  void aForkWaitsForAllOfIt(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "forks");
    moveSlowly(cluster, churn, 1, 2);
    cluster.node(3).sh("kill -USR1 %d".formatted(churn.pid)).orFail();
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    HomeProcess.await(
        "the child", () -> churn.counts().stream().anyMatch(line -> line.startsWith("child")));
    assertThat(churn.counts()).contains("child 0");
    endsWell(cluster, churn);
  }

  @Test
  void itsMappingsChangeMeanwhile(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "maps");
    moveSlowly(cluster, churn, 1, 2);
    cluster.node(1).sh("kill -USR2 %d".formatted(churn.pid)).orFail();
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    HomeProcess.await(
        "its mappings", () -> churn.counts().contains("mapped anew") || churn.broken());
    endsWell(cluster, churn);
  }

  @Test
  void othersReadPagesThatAreAway(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "seen");
    moveSlowly(cluster, churn, 1, 2);
    /* stopped, it asks for nothing itself */
    cluster.node(1).sh("kill -STOP %d".formatted(churn.pid)).orFail();
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    Node node = cluster.node(2);
    String memory = "dd if=/proc/%d/mem bs=4096 count=1 skip=%d 2>&1 >/dev/null";
    long page = Long.decode(address(churn)) / 4096 + PAGES - 1;
    assertThat(node.sh(memory.formatted(churn.pid, page)).stdout()).contains("1+0 records in");
    String read = "churn read %d %s %d".formatted(churn.pid, address(churn), MB);
    assertThat(node.sh(read).stdout()).isEqualTo("0 of %d pages are wrong\n".formatted(PAGES));
    assertThat(node.sh("wc -l </proc/%d/smaps".formatted(churn.pid)).exit()).isZero();
    cluster.node(1).sh("kill -CONT %d".formatted(churn.pid)).orFail();
    endsWell(cluster, churn);
  }

  @Test
  void aCoreDumpHasAllOfIt(Cluster cluster) throws Exception {
    Node node = cluster.node(2);
    node.host("echo /shared/core >/proc/sys/kernel/core_pattern").orFail();
    HomeProcess churn =
        HomeProcess.start(
            cluster,
            cluster.node(1),
            "dumps",
            "sh -c 'ulimit -c unlimited; exec churn /shared/dumps.count %d'".formatted(MB));
    HomeProcess.await("its begin", () -> !churn.counts().isEmpty());
    moveSlowly(cluster, churn, 1, 2);
    cluster.node(1).sh("kill -ABRT %d".formatted(churn.pid)).orFail();
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    assertThat(churn.awaitStatus()).isEqualTo(128 + 6);
    node.host("echo core >/proc/sys/kernel/core_pattern").orFail();
    String core = "churn core /shared/core %s %d".formatted(address(churn), MB);
    assertThat(node.sh(core).stdout()).isEqualTo("0 of %d pages are wrong\n".formatted(PAGES));
    awaitAll(cluster.node(1), churn);
  }

  @Test
  void itsEndFreesWhatStayed(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "ends");
    moveSlowly(cluster, churn, 1, 2);
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    cluster.node(3).sh("kill -KILL %d".formatted(churn.pid)).orFail();
    assertThat(churn.awaitStatus()).isEqualTo(128 + 9);
    awaitAll(cluster.node(1), churn);
  }

  @Test
  void itsPagesMayAllBeThereBeforeItRuns(Cluster cluster) throws Exception {
    HomeProcess churn =
        HomeProcess.start(cluster, cluster.node(1), "early", "churn /shared/early.count 5");
    HomeProcess.await("its begin", () -> !churn.counts().isEmpty());
    churn.migrated(cluster.node(1), 2);
    awaitAll(cluster.node(1), churn);
    leave(cluster, "always");
    try {
      /* home has to know of the move before the source gives it up */
      cluster.delay(1, 2, Duration.ofMillis(500));
      churn.migrated(cluster.node(2), 3);
    } finally {
      leave(cluster, "auto");
      cluster.heal();
    }
    awaitAll(cluster.node(2), churn);
    endsWell(cluster, churn);
  }

  @Test
  void diesWithTheNodeThatHasItsPages(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "dies");
    churn.migrated(cluster.node(1), 2);
    awaitAll(cluster.node(1), churn);
    moveSlowly(cluster, churn, 2, 3);
    assertThat(pagesAt(cluster.node(2), churn)).isPositive();
    cluster.node(2).kill();
    assertThat(churn.awaitStatus()).isEqualTo(128 + 9);
    cluster.heal();
    for (int id : new int[] {1, 3}) {
      assertThat(cluster.node(id).sh("kill -0 %d".formatted(churn.pid)).exit()).isNotZero();
    }
  }

  @Test
  void nothingIsKeptByANodeThatIsPutOut(Cluster cluster) throws Exception {
    Node source = cluster.node(2);
    HomeProcess churn = churn(cluster, cluster.node(1), "out");
    churn.migrated(cluster.node(1), 2);
    awaitAll(cluster.node(1), churn);
    moveSlowly(cluster, churn, 2, 3);
    assertThat(pagesAt(source, churn)).isPositive();
    cluster.partition(List.of(List.of(2), List.of(1, 3)));
    assertThat(churn.awaitStatus()).isEqualTo(128 + 9);
    cluster.heal();
    HomeProcess.await(
        "the end of node 2's container",
        () -> source.host("cat /sys/kerrighed/subsession_id").stdout().equals("-1\n"));
    assertThat(pagesAt(source, churn)).isZero();
    cluster.node(1).sh("krgadm nodes add -n 2").orFail();
    cluster.awaitOnline();
  }

  @Test
  void nothingIsKeptForANodeThatDied(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "gone");
    moveSlowly(cluster, churn, 1, 3);
    assertThat(pagesAt(cluster.node(1), churn)).isPositive();
    cluster.node(3).kill();
    assertThat(churn.awaitStatus()).isEqualTo(128 + 9);
    awaitAll(cluster.node(1), churn);
  }

  @Test
  void aNodeStaysUntilItsPagesAreFetched(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "waits");
    churn.migrated(cluster.node(1), 2);
    awaitAll(cluster.node(1), churn);
    moveSlowly(cluster, churn, 2, 3);
    assertThat(pagesAt(cluster.node(2), churn)).isPositive();
    cluster.node(1).sh("krgadm nodes del -n 2").orFail();
    assertThat(pagesAt(cluster.node(2), churn)).isZero();
    cluster.heal();
    endsWell(cluster, churn);
  }

  @Test
  void aNodeThatLeavesKeepsNothingNew(Cluster cluster) throws Exception {
    Node source = cluster.node(2);
    HomeProcess first = churn(cluster, cluster.node(1), "first");
    HomeProcess second =
        HomeProcess.start(cluster, cluster.node(1), "second", "churn /shared/second.count 5");
    HomeProcess.await("its begin", () -> !second.counts().isEmpty());
    for (HomeProcess churn : List.of(first, second)) {
      churn.migrated(cluster.node(1), 2);
      awaitAll(cluster.node(1), churn);
    }
    leave(cluster, "always");
    try {
      cluster.delay(2, 3, Duration.ofMillis(20));
      first.migrated(source, 3);
      cluster.node(1).spawn("krgadm nodes del -n 2", "/shared/left");
      HomeProcess.await(
          "node 2 to leave",
          () -> source.host("grep -lw krg_rests_wait_all /proc/[0-9]*/stack").exit() == 0);
      second.migrated(source, 3);
    } finally {
      leave(cluster, "auto");
    }
    assertThat(leftBytes(source, second)).isZero();
    cluster.heal();
    HomeProcess.await(
        "node 2 to have left",
        () -> cluster.node(1).sh("krgadm nodes status").stdout().contains("2:present\n"));
    endsWell(cluster, first);
    endsWell(cluster, second);
  }

  @Test
  void canBeSwitchedOff(Cluster cluster) throws Exception {
    HomeProcess churn = churn(cluster, cluster.node(1), "whole");
    Node source = cluster.node(1);
    assertThat(source.host("cat " + SWITCH).stdout()).isEqualTo("auto\n");
    assertThat(source.host("echo sometimes >" + SWITCH).exit()).isNotZero();
    leave(cluster, "off");
    try {
      moveSlowly(cluster, churn, 1, 2);
      assertThat(leftBytes(source, churn)).isZero();
      assertThat(pagesAt(source, churn)).isZero();
    } finally {
      leave(cluster, "auto");
    }
    endsWell(cluster, churn);
  }

  @Test
  void canLeaveAllOfIt(Cluster cluster) throws Exception {
    Node source = cluster.node(1);
    HomeProcess churn = churn(cluster, source, "all");
    leave(cluster, "always");
    try {
      moveSlowly(cluster, churn, 1, 2);
    } finally {
      leave(cluster, "auto");
    }
    assertThat(leftBytes(source, churn)).isGreaterThanOrEqualTo((long) MB << 20);
    endsWell(cluster, churn);
  }

  /** What the nodes leave behind of what goes from now on: off, auto or always. */
  static void leave(Cluster cluster, String mode) throws InterruptedException {
    for (Node node : cluster.nodes()) {
      node.host("echo %s >%s".formatted(mode, SWITCH)).orFail();
    }
  }

  static HomeProcess churn(Cluster cluster, Node home, String name) throws Exception {
    HomeProcess churn =
        HomeProcess.start(cluster, home, name, "churn /shared/%s.count %d".formatted(name, MB));
    HomeProcess.await("its begin", () -> !churn.counts().isEmpty());
    return churn;
  }

  static void moveSlowly(Cluster cluster, HomeProcess process, int from, int to)
      throws InterruptedException {
    cluster.delay(from, to, SLOW);
    process.migrated(cluster.node(from), to);
  }

  private static String address(HomeProcess churn) throws Exception {
    return churn.counts().get(0).substring("at ".length());
  }

  /** Those of the process that are still on a node it has left. */
  static long pagesAt(Node node, HomeProcess process) throws InterruptedException {
    return node.host("cat /sys/kernel/debug/kerrighed/epm/rests")
        .orFail()
        .stdout()
        .lines()
        .map(line -> line.split(" "))
        .filter(fields -> fields[0].equals(Integer.toString(process.pid)))
        .mapToLong(fields -> Long.parseLong(fields[2]))
        .sum();
  }

  static void awaitAll(Node node, HomeProcess process) throws Exception {
    HomeProcess.await("the rest of " + process.pid, () -> pagesAt(node, process) == 0);
  }

  /** What its last move from there has left there. */
  private static long leftBytes(Node node, HomeProcess process) throws InterruptedException {
    String last =
        "awk '$2 == %d { left = $11 } END { print left }' "
            + "/sys/kernel/debug/kerrighed/epm/migrations";
    CommandResult result = node.host(last.formatted(process.pid)).orFail();
    return Long.parseLong(result.stdout().strip());
  }

  static void endsWell(Cluster cluster, HomeProcess churn) throws Exception {
    int before = churn.counts().size();
    HomeProcess.await("more rounds", () -> churn.counts().size() > before + 1 || churn.broken());
    cluster.node(1).sh("kill -TERM %d".formatted(churn.pid)).orFail();
    assertThat(churn.awaitStatus()).as("%s", churn.counts()).isZero();
    assertThat(churn.counts()).endsWith("ok").noneMatch(line -> line.startsWith("broken"));
  }
}
