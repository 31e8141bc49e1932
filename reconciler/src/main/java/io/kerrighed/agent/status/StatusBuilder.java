// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.status;

import io.kerrighed.agent.node.CapabilityRule;
import io.kerrighed.agent.node.Machine;
import io.kerrighed.agent.node.NodeProcess;
import io.kerrighed.agent.node.Observed;
import io.kerrighed.agent.plan.Planner;
import io.kerrighed.agent.plan.StepResult;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.ItemStatus;
import io.kerrighed.api.v1alpha1.Migration;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says in a NodeConfig's status how a reconciliation ended. */
public final class StatusBuilder {
  /** The API keeps no more. */
  private static final int MIGRATIONS = 16;

  private final Machine machine;

  /** For the node on this machine. */
  public StatusBuilder(Machine machine) {
    this.machine = machine;
  }

  /** One verdict on the whole: whether it is ready, and if not whether time alone will help. */
  private record Verdict(boolean ready, boolean stalled, String reason, String message) {}

  /**
   * The status to report.
   *
   * @param previous what was reported last, so that conditions that did not change keep their time;
   *     may be null
   */
  public NodeConfigStatus build(Round round, NodeConfigStatus previous, Instant now) {
    Observed observed = round.observed();
    Verdict verdict = verdict(round);
    Long generation = round.config().getMetadata().getGeneration();
    return new NodeConfigStatus(
        generation,
        appliedRevision(round, verdict, previous),
        state(round),
        machine.kernelRelease(),
        observed.moduleVersion().orElse(null),
        machine.cpus(),
        machine.memoryBytes(),
        observed.guests().size(),
        List.copyOf(observed.loads().keySet()),
        observed.online() ? observed.viewEpoch() : null,
        items(round),
        round.drift(),
        conditions(verdict, generation, previous, now),
        migrations(observed),
        round.trace());
  }

  private static List<Migration> migrations(Observed observed) {
    return observed.migrations().stream()
        .limit(MIGRATIONS)
        .map(m -> new Migration(m.pid(), m.comm(), m.to(), m.freezeMillis(), m.totalMillis()))
        .toList();
  }

  private static String appliedRevision(Round round, Verdict verdict, NodeConfigStatus previous) {
    if (verdict.ready()) {
      return round.config().getSpec().revision();
    }
    return previous == null ? null : previous.appliedRevision();
  }

  static ObservedState state(Round round) {
    Observed observed = round.observed();
    if (round.wrongMachine().isPresent() || round.failed().isPresent()) {
      return ObservedState.FAILED;
    }
    if (round.leaving()) {
      return ObservedState.DRAINING;
    }
    if (observed.hasContainer()) {
      return observed.online() ? ObservedState.ONLINE : ObservedState.JOINING;
    }
    if (observed.modules().isEmpty()) {
      return ObservedState.ABSENT;
    }
    return round.compiled().desired().state() == DesiredState.DRAINED
        ? ObservedState.DRAINED
        : ObservedState.PRESENT;
  }

  private static Verdict verdict(Round round) {
    Observed observed = round.observed();
    if (round.wrongMachine().isPresent()) {
      return new Verdict(false, true, "WrongMachine", round.wrongMachine().get());
    }
    if (round.failed().isPresent()) {
      StepResult failed = round.failed().get();
      return new Verdict(
          false, true, "StepFailed", "could not " + failed.step() + ": " + reason(failed));
    }
    if (round.leaving()) {
      return new Verdict(false, false, "Draining", draining(round));
    }
    if (!round.compiled().failures().isEmpty()) {
      return new Verdict(false, true, "ItemFailed", failures(round.compiled().failures()));
    }
    if (observed.hasContainer() && !observed.online()) {
      return new Verdict(false, false, "Joining", "waits to be let into the cluster");
    }
    if (round.stepsLeft()) {
      return new Verdict(false, false, "Progressing", "the kernel is being brought to the spec");
    }
    return new Verdict(true, false, "Applied", summary(round));
  }

  private static String reason(StepResult failed) {
    return failed.error().map(e -> e.getMessage() + " (" + e.errno() + ")").orElse("");
  }

  private static String failures(Map<String, String> failures) {
    return failures.entrySet().stream()
        .map(failure -> failure.getKey() + ": " + failure.getValue())
        .collect(Collectors.joining("; "));
  }

