// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

/**
 * What a lab consists of.
 *
 * @param nodes how many, with the ids 1 to this
 * @param kernel series, {@code 6.12} or {@code 6.1}
 * @param cluster whether the modules are loaded and the Kerrighed cluster runs
 * @param mtu what the cluster network carries in one frame, in bytes without the Ethernet header
 * @param memoryMb of each node
 */
record Shape(int nodes, String kernel, boolean cluster, int mtu, int memoryMb) {
  /** Node ids go into an address's last byte and a PID's upper bits. */
  static final int MAX_NODES = 16;

  /** Jumbo frames, as a network between the PCs of a cluster has them. */
  static final int DEFAULT_MTU = 9000;

  static final int DEFAULT_MEMORY_MB = 512;

  /** What IPv6, and with it any Linux interface, needs at least. */
  private static final int MIN_MTU = 1280;

  /** What virtio's largest buffers hold. */
  private static final int MAX_MTU = 65535;

  Shape {
    if (nodes < 1 || nodes > MAX_NODES) {
      throw new LabException("a lab has 1 to %d nodes".formatted(MAX_NODES));
    }
    if (mtu < MIN_MTU || mtu > MAX_MTU) {
      throw new LabException("an MTU is %d to %d bytes".formatted(MIN_MTU, MAX_MTU));
    }
  }

  /** With as much memory as most need. */
  Shape(int nodes, String kernel, boolean cluster, int mtu) {
    this(nodes, kernel, cluster, mtu, DEFAULT_MEMORY_MB);
  }
}
