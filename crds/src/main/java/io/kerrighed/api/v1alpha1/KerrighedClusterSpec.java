// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;

@ApiType
public record KerrighedClusterSpec(
    @JsonPropertyDescription(
            "Tells clusters on one network apart: the nodes of a cluster share it, other clusters have another one.")
        @Required
        @Min(1)
        @Max(9999)
        Integer sessionId,
    @JsonPropertyDescription("The network between the nodes.") Interconnect interconnect,
    @JsonPropertyDescription(
            "How long a node may be silent before the others count it as failed, as 1.5s.")
        @Default("1.5s")
        @Pattern(Durations.PATTERN)
        String failureTolerance,
    @JsonPropertyDescription(
            "Mount points that show the same files on every node; open files below them move with a process.")
        @Size(max = 32)
        List<@Pattern("^/.*") String> sharedMounts,
    @JsonPropertyDescription("How long a drain may take before drainPolicy decides, as 10m.")
        @Default("10m")
        @Pattern(Durations.PATTERN)
        String drainTimeout,
    @JsonPropertyDescription(
            "What becomes of processes that cannot move when drainTimeout has passed.")
        @Default("Wait")
        DrainPolicy drainPolicy,
    @JsonPropertyDescription(
            "How many nodes may be away at once when a change takes nodes out of the cluster; the others wait for their turn. All, if not given.")
        @Min(1)
        @Max(127)
        Integer maxUnavailable,
    @JsonPropertyDescription(
            "Version of the kernel modules, as modinfo says; a node that has another one loaded leaves, loads this one from its disk, and comes back. Whatever is loaded, if not given.")
        @Size(max = 64)
        @Pattern("^[0-9A-Za-z][0-9A-Za-z.+~-]*$")
        String moduleVersion) {

  public KerrighedClusterSpec {
    interconnect = interconnect == null ? new Interconnect(null) : interconnect;
    failureTolerance = failureTolerance == null ? "1.5s" : failureTolerance;
    sharedMounts = sharedMounts == null ? List.of() : List.copyOf(sharedMounts);
    drainTimeout = drainTimeout == null ? "10m" : drainTimeout;
    drainPolicy = drainPolicy == null ? DrainPolicy.WAIT : drainPolicy;
  }
}
