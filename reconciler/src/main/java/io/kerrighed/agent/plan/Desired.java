// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.plan;

import io.kerrighed.agent.node.CapabilityRule;
import io.kerrighed.agent.node.Identity;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What this node should be.
 *
 * @param state how far it takes part
 * @param identity on the interconnect
 * @param founder may it start a cluster when none is there?
 * @param netDevices that carry the interconnect
 * @param failureTolerance the longest silence before a node is taken for dead
 * @param sharedMounts mount points that hold the same files on all nodes
 * @param rules capability profiles, the first match wins
 * @param others ids of the other nodes that should be members
 * @param unavailable ids of nodes that must not be given processes, because they are to leave
 * @param drainTimeout how long a process may hold up the node's leaving
 * @param drainPolicy what happens to it then
 * @param moduleVersion of the modules that should be loaded and that are on disk; empty: whatever
 *     is loaded
 */
public record Desired(
    DesiredState state,
    Identity identity,
    boolean founder,
    SortedSet<String> netDevices,
    Duration failureTolerance,
    SortedSet<String> sharedMounts,
    List<CapabilityRule> rules,
    Set<Integer> others,
    Set<Integer> unavailable,
    Duration drainTimeout,
    DrainPolicy drainPolicy,
    Optional<String> moduleVersion) {

  /** Defensive copies. */
  public Desired {
    netDevices = Collections.unmodifiableSortedSet(new TreeSet<>(netDevices));
    sharedMounts = Collections.unmodifiableSortedSet(new TreeSet<>(sharedMounts));
    rules = List.copyOf(rules);
    unavailable = Set.copyOf(unavailable);
  }
}
