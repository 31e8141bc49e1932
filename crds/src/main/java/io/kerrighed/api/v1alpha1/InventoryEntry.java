// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** An object that came from Git. */
@ApiType
public record InventoryEntry(
    @JsonPropertyDescription("Kind of the object, in kerrighed.io/v1alpha1.") @Required String kind,
    @JsonPropertyDescription("Name of the object.") @Required String name) {}
