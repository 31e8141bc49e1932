// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;

@ApiType
@ValidationRule(
    value = "self.nodeId == oldSelf.nodeId",
    message = "a node keeps its id: delete the node and make a new one",
    fieldPath = ".nodeId")
public record KerrighedNodeSpec(
    @JsonPropertyDescription(
            "Number of the node in its cluster, 1 to 127; part of the PIDs that it gives out.")
        @Required
        @Min(1)
        @Max(127)
        Integer nodeId,
    @JsonPropertyDescription("Which PC this node is.") @Required Machine machine,
    @JsonPropertyDescription(
            "Online: a member. Drained: its processes move to other nodes, then it leaves. Absent: modules unloaded.")
        @Default("Online")
        DesiredState state,
    @JsonPropertyDescription("Labels that nodeSelector of other kinds match.")
        Map<String, String> labels,
    @JsonPropertyDescription("Overrides the cluster's drainTimeout for this node.")
        @Pattern(Durations.PATTERN)
        String drainTimeout,
    @JsonPropertyDescription("Overrides the cluster's drainPolicy for this node.")
        DrainPolicy drainPolicy) {

  public KerrighedNodeSpec {
    state = state == null ? DesiredState.ONLINE : state;
    labels = labels == null ? Map.of() : Map.copyOf(labels);
  }
}
