// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

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
  ABSENT
}
