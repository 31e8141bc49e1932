// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.validation;

/** Kinds of problems, as conditions name them. */
public enum Reason {
  INVALID_YAML("InvalidYAML"),
  TOO_LARGE("TooLarge"),
  DUPLICATE_KEY("DuplicateKey"),
  UNKNOWN_KIND("UnknownKind"),
  UNKNOWN_FIELD("UnknownField"),
  MISSING_FIELD("MissingField"),
  INVALID_VALUE("InvalidValue"),
  UNKNOWN_CAPABILITY("UnknownCapability"),
  DUPLICATE_OBJECT("DuplicateObject"),
  CLUSTER_COUNT("ClusterCount"),
  NO_NODES("NoNodes"),
  DUPLICATE_NODE_ID("DuplicateNodeId"),
  DUPLICATE_MACHINE("DuplicateMachine"),
  SELECTOR_MATCHES_NOTHING("SelectorMatchesNothing");

  private final String text;

  Reason(String text) {
    this.text = text;
  }

  /** The reason in the CamelCase of conditions. */
  public String text() {
    return text;
  }
}
