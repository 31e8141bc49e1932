// SPDX-License-Identifier: Apache-2.0
/**
 * What a node is: the state of its kernel as records, and the interface through which it changes.
 */
package io.kerrighed.agent.node;
