// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import io.kerrighed.agent.plan.StepResult;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.time.Instant;
import java.util.List;

/**
 * One reconciliation, for those who measure.
 *
 * @param config that was reconciled
 * @param first is it the first with this configuration?
 * @param repairing was everything as it should be before, so that each change is a repair?
 * @param results of every step that was tried, in order
 */
public record Pass(
    NodeConfig config,
    boolean first,
    boolean repairing,
    Instant began,
    Instant ended,
    List<StepResult> results) {

  /** Defensive copy. */
  public Pass {
    results = List.copyOf(results);
  }
}
