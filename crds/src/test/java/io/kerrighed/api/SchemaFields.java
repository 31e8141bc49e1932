// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.List;

/** Walks the schema of a CRD. */
final class SchemaFields {
  private SchemaFields() {}

  static List<String> withoutDescription(CustomResourceDefinition crd) {
    List<String> found = new ArrayList<>();
    crd.getSpec()
        .getVersions()
        .forEach(v -> visit(v.getName(), v.getSchema().getOpenAPIV3Schema(), found));
    return found;
  }

  private static void visit(String path, JSONSchemaProps schema, List<String> found) {
    if (schema.getDescription() == null || schema.getDescription().isBlank()) {
      found.add(path);
    }
    schema.getProperties().forEach((name, child) -> visit(path + "." + name, child, found));
    if (schema.getItems() != null) {
      schema
          .getItems()
          .getSchema()
          .getProperties()
          .forEach((name, child) -> visit(path + "[]." + name, child, found));
    }
  }
}
