// SPDX-License-Identifier: Apache-2.0
/** krgctl: the command for people who look after a cluster. */
package io.kerrighed.ctl;
