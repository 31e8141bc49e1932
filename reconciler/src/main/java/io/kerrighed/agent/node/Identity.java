// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

/**
 * Who a node is on the interconnect. Given to the kernel when krg_rpc is loaded, and fixed until it
 * is unloaded.
 *
 * @param nodeId 1 to 127
 * @param sessionId 1 to 9999; nodes of different sessions do not see each other
 */
public record Identity(int nodeId, int sessionId) {}
