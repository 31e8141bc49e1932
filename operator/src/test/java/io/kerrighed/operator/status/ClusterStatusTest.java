// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.status;

import static io.kerrighed.operator.Samples.cluster;
import static io.kerrighed.operator.Samples.node;
import static io.kerrighed.operator.Samples.report;
import static io.kerrighed.operator.Samples.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import io.kerrighed.operator.plan.NodePlanner;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterStatusTest {
  private final List<KerrighedNode> nodes =
      List.of(node(1, DesiredState.ONLINE), node(2, DesiredState.ONLINE));

  @Test
  void everythingIsReadyWhenEveryAgentSaysSo() {
    ClusterStatus status =
        status(report(ObservedState.ONLINE, 5, 1, 2), report(ObservedState.ONLINE, 5, 1, 2));
    assertThat(status.cluster().nodes()).isEqualTo("2/2");
    assertThat(status.cluster().viewEpoch()).isEqualTo(5);
    assertThat(ready(status.cluster().conditions())).isEqualTo("True NodesReady");
    assertThat(status.nodes().values())
        .allSatisfy(
            node -> {
              assertThat(ready(node.conditions())).isEqualTo("True Applied");
              assertThat(node.kernelRelease()).isEqualTo("6.12.0");
              assertThat(node.processes()).isEqualTo(3);
            });
    assertThat(status.capabilitySet(set("movable", Map.of())).installed()).isEqualTo("2/2");
    assertThat(ready(status.capabilitySet(set("movable", Map.of())).conditions()))
        .isEqualTo("True Installed");
  }

  @Test
  void anAgentThatNeverReportedIsNotReady() {
    ClusterStatus status = status(report(ObservedState.ONLINE, 1, 1), null);
    assertThat(ready(second(status).conditions())).isEqualTo("False AgentNotReporting");
    assertThat(status.cluster().nodes()).isEqualTo("1/2");
    assertThat(ready(status.cluster().conditions())).isEqualTo("False NodesNotReady");
    assertThat(status.capabilitySet(set("movable", Map.of())).installed()).isEqualTo("1/2");
  }

  @Test
  void aNodeThatTheOthersHaveLostIsNotOnlineWhateverItSaidLast() {
    ClusterStatus status =
        status(report(ObservedState.ONLINE, 6, 1), report(ObservedState.ONLINE, 5, 1, 2));
    assertThat(second(status).state()).isEqualTo(ObservedState.FAILED);
    assertThat(ready(second(status).conditions())).isEqualTo("False NodeLost");
    assertThat(Conditions.isTrue(second(status).conditions(), Condition.STALLED)).isTrue();
    assertThat(status.cluster().nodes()).isEqualTo("1/2");
  }

  @Test
  void anOldReportSaysNothingAboutANewConfiguration() {
    NodeConfig config = configs(report(ObservedState.ONLINE, 1, 1), null).get(0);
    config.getMetadata().setGeneration(2L);
    assertThat(ready(NodeStatus.of(nodes.get(0), config, null, false).conditions()))
        .isEqualTo("False Reconciling");
  }

  @Test
  void aNodeWhoseConfigurationIsNotPlannedAnewIsNotReady() {
    NodeConfig config = configs(report(ObservedState.ONLINE, 1, 1), null).get(0);
    assertThat(
            ready(NodeStatus.of(node(1, DesiredState.DRAINED), config, null, false).conditions()))
        .isEqualTo("False Reconciling");
  }

  @ParameterizedTest
  @CsvSource({
    "ONLINE, ONLINE, True Applied",
    "ONLINE, JOINING, False StateDiffers",
    "ONLINE, FAILED, False Applied",
    "DRAINED, DRAINED, True Applied",
    "DRAINED, PRESENT, True Applied",
    "DRAINED, DRAINING, False StateDiffers",
    "ABSENT, ABSENT, True Applied",
    "ABSENT, DRAINED, False StateDiffers"
  })
  void readyMeansThatTheNodeIsWhatItShouldBe(
      DesiredState desired, ObservedState observed, String expected) {
    KerrighedNode node = node(1, desired);
    NodeConfig config = NodePlanner.plan(cluster(), List.of(node), List.of(), null).get(0);
    config.getMetadata().setGeneration(1L);
    config.setStatus(report(observed, 1));
    assertThat(ready(NodeStatus.of(node, config, null, false).conditions())).isEqualTo(expected);
  }

  @Test
  void timeMovesOnlyWithTheStatusOfACondition() {
    List<Condition> old =
        Conditions.timed(
            Conditions.ready(1L, "A", "a"), List.of(), Instant.parse("2026-01-01T00:00:00Z"));
    Instant later = Instant.parse("2026-01-02T00:00:00Z");
    assertThat(Conditions.timed(Conditions.ready(2L, "B", "b"), old, later))
        .extracting(Condition::lastTransitionTime)
        .containsExactly("2026-01-01T00:00:00Z");
    assertThat(Conditions.timed(Conditions.stalled(2L, "B", "b"), old, later))
        .extracting(Condition::lastTransitionTime)
        .containsOnly("2026-01-02T00:00:00Z");
  }

  private ClusterStatus status(NodeConfigStatus first, NodeConfigStatus second) {
    return new ClusterStatus(cluster(), nodes, configs(first, second), Set.of());
  }

  private List<NodeConfig> configs(NodeConfigStatus first, NodeConfigStatus second) {
    List<NodeConfig> configs =
        NodePlanner.plan(cluster(), nodes, List.of(set("movable", Map.of())), "main@sha1:1");
    configs.forEach(config -> config.getMetadata().setGeneration(1L));
    configs.get(0).setStatus(first);
    configs.get(1).setStatus(second);
    return configs;
  }

  private KerrighedNodeStatus second(ClusterStatus status) {
    return status.nodes().get(nodes.get(1));
  }

  private static String ready(List<Condition> conditions) {
    Condition ready = Conditions.find(conditions, Condition.READY).orElseThrow();
    return ready.status() + " " + ready.reason();
  }
}
