// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.plan;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.operator.status.Conditions;
import io.kerrighed.operator.status.View;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Says which nodes have to wait with what is planned for them, so that never more than a few are
 * away at once. What does not take a node out of the cluster waits for nobody. Pure.
 */
final class Rollout {
  private Rollout() {}

  /**
   * The nodes whose configuration stays as it is until others are back.
   *
   * @param planned in the order in which nodes get their turn
   * @param existing with what the agents report
   * @param maxUnavailable how many nodes may be away at once; null: all
   */
  static Set<String> waiting(
      List<NodeConfig> planned, Collection<NodeConfig> existing, Integer maxUnavailable) {
    Set<String> waiting = new HashSet<>();
    if (maxUnavailable == null) {
      return waiting;
    }
    Map<String, NodeConfig> current =
        existing.stream().collect(Collectors.toMap(Rollout::name, Function.identity()));
    Optional<View> view = View.newest(existing);
    long free =
        maxUnavailable
            - planned.stream()
                .map(config -> current.get(name(config)))
                .filter(config -> config != null && isAway(config, view))
                .count();
    for (NodeConfig config : planned) {
      NodeConfig old = current.get(name(config));
      // Who is away already is no more so afterwards.
      if (old == null || isAway(old, view) || !takesOut(old.getSpec(), config.getSpec())) {
        continue;
      }
      if (free > 0) {
        free--;
      } else {
        waiting.add(name(config));
      }
    }
    return waiting;
  }

  /** Does a member have to leave the cluster for this, be it to come back at once? */
  private static boolean takesOut(NodeConfigSpec old, NodeConfigSpec fresh) {
    return old.state() == DesiredState.ONLINE
        && (fresh.state() != DesiredState.ONLINE || !old.sessionId().equals(fresh.sessionId()));
  }

  /**
   * Is it not yet, or no longer, what it was told to be? A node nobody ever heard of is no loss.
   */
  private static boolean isAway(NodeConfig config, Optional<View> view) {
    NodeConfigStatus report = config.getStatus();
    if (report == null) {
      return false;
    }
    boolean isLost =
        config.getSpec().state() == DesiredState.ONLINE
            && view.filter(seen -> !seen.online().contains(config.getSpec().nodeId())).isPresent();
    return isLost
        || !config.getMetadata().getGeneration().equals(report.observedGeneration())
        || !Conditions.isTrue(report.conditions(), Condition.READY);
  }

  private static String name(NodeConfig config) {
    return config.getMetadata().getName();
  }
}
