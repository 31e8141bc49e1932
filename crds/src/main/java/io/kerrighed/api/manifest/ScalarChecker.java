// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.validation.Reason;
import io.kerrighed.api.validation.Suggestions;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Single values: text, whole numbers, true and false; the API has no others. */
final class ScalarChecker {
  private static final List<String> CAPABILITIES =
      Arrays.stream(Capability.values()).map(Enum::name).sorted().toList();

  private final SchemaChecker parent;

  ScalarChecker(SchemaChecker parent) {
    this.parent = parent;
  }

  static String name(JSONSchemaProps schema) {
    return switch (schema.getType()) {
      case "integer" -> "a whole number";
      case "boolean" -> "true or false";
      default -> "text";
    };
  }

  Object check(ScalarNode node, JSONSchemaProps schema, String path) {
    return switch (schema.getType()) {
      case "integer" -> integer(node, schema, path);
      case "boolean" ->
          Tag.BOOL.equals(node.getTag())
              ? Boolean.valueOf(node.getValue())
              : parent.mistyped(node, name(schema), path);
      case "string" -> string(node, schema, path);
      default ->
          throw new IllegalStateException(path + " has the unknown type " + schema.getType());
    };
  }

  private Object integer(ScalarNode node, JSONSchemaProps schema, String path) {
    if (!Tag.INT.equals(node.getTag())) {
      return parent.mistyped(node, name(schema), path);
    }
    Object value = new CoreSchema().getSchemaTagConstructors().get(Tag.INT).construct(node);
    BigInteger number = new BigInteger(value.toString());
    double low = schema.getMinimum() == null ? Long.MIN_VALUE : schema.getMinimum();
    double high = schema.getMaximum() == null ? Long.MAX_VALUE : schema.getMaximum();
    if (number.doubleValue() < low || number.doubleValue() > high || number.bitLength() > 63) {
      parent.problem(
          node,
          Reason.INVALID_VALUE,
          "%s is %s, it must be from %.0f to %.0f"
              .formatted(path, SchemaChecker.shortened(node.getValue()), low, high));
      return null;
    }
    return number.longValue();
  }

  private Object string(ScalarNode node, JSONSchemaProps schema, String path) {
    if (!Tag.STR.equals(node.getTag())) {
      String hint =
          Tag.NULL.equals(node.getTag()) ? "text" : "text: write \"" + node.getValue() + "\"";
      return parent.mistyped(node, hint, path);
    }
    String text = node.getValue();
    if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
      return oneOf(node, schema.getEnum().stream().map(JsonNode::asText).toList(), path);
    }
    if (schema.getMaxLength() != null && text.length() > schema.getMaxLength()) {
      return refused(node, path, "is longer than " + schema.getMaxLength() + " characters");
    }
    if (schema.getMinLength() != null && text.length() < schema.getMinLength()) {
      return refused(node, path, "is too short");
    }
    if (schema.getPattern() != null && !Pattern.compile(schema.getPattern()).matcher(text).find()) {
      return refused(node, path, "does not match " + schema.getPattern());
    }
    return text;
  }

  private Object oneOf(ScalarNode node, List<String> allowed, String path) {
    if (allowed.contains(node.getValue())) {
      return node.getValue();
    }
    boolean capability = allowed.equals(CAPABILITIES);
    parent.problem(
        node,
        capability ? Reason.UNKNOWN_CAPABILITY : Reason.INVALID_VALUE,
        capability
            ? "unknown capability %s: %s"
                .formatted(
                    SchemaChecker.shortened(node.getValue()),
                    Suggestions.of(node.getValue(), allowed))
            : "%s is '%s': %s"
                .formatted(
                    path,
                    SchemaChecker.shortened(node.getValue()),
                    Suggestions.of(node.getValue(), allowed)));
    return null;
  }

  private Object refused(ScalarNode node, String path, String why) {
    parent.problem(
        node,
        Reason.INVALID_VALUE,
        "%s '%s' %s".formatted(path, SchemaChecker.shortened(node.getValue()), why));
    return null;
  }
}
