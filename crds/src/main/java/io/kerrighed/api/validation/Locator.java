// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.validation;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** Tells where a person finds a field of an object. */
@FunctionalInterface
public interface Locator {
  /** For objects that come from the API server, and so from no file. */
  Locator BY_NAME =
      (object, path) ->
          object.getKind() + "/" + object.getMetadata().getName() + " " + String.join(".", path);

  /**
   * @param path names of fields, and indices, from the root of the object; the closest parent that
   *     the object has is what is located
   */
  String where(HasMetadata object, String... path);
}
