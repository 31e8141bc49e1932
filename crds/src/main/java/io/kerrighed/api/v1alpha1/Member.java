// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A node of the cluster as the other nodes are told of it. */
@ApiType
public record Member(
    @JsonPropertyDescription("Name of the KerrighedNode.") @Required String name,
    @JsonPropertyDescription("Its number in the cluster.") @Required Integer nodeId,
    @JsonPropertyDescription("What it should be.") @Required DesiredState state) {}
