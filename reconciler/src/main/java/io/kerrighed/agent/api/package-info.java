// SPDX-License-Identifier: Apache-2.0
/** The API server: where the node's configuration comes from and its status goes to. */
package io.kerrighed.agent.api;
