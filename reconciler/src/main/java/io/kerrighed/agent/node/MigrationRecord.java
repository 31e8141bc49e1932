// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

/**
 * A migration that ended well, as the kernel measured it.
 *
 * @param to id of the node that the process went to
 * @param freezeMillis how long it stood still
 * @param totalMillis from the request to its end
 */
public record MigrationRecord(
    int pid, String comm, int to, double freezeMillis, double totalMillis) {}
