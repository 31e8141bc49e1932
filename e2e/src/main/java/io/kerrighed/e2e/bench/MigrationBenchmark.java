// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Moves processes from node 1 to node 2: ours against CRIU. The freeze is the longest time without
 * a heartbeat of a process, by the clock of the host; the total is the time from the request to its
 * end. Each process has to find its memory whole in the end.
 */
final class MigrationBenchmark implements Benchmark {
  private static final String OURS = "kerrighed";
  private static final String OURS_POST_COPY = "kerrighed post-copy";
  private static final String CRIU = "criu";
  private static final String CRIU_TREE = "criu tree";

  /** How often CRIU sends the memory ahead: which is best depends on the process. */
  private static final Map<String, Integer> PRE_DUMPS =
      new TreeMap<>(Map.of("criu 1 pre-dump", 1, "criu 3 pre-dumps", 3, "criu 6 pre-dumps", 6));

  /** Of a process of 256 MB, images that hold it, and what was changed meanwhile. */
  private static final int MEMORY_MB = 1536;

  /** Below this nobody sends memory ahead. */
  private static final int AHEAD_MB = 8;

  private static final String ALLOW =
      "echo 'bench exe=*/heartbeat effective=CAN_MIGRATE permitted=CAN_MIGRATE"
          + " inheritable_permitted=CAN_MIGRATE inheritable_effective=CAN_MIGRATE'"
          + " >/proc/kerrighed/capability_rules";

  private static final String START_EACH =
      """
      for i in $(seq 0 %d); do
        setsid heartbeat %s %s </dev/null >/dev/null 2>&1 &
        echo $!
      done
      """;

  private static final String START_TREE =
      """
      setsid sh -c 'for i in $(seq 0 %d); do heartbeat %s %s & done; wait' \
          </dev/null >/dev/null 2>&1 &
      echo $!
      """;

  private static final String MIGRATE =
      """
      jobs=
      for pid in %s; do migrate $pid 2 & jobs="$jobs $!"; done
      for job in $jobs; do wait $job || exit; done
      """;

  private static final String LEAVE = "echo %s >/sys/module/krg_epm/parameters/postcopy";

  /** Until nothing of a process is left behind. */
  private static final String AWAIT_REST =
      "while grep -q . /sys/kernel/debug/kerrighed/epm/rests; do sleep 0.02; done";

  /**
   * What is moved.
   *
   * @param dirtyMb megabytes a second that each process changes; 0: a page with each beat
   */
  private record Load(int processes, int megabytes, int dirtyMb, int pauseMs) {
    String arguments() {
      return "%d %d %d".formatted(megabytes, dirtyMb, pauseMs);
    }
  }

  private final Map<String, Load> loads = new LinkedHashMap<>();
  private Criu criu;

  MigrationBenchmark() {
    loads.put("1 MB", new Load(1, 1, 0, 2));
    loads.put("8 MB", new Load(1, 8, 0, 2));
    loads.put("64 MB", new Load(1, 64, 0, 2));
    loads.put("64 MB, 10 MB/s", new Load(1, 64, 10, 2));
    loads.put("256 MB, 10 MB/s", new Load(1, 256, 10, 2));
    loads.put("14 processes", new Load(14, 1, 0, 50));
  }

  @Override
  public String name() {
    return "migration";
  }

  @Override
  public String description() {
    return "freeze and total time of a migration, against CRIU: 1 to 256 MB, 14 processes";
  }

  @Override
  public int nodes() {
    return 2;
  }

  @Override
  public int memoryMb() {
    return MEMORY_MB;
  }

  @Override
  public List<String> cases() {
    return List.copyOf(loads.keySet());
  }

  @Override
  public List<String> variants() {
    List<String> variants = new ArrayList<>(List.of(OURS, OURS_POST_COPY, CRIU));
    variants.addAll(PRE_DUMPS.keySet());
    variants.add(CRIU_TREE);
    return variants;
  }

  @Override
  public boolean has(String caseName, String variant) {
    Load load = loads.get(caseName);
    if (variant.equals(OURS_POST_COPY) || PRE_DUMPS.containsKey(variant)) {
      return load.megabytes >= AHEAD_MB;
    }
    return !variant.equals(CRIU_TREE) || load.processes > 1;
  }

  @Override
  public List<Ratio> ratios() {
    List<Ratio> ratios =
        new ArrayList<>(
            List.of(
                new Ratio(OURS, CRIU),
                new Ratio(OURS, CRIU_TREE),
                new Ratio(OURS_POST_COPY, OURS)));
    for (String preDump : PRE_DUMPS.keySet()) {
      ratios.add(new Ratio(OURS, preDump));
      ratios.add(new Ratio(OURS_POST_COPY, preDump));
    }
    return ratios;
  }

  @Override
  public void prepare(Cluster cluster) throws Exception {
    criu = new Criu(cluster);
    for (Node node : cluster.nodes()) {
      node.host(ALLOW).orFail();
    }
  }

  @Override
  public Map<String, Double> measure(Cluster cluster, String caseName, String variant)
      throws Exception {
    Load load = loads.get(caseName);
    Heartbeats heartbeats = new Heartbeats(cluster.shared(), load.processes);
    boolean ours = variant.startsWith(OURS);
    Node from = cluster.node(1);
    from.host(LEAVE.formatted(variant.equals(OURS_POST_COPY) ? "always" : "auto")).orFail();
    String script =
        (variant.equals(CRIU_TREE) ? START_TREE : START_EACH)
            .formatted(load.processes - 1, Heartbeats.files("$i"), load.arguments());
    String printed = ours ? from.sh(script).orFail().stdout() : criu.start(script);
    List<Integer> pids = printed.lines().map(Integer::valueOf).toList();
    heartbeats.await(20);
    heartbeats.begin();

    long begin = System.nanoTime();
    switch (variant) {
      case OURS -> from.sh(MIGRATE.formatted(spaced(pids))).orFail();
      case OURS_POST_COPY -> {
        from.sh(MIGRATE.formatted(spaced(pids))).orFail();
        from.host(AWAIT_REST).orFail();
      }
      case CRIU, CRIU_TREE -> criu.move(pids);
      default -> criu.moveWithPreDumps(pids.get(0), PRE_DUMPS.get(variant));
    }
    double total = (System.nanoTime() - begin) / 1e6;

    heartbeats.await(20);
    final double freeze = heartbeats.longestGap();
    Node to = cluster.node(2);
    if (ours) {
      requirePlace(to, pids);
    }
    // of a tree the whole group: the others' PIDs are not known
    String group = variant.equals(CRIU_TREE) ? "-" : "";
    String end = "kill -TERM %s%s".formatted(group, spaced(pids));
    (ours ? to.sh(end) : to.host(end)).orFail();
    heartbeats.requireWhole();
    criu.clean();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("freeze ms", freeze);
    metrics.put("total ms", total);
    return metrics;
  }

  private static String spaced(List<Integer> pids) {
    return pids.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** A signal would reach the process anywhere in the cluster. */
  private static void requirePlace(Node node, List<Integer> pids) throws InterruptedException {
    String find = "awk '{ print $1, $3 }' /proc/kerrighed/processes";
    List<String> places = node.host(find).orFail().stdout().lines().toList();
    for (int pid : pids) {
      if (!places.contains("%d %d".formatted(pid, node.id()))) {
        throw new LabException("process %d is not on node %d".formatted(pid, node.id()));
      }
    }
  }
}
