// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.status;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.util.List;
import java.util.Optional;

/** What a KerrighedNode's status should say. */
final class NodeStatus {
  private NodeStatus() {}

  /**
   * @param config the node's configuration with its agent's report; null if there is none yet
   * @param view the newest view of the cluster; null if nobody has reported one
   * @param waiting does it go on when others are back?
   */
  static KerrighedNodeStatus of(KerrighedNode node, NodeConfig config, View view, boolean waiting) {
    Long generation = node.getMetadata().getGeneration();
    NodeConfigStatus report = config == null ? null : config.getStatus();
    if (report == null) {
      return new KerrighedNodeStatus(
          generation,
          null,
          null,
          null,
          null,
          null,
          null,
          null,
          Conditions.reconciling(
              generation,
              "AgentNotReporting",
              "the agent of this node has never reported: is it running there, with its token?"));
    }
    boolean lost =
        report.state() == ObservedState.ONLINE
            && view != null
            && !view.online().contains(config.getSpec().nodeId());
    return new KerrighedNodeStatus(
        generation,
        lost ? ObservedState.FAILED : report.state(),
        report.appliedRevision(),
        report.kernelRelease(),
        report.moduleVersion(),
        report.cpus(),
        report.memoryBytes(),
        lost ? null : report.processes(),
        lost
            ? Conditions.stalled(
                generation,
                "NodeLost",
                "%s no longer sees this node (view %d): is the PC running and connected?"
                    .formatted(view.reporter(), view.epoch()))
            : conditions(node, config, report, waiting));
  }

  private static List<Condition> conditions(
      KerrighedNode node, NodeConfig config, NodeConfigStatus report, boolean waiting) {
    Long generation = node.getMetadata().getGeneration();
    if (waiting) {
      return Conditions.reconciling(
          generation,
          "WaitingForTurn",
          "its turn comes when the nodes before it are as they should be");
    }
    if (config.getSpec().state() != node.getSpec().state()
        || report.observedGeneration() == null
        || report.observedGeneration() < config.getMetadata().getGeneration()) {
      return Conditions.reconciling(
          generation, "Reconciling", "the agent has yet to act on the newest configuration");
    }
    Optional<Condition> ready = Conditions.find(report.conditions(), Condition.READY);
    String reason = ready.map(Condition::reason).orElse("AgentNotReady");
    String message = ready.map(Condition::message).orElse("the agent reports no Ready condition");
    if (Conditions.isTrue(report.conditions(), Condition.STALLED)
        || report.state() == ObservedState.FAILED) {
      return Conditions.stalled(generation, reason, message);
    }
    if (!Conditions.isTrue(report.conditions(), Condition.READY)) {
      return Conditions.reconciling(generation, reason, message);
    }
    return fits(node.getSpec().state(), report.state())
        ? Conditions.ready(generation, reason, message)
        : Conditions.reconciling(
            generation,
            "StateDiffers",
            "the node is %s and should be %s".formatted(report.state(), node.getSpec().state()));
  }

  private static boolean fits(DesiredState desired, ObservedState observed) {
    return switch (desired) {
      case ONLINE -> observed == ObservedState.ONLINE;
      // A node that was never a member has nothing to drain.
      case DRAINED -> observed == ObservedState.DRAINED || observed == ObservedState.PRESENT;
      case ABSENT -> observed == ObservedState.ABSENT;
    };
  }
}
