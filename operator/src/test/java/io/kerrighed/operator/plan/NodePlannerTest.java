// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.plan;

import static io.kerrighed.operator.Samples.cluster;
import static io.kerrighed.operator.Samples.node;
import static io.kerrighed.operator.Samples.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.Member;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodePlannerTest {
  @Test
  void everyNodeLearnsAllThatItNeeds() {
    NodeConfigSpec spec =
        plan(node(2, DesiredState.ONLINE), node(1, DesiredState.DRAINED)).get(1).getSpec();
    assertThat(spec.revision()).isEqualTo("main@sha1:1");
    assertThat(spec.sessionId()).isEqualTo(7);
    assertThat(spec.machine().hostname()).isEqualTo("pc2");
    assertThat(spec.drainTimeout()).isEqualTo("5m");
    assertThat(spec.failureTolerance()).isEqualTo("1.5s");
    assertThat(spec.interconnect().devices()).containsExactly("eth0", "eth1");
    assertThat(spec.sharedMounts()).containsExactly("/shared");
    assertThat(spec.members())
        .containsExactly(
            new Member("node1", 1, DesiredState.DRAINED),
            new Member("node2", 2, DesiredState.ONLINE));
  }

  @Test
  void theLowestOnlineNodeFounds() {
    assertThat(founders(DesiredState.ONLINE, DesiredState.ONLINE)).containsExactly(true, false);
    assertThat(founders(DesiredState.DRAINED, DesiredState.ONLINE)).containsExactly(false, true);
    assertThat(founders(DesiredState.ABSENT, DesiredState.DRAINED)).containsExactly(false, false);
  }

  @Test
  void theOrderOfObjectsDoesNotMatter() {
    var nodes = List.of(node(1, DesiredState.ONLINE), node(2, DesiredState.ONLINE));
    var sets = List.of(set("b", Map.of()), set("a", Map.of()));
    assertThat(specs(NodePlanner.plan(cluster(), nodes, sets, "r")))
        .isEqualTo(
            specs(
                NodePlanner.plan(
                    cluster(),
                    List.of(nodes.get(1), nodes.get(0)),
                    List.of(sets.get(1), sets.get(0)),
                    "r")));
  }

  @Test
  void rulesGoWhereTheirLabelsAreAndAreComplete() {
    List<NodeConfig> configs =
        NodePlanner.plan(
            cluster(),
            List.of(
                node(1, DesiredState.ONLINE, Map.of("disk", "ssd", "room", "1")),
                node(2, DesiredState.ONLINE, Map.of("disk", "hdd"))),
            List.of(set("all", Map.of()), set("fast", Map.of("disk", "ssd"))),
            null);
    assertThat(configs.get(0).getSpec().capabilityRules())
        .extracting(rule -> rule.name())
        .containsExactly("all", "fast");
    assertThat(configs.get(1).getSpec().capabilityRules())
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.executable()).isEqualTo("/shared/bin/*");
              assertThat(rule.effective())
                  .containsExactly(Capability.CHANGE_KERRIGHED_CAP, Capability.CAN_MIGRATE);
              assertThat(rule.inheritableEffective()).isEqualTo(rule.effective());
              assertThat(rule.permitted()).isEqualTo(Capability.allSupported());
              assertThat(rule.inheritablePermitted()).isEqualTo(rule.permitted());
            });
  }

  @Test
  void theNodeOwnsItsConfig() {
    assertThat(plan(node(4, DesiredState.ONLINE)).get(0).getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getKind()).isEqualTo("KerrighedNode");
              assertThat(owner.getUid()).isEqualTo("uid-node4");
            });
  }

  private static List<Boolean> founders(DesiredState first, DesiredState second) {
    return plan(node(1, first), node(2, second)).stream()
        .map(config -> config.getSpec().founder())
        .toList();
  }

  private static List<NodeConfig> plan(KerrighedNode... nodes) {
    return NodePlanner.plan(cluster(), List.of(nodes), List.of(), "main@sha1:1");
  }

  private static List<NodeConfigSpec> specs(List<NodeConfig> configs) {
    return configs.stream().map(NodeConfig::getSpec).toList();
  }
}
