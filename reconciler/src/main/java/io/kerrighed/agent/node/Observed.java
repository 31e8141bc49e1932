// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The state of a node as its kernel tells it.
 *
 * @param modules names of our modules that are loaded
 * @param moduleVersion version of the loaded modules; empty when none is loaded or it has none
 * @param identity empty while krg_rpc is not loaded
 * @param netDevices network devices that carry the interconnect
 * @param failureTolerance the longest silence before a node is taken for dead; zero: nobody has set
 *     it since the modules were loaded
 * @param sharedMounts mount points that hold the same files on all nodes
 * @param rules the table of capability profiles, in its order
 * @param containerInit PID of the container's init outside the container; empty: no container
 * @param online is this node a member of the cluster?
 * @param loads processes of the cluster on each online node, by node id
 * @param viewEpoch number of the view of the cluster; 0 outside a cluster
 * @param processes of the container on this node, its init included
 * @param migrations away from this node that ended well, newest first; the kernel keeps a few
 */
public record Observed(
    SortedSet<String> modules,
    Optional<String> moduleVersion,
    Optional<Identity> identity,
    SortedSet<String> netDevices,
    Duration failureTolerance,
    SortedSet<String> sharedMounts,
    List<CapabilityRule> rules,
    OptionalInt containerInit,
    boolean online,
    SortedMap<Integer, Integer> loads,
    long viewEpoch,
    List<NodeProcess> processes,
    List<MigrationRecord> migrations) {

  /** A kernel with none of our modules. */
  public static final Observed NOTHING =
      new Observed(
          new TreeSet<>(),
          Optional.empty(),
          Optional.empty(),
          new TreeSet<>(),
          Duration.ZERO,
          new TreeSet<>(),
          List.of(),
          OptionalInt.empty(),
          false,
          new TreeMap<>(),
          0,
          List.of(),
          List.of());

  /** Defensive copies: an observation never changes afterwards. */
  public Observed {
    modules = Collections.unmodifiableSortedSet(new TreeSet<>(modules));
    netDevices = Collections.unmodifiableSortedSet(new TreeSet<>(netDevices));
    sharedMounts = Collections.unmodifiableSortedSet(new TreeSet<>(sharedMounts));
    rules = List.copyOf(rules);
    loads = Collections.unmodifiableSortedMap(new TreeMap<>(Map.copyOf(loads)));
    processes = List.copyOf(processes);
    migrations = List.copyOf(migrations);
  }

  /** Is there a container on this node, whether or not it is in the cluster yet? */
  public boolean hasContainer() {
    return containerInit.isPresent();
  }

  /** The processes that somebody started: all but the container's init. */
  public List<NodeProcess> guests() {
    return processes.stream().filter(process -> !process.isInit()).toList();
  }
}
