// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import io.kerrighed.agent.node.Machine;
import io.kerrighed.agent.status.Round;
import io.kerrighed.agent.status.StatusBuilder;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;

/** Reconciles over and over and reports what changed. Used by one thread. */
public final class Agent {
  private static final Logger LOG = System.getLogger(Agent.class.getName());

  private final Reconciler reconciler;
  private final StatusBuilder builder;
  private final Clock clock;
  private final Consumer<NodeConfigStatus> reports;
  private NodeConfigStatus last;

  /**
   * @param reports is given the status whenever it has changed
   */
  public Agent(
      Reconciler reconciler, Machine machine, Clock clock, Consumer<NodeConfigStatus> reports) {
    this.reconciler = reconciler;
    this.builder = new StatusBuilder(machine);
    this.clock = clock;
    this.reports = reports;
  }

  /** One pass. A failure is logged, not thrown: the next pass may fare better. */
  public void runOnce() {
    try {
      reconciler.reconcile(this::report).ifPresent(this::report);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "reconciliation failed, will be tried again", e);
    }
  }

  private void report(Round round) {
    NodeConfigStatus previous = Optional.ofNullable(last).orElseGet(() -> known(round.config()));
    NodeConfigStatus status = builder.build(round, previous, clock.instant());
    if (!status.equals(last)) {
      last = status;
      reports.accept(status);
    }
  }

  /** What an agent before this one reported. */
  private static NodeConfigStatus known(NodeConfig config) {
    return config.getStatus();
  }
}
