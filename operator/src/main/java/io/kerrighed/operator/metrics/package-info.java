// SPDX-License-Identifier: Apache-2.0
/** What the operator tells Prometheus. */
package io.kerrighed.operator.metrics;
