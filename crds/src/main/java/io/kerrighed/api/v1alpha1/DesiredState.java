// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What a node should be. */
public enum DesiredState {
  /** A member of the cluster. */
  @JsonProperty("Online")
  ONLINE,
  /** Out of the cluster after its processes have moved away; modules stay loaded. */
  @JsonProperty("Drained")
  DRAINED,
  /** Out of the cluster, modules unloaded. */
  @JsonProperty("Absent")
  ABSENT;

  /** As it is written in the API. */
  @Override
  public String toString() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }
}
