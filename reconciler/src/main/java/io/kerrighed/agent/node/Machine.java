// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import java.util.Set;

/**
 * What does not change while the machine is up.
 *
 * @param machineId content of {@code /etc/machine-id}; empty when there is none
 * @param hostname without domain
 * @param macs addresses of its Ethernet devices, in lower case with colons
 * @param bootId another one after each boot
 * @param kernelRelease as {@code uname -r} says
 * @param cpus online processors
 * @param memoryBytes as {@code MemTotal} says
 */
public record Machine(
    String machineId,
    String hostname,
    Set<String> macs,
    String bootId,
    String kernelRelease,
    int cpus,
    long memoryBytes) {

  /** Defensive copy. */
  public Machine {
    macs = Set.copyOf(macs);
  }
}
