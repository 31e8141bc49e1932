// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import io.kerrighed.agent.node.CapabilityRule;
import io.kerrighed.agent.node.Kernel;
import io.kerrighed.agent.node.NodeProcess;
import io.kerrighed.agent.node.Observed;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** One change of the kernel's state. Immutable; its {@code toString} is for people. */
public sealed interface Step {

  /** Makes the change, or throws {@link io.kerrighed.agent.node.KernelException}. */
  void apply(Kernel kernel);

  /** Does this observation show the change? */
  boolean visibleIn(Observed observed);

  /** May later steps of the plan still run when this one has failed? */
  default boolean optional() {
    return false;
  }

  /** Loads a module. */
  record LoadModule(String name, SortedMap<String, String> parameters) implements Step {
    public LoadModule {
      parameters = Collections.unmodifiableSortedMap(new TreeMap<>(Map.copyOf(parameters)));
    }

    @Override
    public void apply(Kernel kernel) {
      kernel.loadModule(name, parameters);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.modules().contains(name);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder("load module ").append(name);
      parameters.forEach((key, value) -> text.append(' ').append(key).append('=').append(value));
      return text.toString();
    }
  }

  /** Unloads a module. */
  record UnloadModule(String name) implements Step {
    @Override
    public void apply(Kernel kernel) {
      kernel.unloadModule(name);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return !observed.modules().contains(name);
    }

    @Override
    public String toString() {
      return "unload module " + name;
    }
  }

  /** Chooses the network devices of the interconnect. */
  record SetNetDevices(SortedSet<String> devices) implements Step {
    public SetNetDevices {
      devices = Collections.unmodifiableSortedSet(new TreeSet<>(devices));
    }

    @Override
    public void apply(Kernel kernel) {
      kernel.setNetDevices(devices);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.netDevices().equals(devices);
    }

    @Override
    public String toString() {
      return "set interconnect devices " + devices;
    }
  }

  /** Sets the longest silence before a node is taken for dead. */
  record SetFailureTolerance(Duration tolerance) implements Step {
    @Override
    public void apply(Kernel kernel) {
      kernel.setFailureTolerance(tolerance);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.failureTolerance().equals(tolerance);
    }

    @Override
    public String toString() {
      return "set failure tolerance " + tolerance.toMillis() + "ms";
    }
  }

  /** Names the shared mounts. */
  record SetSharedMounts(SortedSet<String> mountPoints) implements Step {
    public SetSharedMounts {
      mountPoints = Collections.unmodifiableSortedSet(new TreeSet<>(mountPoints));
    }

    @Override
    public void apply(Kernel kernel) {
      kernel.setSharedMounts(mountPoints);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.sharedMounts().equals(mountPoints);
    }

    @Override
    public String toString() {
      return "set shared mounts " + mountPoints;
    }
  }

  /** Replaces the table of capability profiles. */
  record InstallCapabilityRules(List<CapabilityRule> rules) implements Step {
    public InstallCapabilityRules {
      rules = List.copyOf(rules);
    }

    @Override
    public void apply(Kernel kernel) {
      kernel.installCapabilityRules(rules);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.rules().equals(rules);
    }

    @Override
    public String toString() {
      return "install capability rules "
          + rules.stream().map(CapabilityRule::name).distinct().toList();
    }
  }

  /** Starts the container; the node joins the cluster, or founds it. */
  record StartContainer(boolean found, Set<Integer> others) implements Step {
    public StartContainer {
      others = Set.copyOf(others);
    }

    @Override
    public void apply(Kernel kernel) {
      kernel.startContainer(found, others);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.hasContainer();
    }

    @Override
    public String toString() {
      return found ? "start the container and found the cluster" : "start the container and join";
    }
  }

  /** Ends the container; the node leaves the cluster. */
  record StopContainer() implements Step {
    @Override
    public void apply(Kernel kernel) {
      kernel.stopContainer();
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return !observed.hasContainer();
    }

    @Override
    public String toString() {
      return "stop the container and leave the cluster";
    }
  }

  /** Moves a process away. A refusal does not keep the others from being moved. */
  record Migrate(int pid, int node) implements Step {
    @Override
    public void apply(Kernel kernel) {
      kernel.migrate(pid, node);
    }

    @Override
    public boolean visibleIn(Observed observed) {
      return observed.processes().stream().mapToInt(NodeProcess::pid).noneMatch(p -> p == pid);
    }

    @Override
    public boolean optional() {
      return true;
    }

    @Override
    public String toString() {
      return "migrate process " + pid + " to node " + node;
    }
  }

  /** Kills a process that could not move in time. */
  record Kill(int pid) implements Step {
    @Override
    public void apply(Kernel kernel) {
      kernel.kill(pid);
    }

    /** True at once: a process goes when it has been scheduled, so the next round looks again. */
    @Override
    public boolean visibleIn(Observed observed) {
      return true;
    }

    @Override
    public boolean optional() {
      return true;
    }

    @Override
    public String toString() {
      return "kill process " + pid + ", which could not move in time";
    }
  }
}
