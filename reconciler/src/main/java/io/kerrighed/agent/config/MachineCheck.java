// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.config;

import io.kerrighed.agent.node.Machine;
import java.util.Locale;
import java.util.Optional;

/** Is a NodeConfig meant for this machine? An agent on another one must not act. */
public final class MachineCheck {
  private MachineCheck() {}

  /** Empty when every name that is given fits; else a sentence that says which does not. */
  public static Optional<String> mismatch(io.kerrighed.api.v1alpha1.Machine wanted, Machine here) {
    if (wanted.machineId() != null && !wanted.machineId().equals(here.machineId())) {
      return differs("machine-id", wanted.machineId(), here.machineId());
    }
    if (wanted.hostname() != null && !wanted.hostname().equalsIgnoreCase(here.hostname())) {
      return differs("host name", wanted.hostname(), here.hostname());
    }
    if (wanted.mac() != null && !here.macs().contains(wanted.mac().toLowerCase(Locale.ROOT))) {
      return differs("Ethernet address", wanted.mac(), String.join(", ", here.macs()));
    }
    return Optional.empty();
  }

  private static Optional<String> differs(String what, String wanted, String here) {
    return Optional.of(
        "this is another machine: the configuration is for %s %s, this one has '%s'; correct spec.machine of the KerrighedNode"
            .formatted(what, wanted, here));
  }
}
