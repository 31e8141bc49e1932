// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a node is, as its agent sees it. */
public enum ObservedState {
  /** No Kerrighed module is loaded. */
  @JsonProperty("Absent")
  ABSENT,
  /** Modules are loaded, not a member. */
  @JsonProperty("Present")
  PRESENT,
  @JsonProperty("Joining")
  JOINING,
  @JsonProperty("Online")
  ONLINE,
  /** Its processes are moving away. */
  @JsonProperty("Draining")
  DRAINING,
  /** Modules are loaded, its processes have moved away and it has left the cluster. */
  @JsonProperty("Drained")
  DRAINED,
  /** A step failed; the conditions say which. */
  @JsonProperty("Failed")
  FAILED;

  /** As it is written in the API. */
  @Override
  public String toString() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }
}
