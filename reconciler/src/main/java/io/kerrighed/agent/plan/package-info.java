// SPDX-License-Identifier: Apache-2.0
/** The pure core: what is wanted, the steps that lead there, and the running of them. */
package io.kerrighed.agent.plan;
