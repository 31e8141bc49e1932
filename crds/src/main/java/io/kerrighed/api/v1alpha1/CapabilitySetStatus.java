// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

@ApiType
public record CapabilitySetStatus(
    @JsonPropertyDescription("The metadata.generation that this status is about.")
        Long observedGeneration,
    @JsonPropertyDescription(
            "Nodes that have the rule in their kernel, of those that should, as 2/3.")
        String installed,
    @JsonPropertyDescription(
            "Ready: the rule is installed on every Online node that it is meant for.")
        List<Condition> conditions) {

  public CapabilitySetStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
  }
}
