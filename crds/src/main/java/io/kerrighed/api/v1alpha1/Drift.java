// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** Repairs of what somebody changed behind the agent's back. */
@ApiType
public record Drift(
    @JsonPropertyDescription("How many repairs there were since the agent was installed.")
        Long repairs,
    @JsonPropertyDescription("When the newest one was, RFC 3339.") String lastTime,
    @JsonPropertyDescription("What the newest one put back, in a sentence.") String message) {}
