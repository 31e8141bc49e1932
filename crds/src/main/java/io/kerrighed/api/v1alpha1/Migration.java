// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A migration that has ended well. */
@ApiType
public record Migration(
    @JsonPropertyDescription("The process.") @Required Integer pid,
    @JsonPropertyDescription("Name of its program.") String comm,
    @JsonPropertyDescription("Id of the node it went to.") @Required Integer to,
    @JsonPropertyDescription("How long the process stood still, in milliseconds.")
        Double freezeMillis,
    @JsonPropertyDescription("From request to end, in milliseconds.") Double totalMillis) {}
