// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.plan;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.kerrighed.api.v1alpha1.CapabilityRule;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.Member;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import io.kerrighed.api.validation.Selectors;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * Compiles the objects that people write into one NodeConfig a node. Pure, and the same for the
 * same objects in any order.
 */
public final class NodePlanner {
  private NodePlanner() {}

  /**
   * @param revision where the objects come from; may be null
   * @return one NodeConfig a node, in the order of their ids
   */
  public static List<NodeConfig> plan(
      KerrighedCluster cluster,
      Collection<KerrighedNode> nodes,
      Collection<CapabilitySet> sets,
      String revision) {
    List<KerrighedNode> sorted =
        nodes.stream().sorted(Comparator.comparing(node -> node.getSpec().nodeId())).toList();
    List<Member> members =
        sorted.stream()
            .map(
                node ->
                    new Member(
                        node.getMetadata().getName(),
                        node.getSpec().nodeId(),
                        node.getSpec().state()))
            .toList();
    OptionalInt founder =
        members.stream()
            .filter(member -> member.state() == DesiredState.ONLINE)
            .mapToInt(Member::nodeId)
            .min();
    return sorted.stream()
        .map(
            node -> {
              boolean founds = founder.isPresent() && founder.getAsInt() == node.getSpec().nodeId();
              return config(node, spec(cluster, node, sets, members, founds, revision));
            })
        .toList();
  }

  private static NodeConfigSpec spec(
      KerrighedCluster cluster,
      KerrighedNode node,
      Collection<CapabilitySet> sets,
      List<Member> members,
      boolean founder,
      String revision) {
    var common = cluster.getSpec();
    var own = node.getSpec();
    return new NodeConfigSpec(
        revision,
        own.nodeId(),
        common.sessionId(),
        own.machine(),
        own.state(),
        founder,
        own.drainTimeout() == null ? common.drainTimeout() : own.drainTimeout(),
        own.drainPolicy() == null ? common.drainPolicy() : own.drainPolicy(),
        common.interconnect(),
        common.sharedMounts(),
        common.failureTolerance(),
        members,
        rules(node, sets),
        common.moduleVersion());
  }

  private static List<CapabilityRule> rules(KerrighedNode node, Collection<CapabilitySet> sets) {
    return sets.stream()
        .filter(set -> Selectors.matches(set.getSpec().nodeSelector(), node))
        .sorted(Comparator.comparing(set -> set.getMetadata().getName()))
        .map(NodePlanner::rule)
        .toList();
  }

  private static CapabilityRule rule(CapabilitySet set) {
    var spec = set.getSpec();
    return new CapabilityRule(
        set.getMetadata().getName(),
        spec.match().executable(),
        spec.match().user(),
        spec.effective().stream().sorted().toList(),
        spec.permitted().stream().sorted().toList(),
        spec.inheritablePermitted().stream().sorted().toList(),
        spec.inheritableEffective().stream().sorted().toList());
  }

  private static NodeConfig config(KerrighedNode node, NodeConfigSpec spec) {
    NodeConfig config = new NodeConfig();
    config.setMetadata(
        new ObjectMetaBuilder()
            .withName(node.getMetadata().getName())
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion(node.getApiVersion())
                    .withKind(node.getKind())
                    .withName(node.getMetadata().getName())
                    .withUid(node.getMetadata().getUid())
                    .withController(true)
                    .build())
            .build());
    config.setSpec(spec);
    return config;
  }
}
