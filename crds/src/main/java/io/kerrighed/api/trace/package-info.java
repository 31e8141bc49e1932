// SPDX-License-Identifier: Apache-2.0
/** Traces of a push on its way from Git to the kernels. */
package io.kerrighed.api.trace;
