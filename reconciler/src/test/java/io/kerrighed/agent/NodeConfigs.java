// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.v1alpha1.CapabilityRule;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import io.kerrighed.api.v1alpha1.Interconnect;
import io.kerrighed.api.v1alpha1.Machine;
import io.kerrighed.api.v1alpha1.Member;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import java.util.List;

/** NodeConfigs of node 1 for tests. */
public final class NodeConfigs {
  private NodeConfigs() {}

  /** A capability profile for a user. */
  public static CapabilityRule rule(String name, String user) {
    List<Capability> all = Capability.allSupported();
    List<Capability> some = List.of(Capability.CAN_MIGRATE);
    return new CapabilityRule(name, "/bin/" + name, user, some, all, all, some);
  }

  /** The first configuration. */
  public static NodeConfig online() {
    return config(1, DesiredState.ONLINE, DrainPolicy.WAIT, List.of(rule("movable", "1000")));
  }

  /** A configuration with everything that tests vary. */
  public static NodeConfig config(
      long generation, DesiredState state, DrainPolicy policy, List<CapabilityRule> rules) {
    return config(generation, state, policy, rules, new Machine(null, "pc1", null));
  }

  /** The same for another revision, failure tolerance and version of the modules. */
  public static NodeConfigSpec changed(
      NodeConfigSpec spec, String revision, String failureTolerance, String moduleVersion) {
    return new NodeConfigSpec(
        revision,
        spec.nodeId(),
        spec.sessionId(),
        spec.machine(),
        spec.state(),
        spec.founder(),
        spec.drainTimeout(),
        spec.drainPolicy(),
        spec.interconnect(),
        spec.sharedMounts(),
        failureTolerance,
        spec.members(),
        spec.capabilityRules(),
        moduleVersion);
  }

  /** A configuration for some machine. */
  public static NodeConfig config(
      long generation,
      DesiredState state,
      DrainPolicy policy,
      List<CapabilityRule> rules,
      Machine machine) {
    NodeConfig config = new NodeConfig();
    config.setMetadata(
        new ObjectMetaBuilder().withName("pc1").withGeneration(generation).withUid("u1").build());
    config.setSpec(
        new NodeConfigSpec(
            "main@" + generation,
            1,
            42,
            machine,
            state,
            true,
            "1m",
            policy,
            new Interconnect(List.of("eth0")),
            List.of("/shared"),
            "1500ms",
            List.of(
                new Member("pc1", 1, state),
                new Member("pc2", 2, DesiredState.ONLINE),
                new Member("pc3", 3, DesiredState.DRAINED)),
            rules,
            null));
    return config;
  }
}
