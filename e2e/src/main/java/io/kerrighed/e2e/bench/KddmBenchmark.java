// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What it costs to get objects that other nodes have: the cases of Kerrighed's own benchmark, in
 * each of which node 1 gets, grabs or removes some objects one after the other. Node 2 is their
 * home. The peer is a remote procedure call to node 2 whose answer is as long as an object.
 */
final class KddmBenchmark implements Benchmark {
  private static final String KDDM = "kddm";
  private static final String CALL = "rpc call";
  private static final String FILE = "/sys/kernel/debug/kerrighed/kddm_bench";

  /** As many as Kerrighed's has. */
  private static final int OBJECTS = 16;

  private static final int HOME = 2;
  private static final List<Integer> SIZES = List.of(4, 4096);

  /** Who has what before node 1 begins. */
  private record Case(String name, String operation, String before, List<Integer> nodes) {}

  private static final List<Case> CASES =
      List.of(
          new Case("get, first touch", "get", "get", List.of()),
          new Case("get, from its home", "get", "grab", List.of(2)),
          new Case("get, from elsewhere", "get", "grab", List.of(3)),
          new Case("grab, first touch", "grab", "get", List.of()),
          new Case("grab, local", "grab", "grab", List.of(1)),
          new Case("grab, 1 remote", "grab", "get", List.of(4)),
          new Case("grab, 2 remote", "grab", "get", List.of(3, 4)),
          new Case("grab, 3 remote", "grab", "get", List.of(2, 3, 4)),
          new Case("grab, local + 3", "grab", "get", List.of(1, 2, 3, 4)),
          new Case("remove, local", "remove", "get", List.of(1)),
          new Case("remove, local + 1", "remove", "get", List.of(1, 4)),
          new Case("remove, local + 2", "remove", "get", List.of(1, 3, 4)),
          new Case("remove, local + 3", "remove", "get", List.of(1, 2, 3, 4)));

  private record Measured(Case what, int size) {}

  private final Map<String, Measured> cases = new LinkedHashMap<>();
  private int set = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE / 2);

  KddmBenchmark() {
    for (int size : SIZES) {
      for (Case what : CASES) {
        cases.put("%s, %d B".formatted(what.name, size), new Measured(what, size));
      }
    }
  }

  @Override
  public String name() {
    return "kddm";
  }

  @Override
  public String description() {
    return "objects that kernels share: get, grab and remove, against a call with such an answer";
  }

  @Override
  public int nodes() {
    return 4;
  }

  @Override
  public List<String> cases() {
    return List.copyOf(cases.keySet());
  }

  @Override
  public List<String> variants() {
    return List.of(KDDM, CALL);
  }

  @Override
  public List<Ratio> ratios() {
    return List.of(new Ratio(KDDM, CALL));
  }

  @Override
  public void prepare(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      node.host("insmod '%s/krg_kddm_bench.ko'".formatted(cluster.modules())).orFail();
    }
  }

  @Override
  public Map<String, Double> measure(Cluster cluster, String caseName, String variant)
      throws Exception {
    Measured measured = cases.get(caseName);
    Case what = measured.what;
    Node one = cluster.node(1);
    List<Double> times;
    if (variant.equals(CALL)) {
      times = run(one, "call", 0, measured.size);
    } else {
      set++;
      for (int node : what.nodes) {
        run(cluster.node(node), what.before, set, measured.size);
      }
      times = run(one, what.operation, set, measured.size);
      run(one, "destroy", set, measured.size);
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("median us", Summary.of(times).median());
    metrics.put("mean us", times.stream().mapToDouble(t -> t).average().orElseThrow());
    return metrics;
  }

  /**
   * Runs one command of krg_kddm_bench.
   *
   * @return the time of each of its operations, in microseconds
   */
  private static List<Double> run(Node node, String what, int set, int size) throws Exception {
    String out =
        node.host(
                "exec 3<>%s; printf '%s %d %d %d %d' | dd status=none >&3 || exit 1; cat <&3"
                    .formatted(FILE, what, set, size, HOME, OBJECTS))
            .orFail()
            .stdout();
    List<Double> times = new ArrayList<>();
    for (String line : out.lines().toList()) {
      times.add(Long.parseLong(line) / 1000.0);
    }
    if (!what.equals("destroy") && times.size() != OBJECTS) {
      throw new LabException("krg_kddm_bench %s gave %d times".formatted(what, times.size()));
    }
    return times;
  }
}
