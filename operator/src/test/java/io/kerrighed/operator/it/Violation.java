// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A good object with one fault.
 *
 * @param rule the field and the keyword of the schema that it breaks, such as spec.nodeId maximum
 * @param field how the server has to name the field
 */
record Violation(String rule, String field, JsonNode object) {
  private static final List<String> ODD_TEXTS = List.of("", " ", "!", "-", "ä b", "0x", "a b/");

  /** One for every keyword of a schema at every field that the samples have. */
  static Map<String, Violation> all(JSONSchemaProps schema, List<JsonNode> samples) {
    Map<String, Violation> found = new TreeMap<>();
    for (JsonNode sample : samples) {
      new Walk(sample, found).remove("spec");
      for (String part : List.of("spec", "status")) {
        if (sample.has(part)) {
          new Walk(sample, found).visit(schema.getProperties().get(part), sample, part, part);
        }
      }
    }
    return found;
  }

  /** Every field that a schema has, as a rule names it. */
  static void fields(JSONSchemaProps schema, String path, List<String> found) {
    found.add(path);
    schema.getProperties().forEach((name, child) -> fields(child, path + "." + name, found));
    if (schema.getItems() != null) {
      schema
          .getItems()
          .getSchema()
          .getProperties()
          .forEach((name, child) -> fields(child, path + "[]." + name, found));
    }
  }

  private record Walk(JsonNode sample, Map<String, Violation> found) {
    /**
     * @param parent holds the value under its last name or index
     * @param path names and indices, as the server writes them
     */
    void visit(JSONSchemaProps schema, JsonNode parent, String key, String path) {
      JsonNode value = parent.isArray() ? parent.get(0) : parent.get(key);
      List<JsonNode> none = List.of();
      add(path, "type", wrongType(schema));
      add(path, "enum", schema.getEnum().isEmpty() ? none : List.of(new TextNode("Nonsense")));
      add(path, "minimum", number(schema.getMinimum(), -1));
      add(path, "maximum", number(schema.getMaximum(), 1));
      add(path, "pattern", schema.getPattern() == null ? none : unlike(schema.getPattern()));
      add(
          path,
          "minLength",
          schema.getMinLength() == null
              ? none
              : List.of(new TextNode("a".repeat((int) (schema.getMinLength() - 1)))));
      add(
          path,
          "maxLength",
          schema.getMaxLength() == null
              ? none
              : List.of(new TextNode("a".repeat((int) (schema.getMaxLength() + 1)))));
      if (value instanceof ArrayNode array) {
        add(path, "maxItems", sized(array, schema.getMaxItems(), 1));
        add(path, "minItems", sized(array, schema.getMinItems(), -1));
        if (!array.isEmpty()) {
          visit(schema.getItems().getSchema(), array, "0", path + "[0]");
        }
      }
      if (value instanceof ObjectNode object && !schema.getProperties().isEmpty()) {
        for (String required : schema.getRequired()) {
          remove(path + "." + required);
        }
        add(path + ".nonsense", "unknown", List.of(new TextNode("x")));
        schema
            .getProperties()
            .forEach(
                (name, child) -> {
                  if (object.has(name)) {
                    visit(child, object, name, path + "." + name);
                  }
                });
      }
    }

    private static List<JsonNode> wrongType(JSONSchemaProps schema) {
      return List.of("string".equals(schema.getType()) ? new IntNode(7) : new TextNode("wrong"));
    }

    private static List<JsonNode> number(Double limit, int by) {
      return limit == null ? List.of() : List.of(new LongNode(limit.longValue() + by));
    }

    private static List<JsonNode> unlike(String pattern) {
      return ODD_TEXTS.stream()
          .filter(text -> !Pattern.compile(pattern).matcher(text).find())
          .limit(1)
          .<JsonNode>map(TextNode::new)
          .toList();
    }

    private static List<JsonNode> sized(ArrayNode array, Long limit, int by) {
      if (limit == null || array.isEmpty() || limit + by < 0) {
        return List.of();
      }
      ArrayNode changed = array.deepCopy().removeAll();
      Stream.generate(() -> array.get(0)).limit(limit + by).forEach(changed::add);
      return List.of(changed);
    }

    private void add(String path, String keyword, List<JsonNode> bad) {
      for (JsonNode value : bad) {
        put(path, keyword, value);
      }
    }

    private void remove(String path) {
      put(path, "required", null);
    }

    /** The sample with another value at a path; without the field if the value is null. */
    private void put(String path, String keyword, JsonNode value) {
      JsonNode copy = sample.deepCopy();
      List<String> steps = new ArrayList<>(List.of(path.replace("[0]", ".0").split("\\.")));
      String last = steps.remove(steps.size() - 1);
      JsonNode parent = copy;
      for (String step : steps) {
        parent = parent.isArray() ? parent.get(Integer.parseInt(step)) : parent.get(step);
      }
      if (parent instanceof ArrayNode array) {
        array.set(Integer.parseInt(last), value);
      } else if (value == null) {
        ((ObjectNode) parent).remove(last);
      } else {
        ((ObjectNode) parent).set(last, value);
      }
      String rule = path.replace("[0]", "[]") + " " + keyword;
      found.putIfAbsent(rule, new Violation(rule, path, copy));
    }
  }
}
