// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.kerrighed.api.Crds;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
import io.kerrighed.api.validation.Suggestions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads objects, each against the schema of its kind. */
final class ManifestReader {
  /** The kinds that people write; the others are written by programs. */
  private static final Map<String, Class<? extends HasMetadata>> KINDS =
      new TreeMap<>(
          Map.of(
              "KerrighedCluster", KerrighedCluster.class,
              "KerrighedNode", KerrighedNode.class,
              "CapabilitySet", CapabilitySet.class));

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();
  private static final Map<String, JSONSchemaProps> SCHEMAS = schemas();

  private final Consumer<Problem> problems;
  private int problemCount;

  ManifestReader(Consumer<Problem> problems) {
    this.problems =
        problem -> {
          problemCount++;
          problems.accept(problem);
        };
  }

  /** The object in a document; empty, and the problems told, if it is not well formed. */
  Optional<Manifest> read(Node document) {
    int before = problemCount;
    SchemaChecker checker = new SchemaChecker(problems);
    if (!(document instanceof MappingNode mapping)) {
      checker.mistyped(document, "an object with apiVersion, kind, metadata and spec", "");
      return Optional.empty();
    }
    Optional<String> kind = kind(checker, mapping);
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    Object content = checker.check(document, SCHEMAS.get(kind.get()), "");
    if (problemCount > before) {
      return Optional.empty();
    }
    @SuppressWarnings("unchecked")
    Map<String, Object> fields = (Map<String, Object>) content;
    HasMetadata object = SERIALIZATION.convertValue(fields, KINDS.get(kind.get()));
    return Optional.of(new Manifest(document, fields, object));
  }

  private Optional<String> kind(SchemaChecker checker, MappingNode mapping) {
    Optional<ScalarNode> version = word(mapping, "apiVersion");
    Optional<ScalarNode> kind = word(mapping, "kind");
    if (version.isEmpty() || kind.isEmpty()) {
      String missing = version.isEmpty() ? "apiVersion" : "kind";
      checker.problem(mapping, Reason.MISSING_FIELD, missing + " is missing");
      return Optional.empty();
    }
    if (!version.get().getValue().equals(Api.API_VERSION)) {
      checker.problem(
          version.get(),
          Reason.UNKNOWN_KIND,
          "apiVersion %s is not read from Git, only %s"
              .formatted(SchemaChecker.shortened(version.get().getValue()), Api.API_VERSION));
      return Optional.empty();
    }
    if (!KINDS.containsKey(kind.get().getValue())) {
      String name = SchemaChecker.shortened(kind.get().getValue());
      checker.problem(
          kind.get(),
          Reason.UNKNOWN_KIND,
          "kind %s is not read from Git: %s".formatted(name, Suggestions.of(name, KINDS.keySet())));
      return Optional.empty();
    }
    return Optional.of(kind.get().getValue());
  }

  private static Optional<ScalarNode> word(MappingNode mapping, String name) {
    return mapping.getValue().stream()
        .filter(
            entry -> entry.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name))
        .map(NodeTuple::getValueNode)
        .filter(ScalarNode.class::isInstance)
        .map(ScalarNode.class::cast)
        .findFirst();
  }

  private static Map<String, JSONSchemaProps> schemas() {
    return Crds.all().stream()
        .filter(crd -> KINDS.containsKey(crd.getSpec().getNames().getKind()))
        .collect(
            Collectors.toMap(
                crd -> crd.getSpec().getNames().getKind(), crd -> whole(Crds.schema(crd))));
  }

  /** Adds what every object has to the schema of a CRD; status is not for people to write. */
  private static JSONSchemaProps whole(JSONSchemaProps crd) {
    JSONSchemaProps text = new JSONSchemaPropsBuilder().withType("string").build();
    JSONSchemaProps texts =
        new JSONSchemaPropsBuilder()
            .withType("object")
            .withNewAdditionalProperties()
            .withSchema(text)
            .endAdditionalProperties()
            .build();
    JSONSchemaProps name =
        new JSONSchemaPropsBuilder()
            .withType("string")
            .withPattern(Api.NAME)
            .withMaxLength(63L)
            .build();
    JSONSchemaProps metadata =
        new JSONSchemaPropsBuilder()
            .withType("object")
            .addToProperties("name", name)
            .addToProperties("labels", texts)
            .addToProperties("annotations", texts)
            .withRequired("name")
            .build();
    return new JSONSchemaPropsBuilder()
        .withType("object")
        .addToProperties("apiVersion", text)
        .addToProperties("kind", text)
        .addToProperties("metadata", metadata)
        .addToProperties("spec", crd.getProperties().get("spec"))
        .withRequired("metadata", "spec")
        .build();
  }
}
