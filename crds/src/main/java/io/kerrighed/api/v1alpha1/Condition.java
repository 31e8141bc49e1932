// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A condition as kstatus and {@code kubectl wait} read it. */
@ApiType
public record Condition(
    @JsonPropertyDescription("What is observed: Ready, Reconciling or Stalled.") @Required
        String type,
    @JsonPropertyDescription("True, False or Unknown.") @Required String status,
    @JsonPropertyDescription("The metadata.generation that this was observed for.")
        Long observedGeneration,
    @JsonPropertyDescription("When status last changed, RFC 3339.") String lastTransitionTime,
    @JsonPropertyDescription("Why, in one CamelCase word, for programs.") @Required String reason,
    @JsonPropertyDescription("Why, in a sentence, for people.") @Required String message) {

  public static final String READY = "Ready";
  public static final String RECONCILING = "Reconciling";
  public static final String STALLED = "Stalled";

  /** Equal but for the time: writing it again would tell nobody anything. */
  public boolean sameAs(Condition other) {
    return other != null && withTime(null).equals(other.withTime(null));
  }

  public Condition withTime(String time) {
    return new Condition(type, status, observedGeneration, time, reason, message);
  }
}
