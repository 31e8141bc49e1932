// SPDX-License-Identifier: Apache-2.0
/** Signatures of commits and tags. */
package io.kerrighed.operator.verify;
