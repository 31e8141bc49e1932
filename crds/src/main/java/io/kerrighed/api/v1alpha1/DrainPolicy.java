// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of processes that cannot move when the drain timeout has passed. */
public enum DrainPolicy {
  /** They stay and hold the drain. */
  @JsonProperty("Wait")
  WAIT,
  /** They are killed. */
  @JsonProperty("Kill")
  KILL
}
