// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.CapabilitySetStatus;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.ItemStatus;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedClusterStatus;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the status of every object should say, from what the agents report. Pure. */
public final class ClusterStatus {
  private final KerrighedCluster cluster;
  private final Collection<KerrighedNode> nodes;
  private final Collection<NodeConfig> configs;
  private final View view;
  private final Set<String> waiting;

  /**
   * @param waiting names of the nodes that go on when others are back
   */
  public ClusterStatus(
      KerrighedCluster cluster,
      Collection<KerrighedNode> nodes,
      Collection<NodeConfig> configs,
      Set<String> waiting) {
    this.waiting = waiting;
    this.cluster = cluster;
    this.nodes = nodes;
    this.configs = configs;
    this.view = View.newest(configs).orElse(null);
  }

  public Map<KerrighedNode, KerrighedNodeStatus> nodes() {
    Map<String, NodeConfig> byName =
        configs.stream().collect(Collectors.toMap(ClusterStatus::name, Function.identity()));
    Map<KerrighedNode, KerrighedNodeStatus> statuses = new LinkedHashMap<>();
    nodes.forEach(
        node ->
            statuses.put(
                node,
                NodeStatus.of(node, byName.get(name(node)), view, waiting.contains(name(node)))));
    return statuses;
  }

  public KerrighedClusterStatus cluster() {
    Map<KerrighedNode, KerrighedNodeStatus> statuses = nodes();
    List<KerrighedNode> desired =
        nodes.stream().filter(node -> node.getSpec().state() == DesiredState.ONLINE).toList();
    int online =
        (int)
            desired.stream()
                .filter(node -> statuses.get(node).state() == ObservedState.ONLINE)
                .count();
    return new KerrighedClusterStatus(
        cluster.getMetadata().getGeneration(),
        desired.size(),
        online,
        online + "/" + desired.size(),
        view == null ? null : view.epoch(),
        clusterConditions(statuses));
  }

  private List<Condition> clusterConditions(Map<KerrighedNode, KerrighedNodeStatus> statuses) {
    Long generation = cluster.getMetadata().getGeneration();
    List<String> waiting =
        statuses.entrySet().stream()
            .filter(entry -> !Conditions.isTrue(entry.getValue().conditions(), Condition.READY))
            .map(entry -> name(entry.getKey()))
            .toList();
    return waiting.isEmpty()
        ? Conditions.ready(generation, "NodesReady", "every node is as it should be")
        : Conditions.reconciling(
            generation, "NodesNotReady", "not ready: " + String.join(", ", waiting));
  }

  /** Is the rule of this set in the kernel of every node that is online and should have it? */
  public CapabilitySetStatus capabilitySet(CapabilitySet set) {
    Long generation = set.getMetadata().getGeneration();
    String rule = name(set);
    List<NodeConfig> meant =
        configs.stream()
            .filter(
                config ->
                    config.getSpec().state() == DesiredState.ONLINE
                        && config.getSpec().capabilityRules().stream()
                            .anyMatch(candidate -> candidate.name().equals(rule)))
            .toList();
    List<String> without =
        meant.stream().filter(config -> !installed(config, rule)).map(ClusterStatus::name).toList();
    String count = (meant.size() - without.size()) + "/" + meant.size();
    return new CapabilitySetStatus(
        generation,
        count,
        without.isEmpty()
            ? Conditions.ready(generation, "Installed", "installed on " + count + " nodes")
            : Conditions.reconciling(
                generation, "NotInstalled", "not yet on " + String.join(", ", without)));
  }

  private static boolean installed(NodeConfig config, String rule) {
    return config.getStatus() != null
        && config.getMetadata().getGeneration().equals(config.getStatus().observedGeneration())
        && config.getStatus().items().stream()
            .anyMatch(
                item ->
                    item.name().equals(ItemStatus.CAPABILITIES + rule)
                        && item.state() == ItemStatus.State.APPLIED);
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }
}
