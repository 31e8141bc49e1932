// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

@ApiType
public record NodeConfigSpec(
    @JsonPropertyDescription(
            "Revision of the configuration this was compiled from; the agent reports it back.")
        String revision,
    @JsonPropertyDescription("Number of this node in the cluster.") @Required @Min(1) @Max(127)
        Integer nodeId,
    @JsonPropertyDescription("Session of the cluster.") @Required @Min(1) @Max(9999)
        Integer sessionId,
    @JsonPropertyDescription("Which PC this is for; an agent on another one must not act.")
        @Required
        Machine machine,
    @JsonPropertyDescription("What this node should be.") @Required DesiredState state,
    @JsonPropertyDescription(
            "True on exactly one node: if there is no cluster yet this one founds it, others wait.")
        @Required
        Boolean founder,
    @JsonPropertyDescription("How long a drain may take before drainPolicy decides.")
        @Required
        @Pattern(Durations.PATTERN)
        String drainTimeout,
    @JsonPropertyDescription(
            "What becomes of processes that cannot move when drainTimeout has passed.")
        @Required
        DrainPolicy drainPolicy,
    @JsonPropertyDescription("The network between the nodes.") @Required Interconnect interconnect,
    @JsonPropertyDescription("Mount points that show the same files on every node.") @Size(max = 32)
        List<String> sharedMounts,
    @JsonPropertyDescription("How long a node may be silent before the others count it as failed.")
        @Required
        @Pattern(Durations.PATTERN)
        String failureTolerance,
    @JsonPropertyDescription("Every node of the cluster, this one too, by id.") @Size(max = 127)
        List<Member> members,
    @JsonPropertyDescription(
            "Rules for the kernel, in order; the first that fits a process decides.")
        @Size(max = 256)
        List<CapabilityRule> capabilityRules,
    @JsonPropertyDescription("Version of the kernel modules; any, if not given.")
        String moduleVersion) {

  public NodeConfigSpec {
    sharedMounts = sharedMounts == null ? List.of() : List.copyOf(sharedMounts);
    members = members == null ? List.of() : List.copyOf(members);
    capabilityRules = capabilityRules == null ? List.of() : List.copyOf(capabilityRules);
  }
}
