// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** What became of one part of a node's configuration. */
@ApiType
public record ItemStatus(
    @JsonPropertyDescription(
            "Which part: modules, membership, drain, or capabilities/ and the name of a rule.")
        @Required
        String name,
    @JsonPropertyDescription("Applied, Pending or Failed.") @Required State state,
    @JsonPropertyDescription("Why, when it is not Applied.") String message) {

  /** Prefix of the names of capability rules. */
  public static final String CAPABILITIES = "capabilities/";

  public enum State {
    @JsonProperty("Applied")
    APPLIED,
    @JsonProperty("Pending")
    PENDING,
    @JsonProperty("Failed")
    FAILED
  }
}
