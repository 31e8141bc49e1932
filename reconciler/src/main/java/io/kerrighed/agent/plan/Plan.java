// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The way from the observed to the desired state.
 *
 * @param steps in order
 * @param holds by PID, why a process keeps the node from leaving and nothing can be tried now
 */
public record Plan(List<Step> steps, SortedMap<Integer, String> holds) {

  /** Defensive copies. */
  public Plan {
    steps = List.copyOf(steps);
    holds = Collections.unmodifiableSortedMap(new TreeMap<>(Map.copyOf(holds)));
  }

  /** Is there nothing to do, and nothing in the way of doing it? */
  public boolean isEmpty() {
    return steps.isEmpty() && holds.isEmpty();
  }
}
