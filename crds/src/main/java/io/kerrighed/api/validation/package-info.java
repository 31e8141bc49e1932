// SPDX-License-Identifier: Apache-2.0
/** What a configuration must fulfil beyond its schema; shared by every program that reads one. */
package io.kerrighed.api.validation;
