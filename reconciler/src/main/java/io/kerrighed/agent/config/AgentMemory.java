// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.config;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.kerrighed.api.v1alpha1.Drift;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.util.Optional;

/**
 * What the agent remembers over its own restart and the machine's.
 *
 * @param config the newest NodeConfig it was given; null before the first
 * @param settled names the spec and the boot for which everything was once applied, so that a later
 *     difference is somebody else's doing; null before that
 * @param drainingSince the machine's uptime, as an instant, when this node was told to leave; null
 *     when it was not
 * @param drift repairs so far; null when there was none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record AgentMemory(NodeConfig config, String settled, String drainingSince, Drift drift) {

  /** A newly installed agent's. */
  public static final AgentMemory EMPTY = new AgentMemory(null, null, null, null);

  /** The newest NodeConfig, if there ever was one. */
  public Optional<NodeConfig> newestConfig() {
    return Optional.ofNullable(config);
  }

  public AgentMemory withConfig(NodeConfig newConfig) {
    return new AgentMemory(newConfig, settled, drainingSince, drift);
  }

  public AgentMemory withSettled(String newSettled) {
    return new AgentMemory(config, newSettled, drainingSince, drift);
  }

  public AgentMemory withDrainingSince(String newDrainingSince) {
    return new AgentMemory(config, settled, newDrainingSince, drift);
  }

  public AgentMemory withDrift(Drift newDrift) {
    return new AgentMemory(config, settled, drainingSince, newDrift);
  }
}
