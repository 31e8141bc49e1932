// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

@ApiType
public record KerrighedClusterStatus(
    @JsonPropertyDescription("The metadata.generation that this status is about.")
        Long observedGeneration,
    @JsonPropertyDescription("How many nodes should be Online.") Integer nodesDesired,
    @JsonPropertyDescription("How many of them are Online.") Integer nodesOnline,
    @JsonPropertyDescription("The two numbers above as online/desired.") String nodes,
    @JsonPropertyDescription("Number of the newest membership view that a node has reported.")
        Long viewEpoch,
    @JsonPropertyDescription(
            "Ready: every node that should be Online is, and all see the same members.")
        List<Condition> conditions) {

  public KerrighedClusterStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
