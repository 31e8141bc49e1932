// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.plan;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import io.kerrighed.operator.status.Conditions;
import io.kerrighed.operator.status.View;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
  private static final int MAX_NODES = 127;

  private Rollout() {}

  /**
   * The nodes whose configuration stays as it is until others are back. Other modules reach one
   * node after the other, whatever the limit: a node that is about to unload its own does not know
   * who else is, and would hand it processes.
   *
   * @param planned in the order in which nodes get their turn
   * @param existing with what the agents report
   * @param maxUnavailable how many nodes may be away at once; null: all, but one for other modules
   */
  static Set<String> waiting(
      List<NodeConfig> planned, Collection<NodeConfig> existing, Integer maxUnavailable) {
    Optional<View> view = View.newest(existing);
    List<Change> changes = changes(planned, existing);
    List<Change> leaving = new ArrayList<>(changes.stream().filter(c -> c.takesOut(view)).toList());
    List<NodeConfig> away =
        changes.stream()
            .filter(change -> !leaving.contains(change))
            .map(Change::old)
            .filter(old -> isAway(old, view))
            .toList();
    int unavailable = away.size();
    boolean moving = away.stream().anyMatch(old -> !isLost(old, view));
    // Who is not well counts whether it goes or not, so that it costs least.
    leaving.sort(Comparator.comparing(change -> !isAway(change.old(), view)));
    Set<String> waiting = new HashSet<>();
    for (Change change : leaving) {
      int limit = maxUnavailable != null ? maxUnavailable : change.otherModules() ? 1 : MAX_NODES;
      if (unavailable < limit && !(change.otherModules() && moving)) {
        unavailable++;
        moving = true;
      } else {
        waiting.add(name(change.old()));
      }
    }
    return waiting;
  }

  /** What was planned for a node before, with its report, and what is now. */
  private record Change(NodeConfig old, NodeConfigSpec fresh) {

    /** Does a member have to leave the cluster for this, be it to come back at once? */
    boolean takesOut(Optional<View> view) {
      NodeConfigSpec spec = old.getSpec();
      return spec.state() == DesiredState.ONLINE
          && old.getStatus() != null
          && old.getStatus().state() == ObservedState.ONLINE
          && !isLost(old, view)
          && (fresh.state() != DesiredState.ONLINE
              || !spec.sessionId().equals(fresh.sessionId())
              || otherModules());
    }

    /** Does it have to unload its modules, which it was not told before? */
    boolean otherModules() {
      return fresh.state() == DesiredState.ONLINE
          && fresh.moduleVersion() != null
          && !fresh.moduleVersion().equals(old.getSpec().moduleVersion())
          && !fresh.moduleVersion().equals(old.getStatus().moduleVersion());
    }
  }

  private static List<Change> changes(List<NodeConfig> planned, Collection<NodeConfig> existing) {
    Map<String, NodeConfig> current =
        existing.stream().collect(Collectors.toMap(Rollout::name, Function.identity()));
    return planned.stream()
        .filter(config -> current.containsKey(name(config)))
        .map(config -> new Change(current.get(name(config)), config.getSpec()))
        .toList();
  }

  /**
   * Is it not yet, or no longer, what it was told to be? A node nobody ever heard of is no loss.
   */
  private static boolean isAway(NodeConfig config, Optional<View> view) {
    NodeConfigStatus report = config.getStatus();
    return report != null
        && (isLost(config, view)
            || !config.getMetadata().getGeneration().equals(report.observedGeneration())
            || !Conditions.isTrue(report.conditions(), Condition.READY));
  }

  /** Do the others no longer see it? */
  private static boolean isLost(NodeConfig config, Optional<View> view) {
    return config.getSpec().state() == DesiredState.ONLINE
        && view.filter(seen -> !seen.online().contains(config.getSpec().nodeId())).isPresent();
  }

  private static String name(NodeConfig config) {
    return config.getMetadata().getName();
  }
}
