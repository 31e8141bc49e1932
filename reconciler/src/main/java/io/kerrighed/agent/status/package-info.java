// SPDX-License-Identifier: Apache-2.0
/** What the agent says about its node. Pure: nothing here talks to the kernel or the API server. */
package io.kerrighed.agent.status;
