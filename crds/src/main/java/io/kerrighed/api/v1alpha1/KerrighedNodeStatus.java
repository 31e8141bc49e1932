// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

@ApiType
public record KerrighedNodeStatus(
    @JsonPropertyDescription("The metadata.generation that this status is about.")
        Long observedGeneration,
    @JsonPropertyDescription("What the node is, as its agent last reported.") ObservedState state,
    @JsonPropertyDescription("Revision of the configuration that the node has applied.")
        String appliedRevision,
    @JsonPropertyDescription("Release of the node's kernel, as uname -r says.")
        String kernelRelease,
    @JsonPropertyDescription("Version of the Kerrighed modules loaded.") String moduleVersion,
    @JsonPropertyDescription("Processors online.") Integer cpus,
    @JsonPropertyDescription("Memory in bytes.") Long memoryBytes,
    @JsonPropertyDescription("Processes in the Kerrighed container that run on this node.")
        Integer processes,
    @JsonPropertyDescription("Ready: the node is what spec.state says.")
        List<Condition> conditions) {

  public KerrighedNodeStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
