// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What system calls cost a process that nobody moves: inside the container, outside of it, and in a
 * kernel without our modules. The modules are loaded and unloaded in every round.
 */
final class IdleBenchmark implements Benchmark {
  private static final String OUTSIDE = "outside";
  private static final String INSIDE = "inside";
  private static final String WITHOUT = "no modules";

  private boolean loaded = true;

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String description() {
    return "system calls of processes that stay where they are, with and without modules";
  }

  @Override
  public int nodes() {
    return 2;
  }

  @Override
  public List<String> cases() {
    return List.of("system calls");
  }

  @Override
  public List<String> variants() {
    return List.of(OUTSIDE, INSIDE, WITHOUT);
  }

  @Override
  public List<Ratio> ratios() {
    return List.of(new Ratio(OUTSIDE, WITHOUT), new Ratio(INSIDE, WITHOUT));
  }

  @Override
  public void prepare(Cluster cluster) {}

  @Override
  public Map<String, Double> measure(Cluster cluster, String caseName, String variant)
      throws Exception {
    boolean wanted = !variant.equals(WITHOUT);
    if (wanted && !loaded) {
      cluster.load();
    } else if (!wanted && loaded) {
      cluster.unload();
    }
    loaded = wanted;
    Node node = cluster.node(1);
    CommandResult result = variant.equals(INSIDE) ? node.sh("idle") : node.host("idle");
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (String line : result.orFail().stdout().lines().toList()) {
      String[] columns = line.split("\t");
      if (columns.length != 3) {
        throw new LabException("idle printed '%s'".formatted(line));
      }
      metrics.put(columns[0] + ", least ns", Double.valueOf(columns[1]));
      metrics.put(columns[0] + ", median ns", Double.valueOf(columns[2]));
    }
    return metrics;
  }
}
