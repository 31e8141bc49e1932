// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import io.kerrighed.agent.node.NodeProcess;
import io.kerrighed.agent.node.Observed;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares what is with what should be. Pure: the same input gives the same plan.
 *
 * <p>On the way up: modules, failure tolerance, interconnect, shared mounts, capability rules,
 * container. On the way down the other way round, and the container only ends when no process is
 * left in it.
 */
public final class Planner {

  /** The module that is given the node's identity. */
  public static final String IDENTITY_MODULE = "krg_rpc";

  /** Our modules, each after those that it uses. */
  public static final List<String> MODULES =
      List.of(
          "krg_hooks",
          IDENTITY_MODULE,
          "krg_hotplug",
          "krg_kddm",
          "krg_capability",
          "krg_proc",
          "krg_mm",
          "krg_sync",
          "krg_ipc",
          "krg_ghost",
          "krg_epm",
          "krg_procfs");

  private Planner() {}

  /** The plan that leads from {@code observed} to {@code desired}. */
  public static Plan plan(Observed observed, Desired desired, DrainProgress drain) {
    List<Step> steps = new ArrayList<>();
    SortedMap<Integer, String> holds = new TreeMap<>();
    boolean leaving = isLeaving(observed, desired);
    if (leaving && !observed.guests().isEmpty()) {
      drain(observed, desired, drain, steps, holds);
      return new Plan(steps, holds);
    }
    if (leaving) {
      steps.add(new Step.StopContainer());
    }

    Observed base = observed;
    if (desired.state() == DesiredState.ABSENT || mustReload(observed, desired)) {
      unloadAll(observed, steps);
      base = Observed.NOTHING;
    }
    if (desired.state() != DesiredState.ABSENT) {
      bringUp(base, desired, steps);
    }
    return new Plan(steps, holds);
  }

  /** Does the container of this node have to end? */
  public static boolean isLeaving(Observed observed, Desired desired) {
    return observed.hasContainer()
        && (desired.state() != DesiredState.ONLINE || mustReload(observed, desired));
  }

  /** The modules keep their identity, as they keep their code, for as long as they are loaded. */
  private static boolean mustReload(Observed observed, Desired desired) {
    boolean otherIdentity =
        observed.identity().filter(is -> !is.equals(desired.identity())).isPresent();
    boolean otherVersion =
        desired.moduleVersion().isPresent()
            && observed.moduleVersion().isPresent()
            && !observed.moduleVersion().equals(desired.moduleVersion());
    return otherIdentity || otherVersion;
  }

  private static void unloadAll(Observed observed, List<Step> steps) {
    if (!observed.netDevices().isEmpty()) {
      steps.add(new Step.SetNetDevices(new TreeSet<>()));
    }
    for (int i = MODULES.size() - 1; i >= 0; i--) {
      if (observed.modules().contains(MODULES.get(i))) {
        steps.add(new Step.UnloadModule(MODULES.get(i)));
      }
    }
  }

  private static void bringUp(Observed base, Desired desired, List<Step> steps) {
    for (String module : MODULES) {
      if (!base.modules().contains(module)) {
        steps.add(new Step.LoadModule(module, parametersOf(module, desired)));
      }
    }
    if (!base.failureTolerance().equals(desired.failureTolerance())) {
      steps.add(new Step.SetFailureTolerance(desired.failureTolerance()));
    }
    if (!base.netDevices().equals(desired.netDevices())) {
      steps.add(new Step.SetNetDevices(desired.netDevices()));
    }
    if (!base.sharedMounts().equals(desired.sharedMounts())) {
      steps.add(new Step.SetSharedMounts(desired.sharedMounts()));
    }
    if (!base.rules().equals(desired.rules())) {
      steps.add(new Step.InstallCapabilityRules(desired.rules()));
    }
    if (desired.state() == DesiredState.ONLINE && !base.hasContainer()) {
      steps.add(new Step.StartContainer(desired.founder(), desired.others()));
    }
  }

  private static SortedMap<String, String> parametersOf(String module, Desired desired) {
    SortedMap<String, String> parameters = new TreeMap<>();
    if (module.equals(IDENTITY_MODULE)) {
      parameters.put("node_id", Integer.toString(desired.identity().nodeId()));
      parameters.put("session_id", Integer.toString(desired.identity().sessionId()));
    }
    return parameters;
  }

  /** Each process goes to the node that has the fewest by then. */
  private static void drain(
      Observed observed,
      Desired desired,
      DrainProgress drain,
      List<Step> steps,
      SortedMap<Integer, String> holds) {
    SortedMap<Integer, Integer> loads = targets(observed, desired);
    boolean kill =
        desired.drainPolicy() == DrainPolicy.KILL
            && drain.elapsed().compareTo(desired.drainTimeout()) >= 0;
    for (NodeProcess process : observed.guests()) {
      Optional<Integer> target =
          loads.entrySet().stream()
              .min(Map.Entry.comparingByValue(Comparator.naturalOrder()))
              .map(Map.Entry::getKey);
      boolean refused = drain.refusals().containsKey(process.pid());
      if (kill && (refused || target.isEmpty())) {
        steps.add(new Step.Kill(process.pid()));
      } else if (target.isPresent()) {
        steps.add(new Step.Migrate(process.pid(), target.get()));
        loads.merge(target.get(), 1, Integer::sum);
      } else {
        holds.put(process.pid(), "no other online node may take it");
      }
    }
  }

  private static SortedMap<Integer, Integer> targets(Observed observed, Desired desired) {
    SortedMap<Integer, Integer> loads = new TreeMap<>();
    if (observed.online()) {
      loads.putAll(observed.loads());
      observed.identity().ifPresent(self -> loads.remove(self.nodeId()));
      loads.keySet().removeAll(desired.unavailable());
    }
    return loads;
  }
}
