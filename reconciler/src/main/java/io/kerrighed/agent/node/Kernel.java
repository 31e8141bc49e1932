// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * The kernel of this node as the agent uses it. Every method that changes something either does all
 * of it or throws {@link KernelException} and has changed nothing, except where it says otherwise.
 */
public interface Kernel {

  /** What the machine is. */
  Machine machine();

  /** The state now. Reading never changes anything and works with no module loaded. */
  Observed observe();

  /**
   * The version of our modules on disk, which is what will be loaded.
   *
   * @throws KernelException with what is wrong there: one is missing, or two have two versions
   */
  String installedVersion();

  /**
   * Loads one of our modules.
   *
   * @throws KernelException {@code EEXIST} when it is loaded already, {@code ENOENT} when there is
   *     no such file or a symbol is missing
   */
  void loadModule(String name, SortedMap<String, String> parameters);

  /**
   * Unloads one of our modules.
   *
   * @throws KernelException {@code ENOENT} when it is not loaded, {@code EBUSY} or {@code EAGAIN}
   *     while something uses it
   */
  void unloadModule(String name);

  /**
   * Makes exactly these network devices carry the interconnect. A failure may leave some of them
   * changed; the next observation shows which.
   */
  void setNetDevices(SortedSet<String> devices);

  /**
   * Sets the longest silence before a node is taken for dead, for network devices that carry the
   * interconnect later too.
   *
   * @throws KernelException {@code EINVAL} outside of 100 ms to 30 s
   */
  void setFailureTolerance(Duration tolerance);

  /** Names the mount points that hold the same files on all nodes. */
  void setSharedMounts(SortedSet<String> mountPoints);

  /** Replaces the whole table of capability profiles. */
  void installCapabilityRules(List<CapabilityRule> rules);

  /**
   * Starts the container and returns when its init runs. The node comes online by itself
   * afterwards, as soon as it has founded a cluster or one has let it in.
   *
   * @param found start a cluster of its own if none is there; else wait for one
   * @param others ids of nodes that a founder looks for first, for some seconds: one of them may be
   *     in a cluster that is there already
   * @throws KernelException {@code EALREADY} when there is a container
   */
  void startContainer(boolean found, Set<Integer> others);

  /** Ends the container; the node leaves the cluster in good order. Returns when it is gone. */
  void stopContainer();

  /**
   * Moves a process of the container that runs here to another node, and waits for it.
   *
   * @throws KernelException with the kernel's sentence; the process then runs on here, unharmed
   */
  void migrate(int pid, int node);

  /**
   * Sends SIGKILL to a process of the container that runs here. {@code ESRCH} if it is not here.
   */
  void kill(int pid);
}
