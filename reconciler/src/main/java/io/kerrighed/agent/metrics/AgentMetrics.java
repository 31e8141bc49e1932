// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.metrics;

import io.kerrighed.agent.Pass;
import io.kerrighed.agent.plan.StepResult;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Duration;
import java.util.Arrays;

/** The state of this node and the agent's work in numbers. Thread-safe. */
public final class AgentMetrics {
  private static final double MILLIS = 1e3;

  private final Counter steps;
  private final Counter repairs;
  private final Summary passes;
  private final Gauge ready;
  private final Gauge state;
  private final Gauge processes;
  private final Gauge nodesOnline;
  private final Gauge viewEpoch;
  private final Info revision;

  /** Metrics in {@code registry}. */
  public AgentMetrics(PrometheusRegistry registry) {
    steps =
        Counter.builder()
            .name("kerrighed_agent_steps_total")
            .help("Changes of the kernel that were tried.")
            .labelNames("step", "outcome")
            .register(registry);
    repairs =
        Counter.builder()
            .name("kerrighed_agent_drift_repairs_total")
            .help("Changes by hand that were undone.")
            .register(registry);
    passes =
        Summary.builder()
            .name("kerrighed_agent_reconcile_seconds")
            .unit(Unit.SECONDS)
            .help("Time to observe the kernel and to bring it to the spec.")
            .register(registry);
    ready = gauge(registry, "kerrighed_node_ready", "Is the kernel as the spec says?");
    processes =
        gauge(registry, "kerrighed_node_processes", "Processes of the cluster that run here.");
    nodesOnline =
        gauge(registry, "kerrighed_node_nodes_online", "Nodes that this kernel sees online.");
    viewEpoch =
        gauge(registry, "kerrighed_node_view_epoch", "Number of the view of the cluster, or 0.");
    state =
        Gauge.builder()
            .name("kerrighed_node_state")
            .help("1 for the state that the node is in.")
            .labelNames("state")
            .register(registry);
    revision =
        Info.builder()
            .name("kerrighed_node_applied")
            .help("The revision that is wholly applied, kernel and modules.")
            .labelNames("revision", "kernel", "modules")
            .register(registry);
    // Shown as 0 before the first one.
    repairs.inc(0);
  }

  private static Gauge gauge(PrometheusRegistry registry, String name, String help) {
    return Gauge.builder().name(name).help(help).register(registry);
  }

  /** A reconciliation has ended. */
  public void pass(Pass pass) {
    passes.observe(Duration.between(pass.began(), pass.ended()).toMillis() / MILLIS);
    for (StepResult result : pass.results()) {
      String step = result.step().getClass().getSimpleName();
      steps.labelValues(step, result.succeeded() ? "done" : "failed").inc();
    }
  }

  /** Drift was repaired. */
  public void repaired() {
    repairs.inc();
  }

  /** How the node is now. */
  public void status(NodeConfigStatus status) {
    boolean isReady =
        status.conditions().stream()
            .anyMatch(
                condition ->
                    condition.type().equals(Condition.READY) && condition.status().equals("True"));
    ready.set(isReady ? 1 : 0);
    Arrays.stream(ObservedState.values())
        .forEach(value -> state.labelValues(value.name()).set(value == status.state() ? 1 : 0));
    processes.set(status.processes());
    nodesOnline.set(status.onlineNodes().size());
    viewEpoch.set(status.viewEpoch() == null ? 0 : status.viewEpoch());
    revision.setLabelValues(
        text(status.appliedRevision()), text(status.kernelRelease()), text(status.moduleVersion()));
  }

  private static String text(Object value) {
    return value == null ? "" : value.toString();
  }
}
