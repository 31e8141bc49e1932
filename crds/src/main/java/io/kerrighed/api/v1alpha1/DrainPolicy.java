// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What becomes of processes that cannot move when the drain timeout has passed. */
public enum DrainPolicy {
  /** They stay and hold the drain. */
  @JsonProperty("Wait")
  WAIT,
  /** They are killed. */
  @JsonProperty("Kill")
  KILL;

  /** As it is written in the API. */
  @Override
  public String toString() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }
}
