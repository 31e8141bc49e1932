// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.validation;

import io.kerrighed.api.v1alpha1.KerrighedNode;
import java.util.Map;

/** Node selectors. */
public final class Selectors {
  private Selectors() {}

  /** Has the node every label of the selector, with the same value? True for an empty one. */
  public static boolean matches(Map<String, String> selector, KerrighedNode node) {
    return node.getSpec().labels().entrySet().containsAll(selector.entrySet());
  }
}
