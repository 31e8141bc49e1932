// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.plan;

import static io.kerrighed.operator.Samples.cluster;
import static io.kerrighed.operator.Samples.node;
import static io.kerrighed.operator.Samples.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedClusterSpec;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RolloutTest {
  private static final DesiredState ONLINE = DesiredState.ONLINE;
  private static final DesiredState DRAINED = DesiredState.DRAINED;

  @Test
  void withoutALimitNobodyWaits() {
    assertThat(Rollout.waiting(plan("b", DRAINED, DRAINED, DRAINED), online(), null)).isEmpty();
  }

  @Test
  void soManyLeaveAtOnce() {
    assertThat(waiting(1, plan("b", DRAINED, DRAINED, DRAINED), online()))
        .containsExactlyInAnyOrder("node2", "node3");
    assertThat(waiting(2, plan("b", DRAINED, DRAINED, DRAINED), online())).containsExactly("node3");
  }

  @Test
  void whatTakesNobodyOutWaitsForNobody() {
    assertThat(waiting(1, plan("b", ONLINE, ONLINE, ONLINE), online())).isEmpty();
    List<NodeConfig> drained = settled(plan("a", DRAINED, DRAINED, DRAINED));
    drained.forEach(config -> config.setStatus(report(ObservedState.DRAINED, 0)));
    assertThat(waiting(1, plan("b", ONLINE, ONLINE, ONLINE), drained)).isEmpty();
  }

  @Test
  void theNextGoesWhenTheOneBeforeIsAsItShouldBe() {
    List<NodeConfig> existing = online();
    NodeConfig first = plan("b", DRAINED, ONLINE, ONLINE).get(0);
    first.getMetadata().setGeneration(2L);
    first.setStatus(report(ObservedState.DRAINING, 1, 1, 2, 3));
    existing.set(0, first);
    assertThat(waiting(1, plan("b", DRAINED, DRAINED, ONLINE), existing)).containsExactly("node2");

    first.getMetadata().setGeneration(1L);
    first.setStatus(report(ObservedState.DRAINED, 0));
    view(existing, 2, 3);
    assertThat(waiting(1, plan("b", DRAINED, DRAINED, ONLINE), existing)).isEmpty();
  }

  @Test
  void aLostNodeCountsAsAwayAndMayLeave() {
    List<NodeConfig> existing = online();
    view(existing.subList(1, 3), 2, 3);
    assertThat(waiting(1, plan("b", ONLINE, DRAINED, ONLINE), existing)).containsExactly("node2");
    assertThat(waiting(1, plan("b", DRAINED, ONLINE, ONLINE), existing)).isEmpty();
  }

  @Test
  void aNodeThatNeverCameHoldsNobodyUp() {
    List<NodeConfig> existing = online();
    existing.get(2).setStatus(null);
    view(existing.subList(0, 2), 1, 2);
    assertThat(waiting(1, plan("b", DRAINED, ONLINE, ONLINE), existing)).isEmpty();
  }

  @Test
  void whoIsAMemberWaitsThoughItIsNotWell() {
    List<NodeConfig> existing = online();
    existing.forEach(config -> config.getMetadata().setGeneration(2L)); // yet to act on something
    assertThat(waiting(1, plan("b", DRAINED, DRAINED, DRAINED), existing))
        .containsExactlyInAnyOrder("node2", "node3");
    existing.get(0).getMetadata().setGeneration(1L);
    existing.get(1).getMetadata().setGeneration(1L);
    assertThat(waiting(1, plan("b", DRAINED, DRAINED, DRAINED), existing))
        .as("node3 counts anyway")
        .containsExactlyInAnyOrder("node1", "node2");
  }

  @Test
  void otherModulesReachOneNodeAfterTheOther() {
    assertThat(Rollout.waiting(upgrade("4.1.0"), online(), null))
        .containsExactlyInAnyOrder("node2", "node3");
    assertThat(waiting(2, upgrade("4.1.0"), online())).containsExactlyInAnyOrder("node2", "node3");
    assertThat(Rollout.waiting(upgrade("4.0.0"), online(), null)).as("which they have").isEmpty();

    List<NodeConfig> existing = online();
    existing.set(0, upgrade("4.1.0").get(0)); // has been told, and not yet begun
    existing.get(0).getMetadata().setGeneration(2L);
    existing.get(0).setStatus(report(ObservedState.ONLINE, 1, 1, 2, 3));
    assertThat(waiting(2, upgrade("4.1.0"), existing)).containsExactlyInAnyOrder("node2", "node3");
  }

  @Test
  void anUpgradeThatFailedStopsThereAndCanBeCalledOff() {
    List<NodeConfig> existing = online();
    NodeConfig failed = upgrade("4.1.0").get(0);
    failed.setStatus(report(ObservedState.FAILED, 0));
    failed.getMetadata().setGeneration(2L);
    existing.set(0, failed);
    view(existing.subList(1, 3), 2, 3);
    assertThat(Rollout.waiting(upgrade("4.1.0"), existing, null))
        .containsExactlyInAnyOrder("node2", "node3");
    assertThat(Rollout.waiting(upgrade("4.0.0"), existing, null)).isEmpty();
    assertThat(waiting(2, upgrade("4.1.0"), existing))
        .as("past a node that is down")
        .containsExactly("node3");
  }

  private static List<NodeConfig> upgrade(String version) {
    var cluster = cluster();
    var spec = cluster.getSpec();
    cluster.setSpec(
        new KerrighedClusterSpec(
            spec.sessionId(),
            spec.interconnect(),
            spec.failureTolerance(),
            spec.sharedMounts(),
            spec.drainTimeout(),
            spec.drainPolicy(),
            spec.maxUnavailable(),
            version));
    return new ArrayList<>(
        NodePlanner.plan(
            cluster, List.of(node(1, ONLINE), node(2, ONLINE), node(3, ONLINE)), List.of(), "b"));
  }

  private static Set<String> waiting(int max, List<NodeConfig> planned, List<NodeConfig> existing) {
    return Rollout.waiting(planned, existing, max);
  }

  private static List<NodeConfig> plan(String revision, DesiredState... states) {
    var nodes = new ArrayList<io.kerrighed.api.v1alpha1.KerrighedNode>();
    for (int id = 1; id <= states.length; id++) {
      nodes.add(node(id, states[id - 1]));
    }
    return new ArrayList<>(NodePlanner.plan(cluster(), nodes, List.of(), revision));
  }

  /** Three nodes that are members and have nothing to do. */
  private static List<NodeConfig> online() {
    List<NodeConfig> configs = settled(plan("a", ONLINE, ONLINE, ONLINE));
    view(configs, 1, 2, 3);
    return configs;
  }

  private static List<NodeConfig> settled(List<NodeConfig> configs) {
    configs.forEach(config -> config.getMetadata().setGeneration(1L));
    return configs;
  }

  /** These nodes report that they see each other. */
  private static void view(List<NodeConfig> configs, Integer... online) {
    configs.stream()
        .filter(config -> Arrays.asList(online).contains(config.getSpec().nodeId()))
        .forEach(
            config ->
                config.setStatus(report(ObservedState.ONLINE, online.length == 3 ? 1 : 2, online)));
  }
}
