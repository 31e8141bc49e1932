// SPDX-License-Identifier: Apache-2.0
/** From a NodeConfig to what the node should be, and what the agent remembers on disk. */
package io.kerrighed.agent.config;
