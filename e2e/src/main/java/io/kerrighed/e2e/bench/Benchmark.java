// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import java.util.List;
import java.util.Map;

/** Compares ways to do one thing, in the same nodes and the same run. */
interface Benchmark extends AutoCloseable {
  /** A column of the table: the median of one variant divided by that of another. */
  record Ratio(String of, String to) {}

  /** What {@code e2e/bench} calls it. */
  String name();

  /** One line for {@code e2e/bench list}. */
  String description();

  /** How many nodes it needs. */
  int nodes();

  /** Whether the Kerrighed cluster shall run on them already. */
  default boolean started() {
    return true;
  }

  /** Memory of each node in MB; 0: as the lab has it. */
  default int memoryMb() {
    return 0;
  }

  /** The sizes or situations that are measured; each gets its own lines in the table. */
  List<String> cases();

  /** The ways that are compared, in the order of the table's columns. */
  List<String> variants();

  /** Whether a way is tried in a case. */
  default boolean has(String caseName, String variant) {
    return true;
  }

  /** What is compared with what; nothing if there is no peer. */
  default List<Ratio> ratios() {
    return List.of();
  }

  /** Brings everything that the variants need into the nodes, once. */
  void prepare(Cluster cluster) throws Exception;

  /**
   * Does it once, from a fresh state.
   *
   * @return metric with its unit, for example {@code freeze ms}, and value; the same metrics in the
   *     same order each time
   */
  Map<String, Double> measure(Cluster cluster, String caseName, String variant) throws Exception;

  /** Stops what {@link #prepare} started outside of the nodes. */
  @Override
  default void close() {}
}
