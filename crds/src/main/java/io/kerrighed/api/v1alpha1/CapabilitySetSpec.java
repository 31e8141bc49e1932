// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/**
 * The same subset rules that the kernel checks, said here so that a bad set never gets that far.
 */
@ApiType
@ValidationRule(
    value = "!has(self.permitted) || self.effective.all(c, c in self.permitted)",
    message = "effective must be a subset of permitted",
    fieldPath = ".effective")
@ValidationRule(
    value =
        "!has(self.permitted) || !has(self.inheritablePermitted)"
            + " || self.inheritablePermitted.all(c, c in self.permitted)",
    message = "inheritablePermitted must be a subset of permitted",
    fieldPath = ".inheritablePermitted")
@ValidationRule(
    value =
        "!has(self.inheritableEffective)"
            + " || (has(self.inheritablePermitted)"
            + " ? self.inheritableEffective.all(c, c in self.inheritablePermitted)"
            + " : !has(self.permitted) || self.inheritableEffective.all(c, c in self.permitted))",
    message = "inheritableEffective must be a subset of inheritablePermitted",
    fieldPath = ".inheritableEffective")
public record CapabilitySetSpec(
    @JsonPropertyDescription("Which processes are given these capabilities.") @Required
        ProcessMatch match,
    @JsonPropertyDescription("What the process may use, as [CAN_MIGRATE].")
        @Required
        @Size(max = 12)
        List<Capability> effective,
    @JsonPropertyDescription(
            "What it may ever turn on; all that the kernel supports when left out.")
        @Size(max = 12)
        List<Capability> permitted,
    @JsonPropertyDescription("What its children may ever turn on; as permitted when left out.")
        @Size(max = 12)
        List<Capability> inheritablePermitted,
    @JsonPropertyDescription(
            "What its children start with; when left out, as much of effective as inheritablePermitted allows.")
        @Size(max = 12)
        List<Capability> inheritableEffective,
    @JsonPropertyDescription("Only on nodes with all of these labels; on every node when left out.")
        Map<String, String> nodeSelector) {

  public CapabilitySetSpec {
    effective = effective == null ? List.of() : List.copyOf(effective);
    permitted = permitted == null ? Capability.allSupported() : List.copyOf(permitted);
    inheritablePermitted =
        inheritablePermitted == null ? permitted : List.copyOf(inheritablePermitted);
    inheritableEffective =
        inheritableEffective == null
            ? effective.stream().filter(inheritablePermitted::contains).toList()
            : List.copyOf(inheritableEffective);
    nodeSelector = nodeSelector == null ? Map.of() : Map.copyOf(nodeSelector);
  }
}
