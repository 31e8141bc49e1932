// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** What became of a process when a node died: nodes 1 and 2 have outlived it. */
final class Fate {
  private Fate() {}

  /** Small enough for many rounds, large enough for kills in the middle of its migration. */
  static HomeProcess small(Cluster cluster, Node home, String name) throws Exception {
    HomeProcess counter =
        HomeProcess.start(cluster, home, name, "counter /shared/%s.count 8 300".formatted(name));
    counter.awaitMoreCounts();
    return counter;
  }

  /** Waits until it is clear whether node 2 has the process of a source that was killed. */
  static boolean livesOn(Cluster cluster, HomeProcess counter, boolean homeLives) throws Exception {
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
  static List<Integer> runsOn(Cluster cluster, HomeProcess process) throws Exception {
    List<Integer> nodes = new ArrayList<>();
    for (Node node : List.of(cluster.node(1), cluster.node(2))) {
      if (process.runsOn(node)) {
        nodes.add(node.id());
      }
    }
    return nodes;
  }

  static void endsWhole(HomeProcess counter, Node from) throws Exception {
    counter.awaitMoreCounts();
    counter.endsWhole(from);
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }

  /** Nobody waits for it any more: its last words tell that it ended as it should. */
  static void orphanEndsWhole(HomeProcess counter, Node from) throws Exception {
    counter.awaitMoreCounts();
    from.sh("kill -TERM %d".formatted(counter.pid)).orFail();
    HomeProcess.await("its last words", () -> counter.output().startsWith("total "));
    counter.assertCountsWhole();
    assertThat(counter.output()).isEqualTo("total %d\n".formatted(counter.counts().size()));
  }
}
