// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.status;

import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Who is a member, as the nodes' kernels agreed last. A node that died says nothing any more; the
 * others' newer view is what tells.
 *
 * @param reporter the node whose report this is
 */
public record View(String reporter, long epoch, List<Integer> online) {

  /** The newest view that an online node has reported; empty if none has. */
  public static Optional<View> newest(Collection<NodeConfig> configs) {
    return configs.stream()
        .filter(
            config ->
                config.getStatus() != null
                    && config.getStatus().state() == ObservedState.ONLINE
                    && config.getStatus().viewEpoch() != null)
        .max(
            Comparator.comparing((NodeConfig config) -> config.getStatus().viewEpoch())
                .thenComparing(config -> config.getMetadata().getName()))
        .map(
            config ->
                new View(
                    config.getMetadata().getName(),
                    config.getStatus().viewEpoch(),
                    config.getStatus().onlineNodes()));
  }
}
