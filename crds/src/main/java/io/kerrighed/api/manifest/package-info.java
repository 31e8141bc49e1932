// SPDX-License-Identifier: Apache-2.0
/** Reads YAML that people write into objects, and says file, line and column of every mistake. */
package io.kerrighed.api.manifest;
