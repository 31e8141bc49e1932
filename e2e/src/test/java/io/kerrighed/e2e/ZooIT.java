// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Programs that verify themselves ({@code e2e/programs/subject.c}), moved at random between all
 * nodes. {@code KRG_ZOO_MOVES} says how often each, {@code KRG_SEED} which way.
 */
@KrgCluster(nodes = 3)
class ZooIT {
  private static final int MOVES =
      Integer.parseInt(System.getenv().getOrDefault("KRG_ZOO_MOVES", "10"));
  private static final long SEED = Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1"));
  private static final int SUCCESS = 42;
  private static final List<String> MODES =
      List.of("sleeps", "clocks", "memory", "attributes", "files", "timers", "vectors");

  @Test
  void noProgramNotices(Cluster cluster) throws Exception {
    Random random = new Random(SEED);
    // the clocks of nodes that were booted together hardly differ
    cluster.node(3).kill();
    cluster.node(3).start();
    cluster.awaitOnline();
    Map<String, HomeProcess> programs = new HashMap<>();
    for (int i = 0; i < MODES.size(); i++) {
      String mode = MODES.get(i);
      Node home = cluster.node(1 + i % cluster.nodes().size());
      programs.put(mode, HomeProcess.subject(cluster, home, mode));
    }
    for (String mode : inAnyOrder(random)) {
      HomeProcess program = programs.get(mode);
      Node asked = cluster.node(1 + random.nextInt(3));
      int to = 1 + random.nextInt(3);
      CommandResult moved = program.migrate(asked, to);
      assertThat(moved.exit())
          .as("%s (%d) to node %d: %s%n%s", mode, program.pid, to, moved, program.counts())
          .isZero();
      program.awaitMoreCounts();
    }
    for (String mode : MODES) {
      HomeProcess program = programs.get(mode);
      cluster.node(1).sh("kill -TERM %d".formatted(program.pid)).orFail();
      assertThat(program.awaitStatus()).as("%s: %s", mode, program.counts()).isEqualTo(SUCCESS);
      assertThat(program.counts()).as(mode).startsWith("ready").endsWith("ok");
    }
  }

  /** Each mode as often as it is to be moved. */
  private static List<String> inAnyOrder(Random random) {
    List<String> moves = new ArrayList<>();
    for (int i = 0; i < MOVES; i++) {
      moves.addAll(MODES);
    }
    Collections.shuffle(moves, random);
    return moves;
  }
}
