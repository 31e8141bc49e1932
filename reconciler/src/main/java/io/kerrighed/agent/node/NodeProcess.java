// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

/**
 * A process of the container that runs on this node.
 *
 * @param pid in the container
 * @param home node id of its home node
 * @param uid its user
 * @param threads how many it has
 * @param comm its short name
 * @param state letter as in {@code /proc/<pid>/stat}
 */
public record NodeProcess(int pid, int home, int uid, int threads, String comm, String state) {

  /** The container's init stays until the container ends; it is nobody's to move. */
  public boolean isInit() {
    return pid == 1;
  }
}
