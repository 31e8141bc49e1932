// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
import io.kerrighed.api.validation.Suggestions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Turns YAML nodes into plain values and checks them against the schema of a CRD, as strictly as
 * the API server's {@code fieldValidation=Strict}; but it knows the line of each mistake. CEL rules
 * stay the server's.
 */
final class SchemaChecker {
  private final Consumer<Problem> problems;

  SchemaChecker(Consumer<Problem> problems) {
    this.problems = problems;
  }

  /** The value, or null if it is not of the type that the schema asks for. */
  Object check(Node node, JSONSchemaProps schema, String path) {
    if ("object".equals(schema.getType())) {
      return node instanceof MappingNode mapping
          ? object(mapping, schema, path)
          : mistyped(node, "a mapping", path);
    }
    if ("array".equals(schema.getType())) {
      return node instanceof SequenceNode sequence
          ? array(sequence, schema, path)
          : mistyped(node, "a list", path);
    }
    return node instanceof ScalarNode scalar
        ? new ScalarChecker(this).check(scalar, schema, path)
        : mistyped(node, ScalarChecker.name(schema), path);
  }

  /** The entries of a mapping; of a key that is there twice, the first. */
  Map<String, NodeTuple> entries(MappingNode mapping, String path) {
    Map<String, NodeTuple> entries = new LinkedHashMap<>();
    for (NodeTuple entry : mapping.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        problem(entry.getKeyNode(), Reason.INVALID_VALUE, "a key must be a word");
        continue;
      }
      NodeTuple first = entries.putIfAbsent(key.getValue(), entry);
      if (first != null) {
        problem(
            key,
            Reason.DUPLICATE_KEY,
            "%s is already given at %s"
                .formatted(join(path, key.getValue()), Positions.of(first.getKeyNode())));
      }
    }
    return entries;
  }

  private Map<String, Object> object(MappingNode mapping, JSONSchemaProps schema, String path) {
    Map<String, Object> object = new LinkedHashMap<>();
    Map<String, NodeTuple> entries = entries(mapping, path);
    entries.forEach(
        (name, entry) -> {
          JSONSchemaProps field = field(schema, name);
          if (field == null) {
            problem(
                entry.getKeyNode(),
                Reason.UNKNOWN_FIELD,
                "unknown field %s: %s"
                    .formatted(
                        join(path, name),
                        Suggestions.of(name, new TreeSet<>(schema.getProperties().keySet()))));
          } else {
            object.put(name, check(entry.getValueNode(), field, join(path, name)));
          }
        });
    for (String name : schema.getRequired()) {
      if (!entries.containsKey(name)) {
        problem(mapping, Reason.MISSING_FIELD, join(path, name) + " is missing");
      }
    }
    return object;
  }

  private static JSONSchemaProps field(JSONSchemaProps schema, String name) {
    JSONSchemaProps field = schema.getProperties().get(name);
    return field == null && schema.getAdditionalProperties() != null
        ? schema.getAdditionalProperties().getSchema()
        : field;
  }

  private List<Object> array(SequenceNode sequence, JSONSchemaProps schema, String path) {
    int size = sequence.getValue().size();
    if (schema.getMaxItems() != null && size > schema.getMaxItems()) {
      problem(
          sequence,
          Reason.INVALID_VALUE,
          "%s has %d entries, at most %d may be".formatted(path, size, schema.getMaxItems()));
    }
    if (schema.getMinItems() != null && size < schema.getMinItems()) {
      problem(
          sequence,
          Reason.INVALID_VALUE,
          "%s has %d entries, at least %d are needed".formatted(path, size, schema.getMinItems()));
    }
    List<Object> array = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      array.add(
          check(sequence.getValue().get(i), schema.getItems().getSchema(), path + "[" + i + "]"));
    }
    return array;
  }

  Object mistyped(Node node, String expected, String path) {
    problem(
        node,
        Reason.INVALID_VALUE,
        "%s must be %s, not %s"
            .formatted(path.isEmpty() ? "this" : path, expected, describe(node)));
    return null;
  }

  private static String describe(Node node) {
    if (node instanceof ScalarNode scalar) {
      return Tag.NULL.equals(node.getTag()) ? "empty" : "'" + shortened(scalar.getValue()) + "'";
    }
    return node instanceof MappingNode ? "a mapping" : "a list";
  }

  static String shortened(String text) {
    return text.length() <= 64 ? text : text.substring(0, 61) + "...";
  }

  void problem(Node node, Reason reason, String message) {
    problems.accept(new Problem(Positions.of(node), reason, message));
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
