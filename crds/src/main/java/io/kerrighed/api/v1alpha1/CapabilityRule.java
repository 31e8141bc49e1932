// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** A CapabilitySet as a node's kernel is given it; every set is complete. */
@ApiType
public record CapabilityRule(
    @JsonPropertyDescription("Name of the CapabilitySet.") @Required String name,
    @JsonPropertyDescription("Path of the program with * and ?; any program when left out.")
        String executable,
    @JsonPropertyDescription("Name or number of the real user; any user when left out.")
        String user,
    @JsonPropertyDescription("Effective set.") @Size(max = 12) List<Capability> effective,
    @JsonPropertyDescription("Permitted set.") @Size(max = 12) List<Capability> permitted,
    @JsonPropertyDescription("Inheritable permitted set.") @Size(max = 12)
        List<Capability> inheritablePermitted,
    @JsonPropertyDescription("Inheritable effective set.") @Size(max = 12)
        List<Capability> inheritableEffective) {

  public CapabilityRule {
    effective = effective == null ? List.of() : List.copyOf(effective);
    permitted = permitted == null ? List.of() : List.copyOf(permitted);
    inheritablePermitted =
        inheritablePermitted == null ? List.of() : List.copyOf(inheritablePermitted);
    inheritableEffective =
        inheritableEffective == null ? List.of() : List.copyOf(inheritableEffective);
  }
}
