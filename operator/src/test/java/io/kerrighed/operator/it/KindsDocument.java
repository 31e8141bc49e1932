// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.kerrighed.api.Crds;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The kinds as kubectl shows and explains them, in Markdown. */
final class KindsDocument {
  private final Function<String[], String> kubectl;
  private final StringBuilder text = new StringBuilder();

  /** Descriptions of parts that several kinds have, such as conditions: once is enough. */
  private final Set<String> explained = new HashSet<>();

  KindsDocument(Function<String[], String> kubectl) {
    this.kubectl = kubectl;
  }

  String text() {
    text.append(
        """
        # The kinds

        What `kubectl get` and `kubectl explain` say of every kind. This file is written by a test, which fails when
        they say something else: `mvn -pl operator verify -Dit.test=KubectlIT -Dkerrighed.docs.write=true` writes it anew.
        """);
    Crds.all().forEach(this::kind);
    return text.toString();
  }

  private void kind(CustomResourceDefinition crd) {
    String name = crd.getSpec().getNames().getSingular();
    JSONSchemaProps schema = Crds.schema(crd);
    text.append("\n## %s\n%s\n".formatted(Kinds.kind(crd), schema.getDescription()));
    block("get", Kinds.plural(crd));
    block("get", Kinds.plural(crd), "-o", "wide");
    explain(name + ".spec", schema.getProperties().get("spec"));
    explain(name + ".status", schema.getProperties().get("status"));
  }

  private void explain(String path, JSONSchemaProps schema) {
    JSONSchemaProps object = schema.getItems() == null ? schema : schema.getItems().getSchema();
    if (object.getProperties().isEmpty() || !explained.add(shape(path, object))) {
      return;
    }
    block("explain", path);
    object.getProperties().forEach((name, child) -> explain(path + "." + name, child));
  }

  /** Specs and statuses are never the same thing, even if they look alike. */
  private static String shape(String path, JSONSchemaProps object) {
    String own = path.endsWith(".spec") || path.endsWith(".status") ? path : "";
    return own
        + object.getProperties().entrySet().stream()
            .map(entry -> entry.getKey() + entry.getValue().getDescription())
            .collect(Collectors.joining());
  }

  private void block(String... words) {
    String out =
        kubectl
            .apply(words)
            .lines()
            // the same for all of a kind, or different each time
            .filter(line -> !line.matches("(GROUP|KIND|VERSION):.*"))
            .map(line -> line.replaceFirst("([0-9]+[hms])+$", "5m").stripTrailing())
            .collect(Collectors.joining("\n"));
    text.append("\n```\n$ kubectl %s\n%s\n```\n".formatted(String.join(" ", words), out.strip()));
  }
}
