// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

@ApiType
public record NodeConfigStatus(
    @JsonPropertyDescription("The metadata.generation that the agent has acted on.")
        Long observedGeneration,
    @JsonPropertyDescription("spec.revision of the configuration that is wholly applied.")
        String appliedRevision,
    @JsonPropertyDescription("What the node is.") ObservedState state,
    @JsonPropertyDescription("Release of the kernel, as uname -r says.") String kernelRelease,
    @JsonPropertyDescription("Version of the Kerrighed modules loaded.") String moduleVersion,
    @JsonPropertyDescription("Processors online.") Integer cpus,
    @JsonPropertyDescription("Memory in bytes.") Long memoryBytes,
    @JsonPropertyDescription("Processes in the Kerrighed container that run on this node.")
        Integer processes,
    @JsonPropertyDescription("Ids of the nodes that this node's kernel sees online.")
        @Size(max = 127)
        List<Integer> onlineNodes,
    @JsonPropertyDescription("Number of the membership view that onlineNodes is of.")
        Long viewEpoch,
    @JsonPropertyDescription("What became of each part of the spec.") @Size(max = 512)
        List<ItemStatus> items,
    @JsonPropertyDescription(
            "Changes that somebody made to the kernel by hand and that the agent undid.")
        Drift drift,
    @JsonPropertyDescription("Ready: the kernel is as spec says.") List<Condition> conditions,
    @JsonPropertyDescription(
            "The newest migrations away from this node that its agent asked for, newest first.")
        @Size(max = 16)
        List<Migration> lastMigrations,
    @JsonPropertyDescription(
            "Trace of what the agent did about the configuration, as W3C traceparent; only where traces are sent.")
        String trace) {

  public NodeConfigStatus {
    onlineNodes = onlineNodes == null ? List.of() : List.copyOf(onlineNodes);
    items = items == null ? List.of() : List.copyOf(items);
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    lastMigrations = lastMigrations == null ? List.of() : List.copyOf(lastMigrations);
  }
}
