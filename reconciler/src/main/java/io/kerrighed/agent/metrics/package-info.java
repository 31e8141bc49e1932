// SPDX-License-Identifier: Apache-2.0
/** What the agent tells Prometheus. */
package io.kerrighed.agent.metrics;
