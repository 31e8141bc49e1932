// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.status;

import io.kerrighed.agent.config.DesiredCompiler.Compiled;
import io.kerrighed.agent.node.Observed;
import io.kerrighed.agent.plan.Planner;
import io.kerrighed.agent.plan.StepResult;
import io.kerrighed.api.v1alpha1.Drift;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How one reconciliation ended.
 *
 * @param config that was reconciled
 * @param wrongMachine why the configuration is not for this machine; empty: it is
 * @param compiled what it means here
 * @param observed the kernel at the end
 * @param failed the step that failed and stopped the plan
 * @param holds by PID, why a process keeps the node from leaving
 * @param stepsLeft is there something that can still be done?
 * @param drift repairs since the agent was installed; null when there was none
 * @param trace traceparent of the newest reconciliation that was no repair; null if not traced
 */
public record Round(
    NodeConfig config,
    Optional<String> wrongMachine,
    Compiled compiled,
    Observed observed,
    Optional<StepResult> failed,
    SortedMap<Integer, String> holds,
    boolean stepsLeft,
    Drift drift,
    String trace) {

  /** Is the node on its way out of the cluster? */
  public boolean leaving() {
    return Planner.isLeaving(observed, compiled.desired());
  }
}