  private static String draining(Round round) {
    List<NodeProcess> guests = round.observed().guests();
    if (guests.isEmpty()) {
      return "leaves the cluster";
    }
    String processes = guests.size() == 1 ? "1 process" : guests.size() + " processes";
    if (round.holds().isEmpty()) {
      return processes + " to move away";
    }
    return processes
        + " to move away; held by "
        + guests.stream()
            .filter(process -> round.holds().containsKey(process.pid()))
            .map(process -> hold(process, round.holds().get(process.pid())))
            .collect(Collectors.joining("; "));
  }

  private static String hold(NodeProcess process, String reason) {
    return process.pid() + " (" + process.comm() + "): " + reason;
  }

  private static String summary(Round round) {
    Observed observed = round.observed();
    return switch (round.compiled().desired().state()) {
      case ONLINE ->
          "online in view %d of %d nodes".formatted(observed.viewEpoch(), observed.loads().size());
      case DRAINED -> "drained; it has left the cluster and its modules are loaded";
      case ABSENT -> "absent; no module is loaded";
    };
  }

  private static List<ItemStatus> items(Round round) {
    List<ItemStatus> items = new ArrayList<>();
    Observed observed = round.observed();
    DesiredState wanted = round.compiled().desired().state();
    boolean modules =
        wanted == DesiredState.ABSENT
            ? observed.modules().isEmpty()
            : observed.modules().containsAll(Planner.MODULES);
    boolean membership =
        wanted == DesiredState.ONLINE
            ? observed.online() && !round.leaving()
            : !observed.hasContainer();
    items.add(item("modules", modules, round.failed(), null));
    items.add(item("membership", membership, round.failed(), null));
    if (round.leaving()) {
      items.add(item("drain", false, Optional.empty(), draining(round)));
    }
    if (wanted != DesiredState.ABSENT) {
      items.addAll(rules(round));
    }
    return items;
  }

  private static List<ItemStatus> rules(Round round) {
    List<CapabilityRule> installed = round.observed().rules();
    List<ItemStatus> items = new ArrayList<>();
    round.compiled().desired().rules().stream()
        .collect(Collectors.groupingBy(CapabilityRule::name))
        .forEach(
            (name, rules) ->
                items.add(
                    item(
                        ItemStatus.CAPABILITIES + name,
                        installed.containsAll(rules),
                        round.failed(),
                        null)));
    round
        .compiled()
        .failures()
        .forEach((name, why) -> items.add(new ItemStatus(name, ItemStatus.State.FAILED, why)));
    items.sort(Comparator.comparing(ItemStatus::name));
    return items;
  }

  private static ItemStatus item(
      String name, boolean applied, Optional<StepResult> failed, String message) {
    if (applied) {
      return new ItemStatus(name, ItemStatus.State.APPLIED, null);
    }
    return failed
        .map(result -> new ItemStatus(name, ItemStatus.State.FAILED, reason(result)))
        .orElseGet(() -> new ItemStatus(name, ItemStatus.State.PENDING, message));
  }

  private static List<Condition> conditions(
      Verdict verdict, Long generation, NodeConfigStatus previous, Instant now) {
    List<Condition> conditions = new ArrayList<>();
    conditions.add(condition(Condition.READY, verdict.ready(), verdict, generation));
    if (verdict.stalled()) {
      conditions.add(condition(Condition.STALLED, true, verdict, generation));
    } else if (!verdict.ready()) {
      conditions.add(condition(Condition.RECONCILING, true, verdict, generation));
    }
    return conditions.stream()
        .map(condition -> condition.withTime(transitionTime(condition, previous, now)))
        .toList();
  }

  private static Condition condition(String type, boolean value, Verdict verdict, Long generation) {
    return new Condition(
        type, value ? "True" : "False", generation, null, verdict.reason(), verdict.message());
  }

  /** Moves only with the condition's status. */
  private static String transitionTime(
      Condition condition, NodeConfigStatus previous, Instant now) {
    return Optional.ofNullable(previous).stream()
        .flatMap(status -> status.conditions().stream())
        .filter(old -> old.type().equals(condition.type()))
        .filter(old -> old.status().equals(condition.status()))
        .map(Condition::lastTransitionTime)
        .findFirst()
        .orElse(now.toString());
  }
}
