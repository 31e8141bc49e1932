// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Threads on all nodes that read and write the objects of a set at random through krg_kddm_test,
 * and the check of what they saw ({@code e2e/programs/kddm-history.c}).
 */
final class KddmRuns {
  static final String FILE = "/sys/kernel/debug/kerrighed/kddm_test";
  private static final int OBJECTS = 24;
  private static final int THREADS = 2;

  /** Operations of a node that are enough to go on. */
  private static final int PROGRESS = 100;

  private final Cluster cluster;
  private final int set = newSet();
  private final Map<Integer, Integer> starts = new HashMap<>();
  private final List<String> logs = new ArrayList<>();

  KddmRuns(Cluster cluster) {
    this.cluster = cluster;
  }

  /** The number of a set that no test has used in this lab. */
  static int newSet() {
    return ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
  }

  static void load(Cluster cluster) throws Exception {
    String load = "[ -d /sys/module/krg_kddm_test ] || insmod '%s/krg_kddm_test.ko'";
    for (Node node : cluster.nodes()) {
      node.host(load.formatted(cluster.modules())).orFail();
    }
  }

  static void unload(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      if (node.state().equals("running")) {
        node.host("rmmod krg_kddm_test").orFail();
      }
    }
  }

  /** Runs one command of krg_kddm_test; what it gives is the output. */
  static CommandResult run(Node node, String test) throws Exception {
    return node.host(
        "exec 3<>%s; printf '%s' | dd status=none >&3 || exit 1; cat <&3".formatted(FILE, test));
  }

  /** Starts threads that read and write until they are stopped, or cannot any more. */
  void start(Node node) throws Exception {
    int start = starts.merge(node.id(), 1, Integer::sum) - 1;
    for (int i = 0; i < THREADS; i++) {
      int thread = start * THREADS + i;
      String log = log(node, thread);
      node.host(
              """
              rm -f %1$s.*
              (exec 3<>%2$s; printf 'run %3$d %4$d %5$d' | dd status=none >&3 2>%1$s.err
               cat <&3 >%1$s.log; exec 3>&-; echo >%1$s.end) >/dev/null 2>&1 &
              """
                  .formatted(log, FILE, set, OBJECTS, thread))
          .orFail();
      logs.add(log);
    }
  }

  private String log(Node node, int thread) {
    return "/shared/kddm-%d-%d-%d".formatted(set, node.id(), thread);
  }

  /** Waits until some more operations have ended on each of these nodes. */
  void awaitProgress(int... ids) throws Exception {
    Map<Integer, Integer> before = new HashMap<>();
    for (int id : ids) {
      before.put(id, count(cluster.node(id)));
    }
    for (int id : ids) {
      HomeProcess.await(
          "node %d to read and write".formatted(id),
          () -> count(cluster.node(id)) >= before.get(id) + PROGRESS);
    }
  }

  private static int count(Node node) throws Exception {
    return Integer.parseInt(run(node, "count 0 0").orFail().stdout().strip());
  }

  /** Waits until the threads that were started last on a node have ended; what they complain. */
  String awaitEnd(Node node) throws Exception {
    int first = (starts.get(node.id()) - 1) * THREADS;
    StringBuilder errors = new StringBuilder();
    for (int i = 0; i < THREADS; i++) {
      String log = log(node, first + i);
      errors.append(
          node.host("until [ -e %1$s.end ]; do sleep 0.1; done; cat %1$s.err".formatted(log))
              .orFail()
              .stdout());
    }
    return errors.toString();
  }

  /** The threads of a node died with it, and what they saw since they were started last. */
  void died(Node node) {
    int first = (starts.get(node.id()) - 1) * THREADS;
    for (int i = 0; i < THREADS; i++) {
      logs.remove(log(node, first + i));
    }
  }

  /** Stops the threads of a node, which must not have met an error. */
  void stop(Node node) throws Exception {
    run(node, "stop %d 0".formatted(set)).orFail();
    String errors = awaitEnd(node);
    if (!errors.isEmpty()) {
      throw new AssertionError("node %d: %s".formatted(node.id(), errors));
    }
  }

  /** Checks that all was sequentially consistent, on a node that is in the cluster. */
  String check(Node node) throws Exception {
    String dump = "/shared/kddm-%d.dump".formatted(set);
    node.host(
            "exec 3<>%s; printf 'dump %d %d' | dd status=none >&3 && cat <&3 >%s"
                .formatted(FILE, set, OBJECTS, dump))
        .orFail();
    return node.host("kddm-history %s %s".formatted(dump, String.join(".log ", logs) + ".log"))
        .orFail()
        .stdout();
  }
}
