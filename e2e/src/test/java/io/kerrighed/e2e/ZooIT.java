// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Programs that verify themselves ({@code e2e/programs/zoo}), moved at random moments between all
 * nodes while they work, several at a time. {@code KRG_ZOO_MOVES} says how often each, {@code
 * KRG_SEED} which way, {@code KRG_ZOO} which programs (all).
 */
@KrgCluster(nodes = 3)
class ZooIT {
  private static final int MOVES =
      Integer.parseInt(System.getenv().getOrDefault("KRG_ZOO_MOVES", "4"));
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));
  private static final String CHOSEN = System.getenv().getOrDefault("KRG_ZOO", "");
  private static final Duration MOVES_LIMIT = Duration.ofMinutes(90);
  private static final int AT_ONCE = 9;
  private static final int SUCCESS = 42;

  /**
   * Some refusals are over soon: something is shared or locked for a moment, or exec is under way.
   */
  private static final String MOVE =
      """
      move() {
        tries=0
        until why=$(migrate $1 $2 2>&1); do
          case $why in
            *"is shared with process"*|*"with another process"*|*"holds a file lock"*) ;;
            *"a file of the kernel"*|*"its first thread has ended"*|*"not an ELF program"*) ;;
            *pidfd:*|*"[pidfd]"*) ;;
            *) tries=1000 ;;
          esac
          tries=$((tries + 1))
          [ $tries -lt 400 ] || { echo "$1 to node $2: $why"; exit 1; }
          sleep 0.05
        done
      }
      """;

  @Test
  void noProgramNotices(Cluster cluster) throws Exception {
    // the clocks of nodes that were booted together hardly differ
    cluster.node(3).kill();
    cluster.node(3).start();
    cluster.awaitOnline();
    Map<String, Future<?>> runs = new LinkedHashMap<>();
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    for (String name : programs(cluster)) {
      runs.put(
          name,
          threads.submit(
              () -> {
                run(cluster, name);
                return null;
              }));
    }
    threads.shutdown();
    StringBuilder failures = new StringBuilder();
    for (Map.Entry<String, Future<?>> run : runs.entrySet()) {
      try {
        run.getValue().get();
      } catch (ExecutionException e) {
        failures.append("%n== %s: %s".formatted(run.getKey(), e.getCause()));
      }
    }
    assertThat(failures.toString()).as("%d programs", runs.size()).isEmpty();
  }

  private static List<String> programs(Cluster cluster) throws InterruptedException {
    List<String> all =
        cluster
            .node(1)
            .sh("cd $(dirname $(command -v zoo-sleeps)) && ls | sed -n s/^zoo-//p")
            .orFail()
            .stdout()
            .lines()
            .collect(Collectors.toList());
    assertThat(all).hasSizeGreaterThanOrEqualTo(25);
    if (!CHOSEN.isEmpty()) {
      all.retainAll(List.of(CHOSEN.split(",")));
    }
    Collections.shuffle(all, new Random(SEED));
    return all;
  }

  private static void run(Cluster cluster, String name) throws Exception {
    Random random = new Random(SEED * 31 + name.hashCode());
    Node home = any(cluster, random);
    HomeProcess program = HomeProcess.zoo(cluster, home, name);
    StringBuilder moves = new StringBuilder(MOVE);
    List<Integer> pids = program.movable();
    Map<Integer, Integer> where = new HashMap<>();
    for (int i = 0; i < MOVES; i++) {
      int pid = pids.get(random.nextBoolean() ? 0 : random.nextInt(pids.size()));
      moves.append("sleep 0.%02d%n".formatted(random.nextInt(60)));
      // to another node: it is no move to where it is
      int to = (where.getOrDefault(pid, home.id()) + random.nextInt(2)) % 3 + 1;
      where.put(pid, to);
      moves.append("move %d %d%n".formatted(pid, to));
    }
    CommandResult moved = any(cluster, random).sh(moves.toString(), MOVES_LIMIT);
    assertThat(moved.exit()).as("%s, %s", moved.stdout(), end(program)).isZero();
    // the round in which the last move was, and one more
    int before = program.counts().size();
    HomeProcess.await(
        "more rounds after " + end(program),
        () -> program.counts().size() >= before + 2 || program.broken() || program.ended());
    assertThat(program.broken()).as(end(program)).isFalse();
    any(cluster, random).sh("kill -TERM %d".formatted(program.pid)).orFail();
    int status = program.awaitStatus();
    assertThat(program.broken()).as(end(program)).isFalse();
    assertThat(status).as(end(program)).isEqualTo(SUCCESS);
    assertThat(program.counts()).endsWith("ok");
  }

  private static Node any(Cluster cluster, Random random) {
    return cluster.node(1 + random.nextInt(cluster.nodes().size()));
  }

  private static String end(HomeProcess program) throws Exception {
    List<String> counts = program.counts();
    return String.join("; ", counts.subList(Math.max(0, counts.size() - 4), counts.size()));
  }
}
