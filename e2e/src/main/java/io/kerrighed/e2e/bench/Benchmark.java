// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import java.util.List;
import java.util.Map;

/** Compares ways to do one thing, in the same nodes and the same run. */
interface Benchmark extends AutoCloseable {
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

  /** The sizes or situations that are measured; each gets its own lines in the table. */
  List<String> cases();

  /**
   * The ways that are compared; the last one is the peer that the ratio is taken against. One alone
   * has no peer.
   */
  List<String> variants();

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
