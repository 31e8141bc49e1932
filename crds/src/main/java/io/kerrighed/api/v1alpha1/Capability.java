// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import java.util.Arrays;
import java.util.List;

/** The capabilities of Kerrighed processes; the order is that of the kernel's numbers. */
public enum Capability {
  CHANGE_KERRIGHED_CAP(true),
  CAN_MIGRATE(true),
  DISTANT_FORK(true),
  FORK_DELAY(false),
  CHECKPOINTABLE(true),
  USE_REMOTE_MEMORY(true),
  USE_INTRA_CLUSTER_KERSTREAMS(false),
  USE_INTER_CLUSTER_KERSTREAMS(false),
  USE_WORLD_VISIBLE_KERSTREAMS(false),
  SEE_LOCAL_PROC_STAT(true),
  DEBUG(false),
  SYSCALL_EXIT_HOOK(false);

  private final boolean supported;

  Capability(boolean supported) {
    this.supported = supported;
  }

  /** False for historic capabilities: the kernel knows their names and refuses them. */
  public boolean supported() {
    return supported;
  }

  /** The bit of this capability in the kernel's sets. */
  public int mask() {
    return 1 << ordinal();
  }

  /** The capabilities that a process can be given. */
  public static List<Capability> allSupported() {
    return Arrays.stream(values()).filter(Capability::supported).toList();
  }
}
