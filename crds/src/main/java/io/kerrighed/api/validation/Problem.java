// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.validation;

/**
 * Something wrong with a configuration.
 *
 * @param where file:line:column if the object was read from a file, else its kind and name;
 *     'configuration' for what is missing altogether
 */
public record Problem(String where, Reason reason, String message) {
  @Override
  public String toString() {
    return where + ": " + message;
  }
}
