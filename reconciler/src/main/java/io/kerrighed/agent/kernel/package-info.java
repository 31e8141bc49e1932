// SPDX-License-Identifier: Apache-2.0
/** The real kernel. The only package that uses JNA. */
package io.kerrighed.agent.kernel;
