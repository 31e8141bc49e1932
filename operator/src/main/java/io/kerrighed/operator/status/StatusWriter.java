// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.status;

import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.CapabilitySetStatus;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.Drift;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedClusterStatus;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.operator.api.Applier;
import io.kerrighed.operator.api.Events;
import io.kerrighed.operator.metrics.Metrics;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Writes the status of cluster, nodes and capability sets where it has changed. */
@ApplicationScoped
public class StatusWriter {
  private final Applier applier;
  private final Events events;
  private final Metrics metrics;
  private final Tracing tracing;
  private final Map<String, Long> repairs = new ConcurrentHashMap<>();
  private final Map<String, String> traces = new ConcurrentHashMap<>();

  StatusWriter(Applier applier, Events events, Metrics metrics, Tracing tracing) {
    this.applier = applier;
    this.events = events;
    this.metrics = metrics;
    this.tracing = tracing;
  }

  /** The objects contradict each other: every cluster says how, all else stays as it was. */
  public void refuse(Collection<KerrighedCluster> clusters, List<Problem> problems) {
    Problem first = problems.get(0);
    for (KerrighedCluster cluster : clusters) {
      KerrighedClusterStatus old = cluster.getStatus();
      write(
          cluster,
          new KerrighedClusterStatus(
              cluster.getMetadata().getGeneration(),
              old == null ? null : old.nodesDesired(),
              old == null ? null : old.nodesOnline(),
              old == null ? null : old.nodes(),
              old == null ? null : old.viewEpoch(),
              Conditions.stalled(
                  cluster.getMetadata().getGeneration(), first.reason().text(), first.toString())));
    }
  }

  /**
   * Writes every status that follows from the agents' reports.
   *
   * @param waiting names of the nodes that go on when others are back
   */
  public void write(
      KerrighedCluster cluster,
      Collection<KerrighedNode> nodes,
      Collection<CapabilitySet> sets,
      Collection<NodeConfig> configs,
      Set<String> waiting) {
    Instant began = Instant.now();
    configs.forEach(this::reportDrift);
    ClusterStatus status = new ClusterStatus(cluster, nodes, configs, waiting);
    Map<KerrighedNode, KerrighedNodeStatus> nodeStatuses = status.nodes();
    metrics.nodes(nodeStatuses);
    nodeStatuses.forEach(this::write);
    sets.forEach(set -> write(set, status.capabilitySet(set)));
    write(cluster, status.cluster());
    configs.forEach(config -> endTrace(config, began));
  }

  /** A push ends where people can see what each node has made of it. */
  private void endTrace(NodeConfig config, Instant began) {
    NodeConfigStatus report = config.getStatus();
    String trace = report == null || report.trace() == null ? "" : report.trace();
    String known = traces.put(config.getMetadata().getName(), trace);
    if (known != null && !trace.isEmpty() && !known.equals(trace)) {
      tracing
          .begin("status", trace, began)
          .setAttribute("kerrighed.node", config.getMetadata().getName())
          .end();
    }
  }

  private void write(KerrighedNode node, KerrighedNodeStatus fresh) {
    KerrighedNodeStatus old = node.getStatus();
    KerrighedNodeStatus timed =
        new KerrighedNodeStatus(
            fresh.observedGeneration(),
            fresh.state(),
            fresh.appliedRevision(),
            fresh.kernelRelease(),
            fresh.moduleVersion(),
            fresh.cpus(),
            fresh.memoryBytes(),
            fresh.processes(),
            timed(fresh.conditions(), old == null ? List.of() : old.conditions()));
    if (!timed.equals(old)) {
      applier.status(node, timed, KerrighedNode::new);
      reportStalled(node, old, timed);
    }
  }

  private void write(CapabilitySet set, CapabilitySetStatus fresh) {
    CapabilitySetStatus old = set.getStatus();
    CapabilitySetStatus timed =
        new CapabilitySetStatus(
            fresh.observedGeneration(),
            fresh.installed(),
            timed(fresh.conditions(), old == null ? List.of() : old.conditions()));
    if (!timed.equals(old)) {
      applier.status(set, timed, CapabilitySet::new);
    }
  }

  private void write(KerrighedCluster cluster, KerrighedClusterStatus fresh) {
    KerrighedClusterStatus old = cluster.getStatus();
    KerrighedClusterStatus timed =
        new KerrighedClusterStatus(
            fresh.observedGeneration(),
            fresh.nodesDesired(),
            fresh.nodesOnline(),
            fresh.nodes(),
            fresh.viewEpoch(),
            timed(fresh.conditions(), old == null ? List.of() : old.conditions()));
    if (!timed.equals(old)) {
      applier.status(cluster, timed, KerrighedCluster::new);
    }
  }

  private static List<Condition> timed(List<Condition> fresh, List<Condition> old) {
    return Conditions.timed(fresh, old, Instant.now());
  }

  /** One event for each reason why a node does not go on by itself. */
  private void reportStalled(
      KerrighedNode node, KerrighedNodeStatus old, KerrighedNodeStatus fresh) {
    Optional<Condition> known =
        old == null ? Optional.empty() : Conditions.find(old.conditions(), Condition.STALLED);
    Conditions.find(fresh.conditions(), Condition.STALLED)
        .filter(
            now ->
                known
                    .filter(was -> was.reason().equals(now.reason()))
                    .filter(was -> was.message().equals(now.message()))
                    .isEmpty())
        .ifPresent(now -> events.warning(node, now.reason(), now.message()));
  }

  /** One event for each report of new repairs; what was repaired before this start is old news. */
  private void reportDrift(NodeConfig config) {
    Drift drift = config.getStatus() == null ? null : config.getStatus().drift();
    long now = drift == null || drift.repairs() == null ? 0 : drift.repairs();
    Long known = repairs.put(config.getMetadata().getName(), now);
    if (known != null && now > known) {
      events.warning(config, "DriftRepaired", drift.message());
    }
  }
}
