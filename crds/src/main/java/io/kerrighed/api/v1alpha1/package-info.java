// SPDX-License-Identifier: Apache-2.0
/**
 * The kinds of the API group {@code kerrighed.io}, version {@code v1alpha1}; all cluster-scoped.
 */
package io.kerrighed.api.v1alpha1;
