// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** The network between the nodes' kernels. */
@ApiType
public record Interconnect(
    @JsonPropertyDescription(
            "Ethernet devices that carry the cluster's traffic, on every node; at least one.")
        @Size(min = 1, max = 8)
        List<String> devices) {

  public Interconnect {
    devices = devices == null ? List.of("eth0") : List.copyOf(devices);
  }
}
