// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.CapabilitySetSpec;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.Interconnect;
import io.kerrighed.api.v1alpha1.ItemStatus;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedClusterSpec;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeSpec;
import io.kerrighed.api.v1alpha1.Machine;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import io.kerrighed.api.v1alpha1.ProcessMatch;
import java.util.List;
import java.util.Map;

/** Objects as the API server has them. */
public final class Samples {
  private Samples() {}

  public static KerrighedCluster cluster() {
    KerrighedCluster cluster = named(new KerrighedCluster(), "lab");
    cluster.setSpec(
        new KerrighedClusterSpec(
            7,
            new Interconnect(List.of("eth0", "eth1")),
            null,
            List.of("/shared"),
            "5m",
            null,
            null,
            null));
    return cluster;
  }

  public static KerrighedNode node(int id, DesiredState state, Map<String, String> labels) {
    KerrighedNode node = named(new KerrighedNode(), "node" + id);
    node.setSpec(
        new KerrighedNodeSpec(id, new Machine(null, "pc" + id, null), state, labels, null, null));
    return node;
  }

  public static KerrighedNode node(int id, DesiredState state) {
    return node(id, state, Map.of());
  }

  public static CapabilitySet set(String name, Map<String, String> selector) {
    CapabilitySet set = named(new CapabilitySet(), name);
    set.setSpec(
        new CapabilitySetSpec(
            new ProcessMatch("/shared/bin/*", null),
            List.of(Capability.CAN_MIGRATE, Capability.CHANGE_KERRIGHED_CAP),
            null,
            null,
            null,
            selector));
    return set;
  }

  /** What an agent that has nothing more to do reports. */
  public static NodeConfigStatus report(ObservedState state, long epoch, Integer... online) {
    return new NodeConfigStatus(
        1L,
        "main@sha1:1",
        state,
        "6.12.0",
        "4.0.0",
        2,
        1L << 30,
        3,
        List.of(online),
        epoch,
        List.of(new ItemStatus("capabilities/movable", ItemStatus.State.APPLIED, null)),
        null,
        List.of(new Condition(Condition.READY, "True", 1L, null, "Applied", "all is applied")),
        List.of(),
        null);
  }

  private static <T extends HasMetadata> T named(T object, String name) {
    object.setMetadata(
        new ObjectMetaBuilder().withName(name).withUid("uid-" + name).withGeneration(1L).build());
    return object;
  }
}
