// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.kerrighed.api.Crds;
import io.kerrighed.api.v1alpha1.Api;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The API server itself refuses an object that breaks any rule of its kind, and names the field.
 */
@Execution(ExecutionMode.CONCURRENT)
class ValidationIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A bad object for each rule that is written in CEL, by the rule's message. */
  private static final Path BAD = Path.of("src/test/resources/samples/bad.json");

  @TempDir static Path directory;
  private static Kinds kinds;

  @BeforeAll
  static void start() throws IOException {
    kinds = new Kinds(directory);
    for (CustomResourceDefinition crd : Crds.all()) {
      Kinds.samples(crd).forEach(sample -> kinds.store(crd, sample));
    }
  }

  @AfterAll
  static void stop() {
    kinds.close();
  }

  static List<CustomResourceDefinition> crds() {
    return Crds.all();
  }

  @ParameterizedTest
  @MethodSource("crds")
  void theSamplesHaveEveryField(CustomResourceDefinition crd) {
    List<String> fields = new ArrayList<>();
    for (String part : List.of("spec", "status")) {
      Violation.fields(Crds.schema(crd).getProperties().get(part), part, fields);
    }
    assertThat(violations(crd).keySet())
        .as("rules that the samples of %s can break", Kinds.kind(crd))
        .containsAll(fields.stream().map(field -> field + " type").toList());
  }

  @ParameterizedTest
  @MethodSource("crds")
  void everyKeywordOfTheSchemaIsEnforcedAndNamesTheField(CustomResourceDefinition crd) {
    List<String> wrong = new ArrayList<>();
    violations(crd)
        .values()
        .forEach(
            violation -> {
              boolean status = violation.rule().startsWith("status");
              String said = kinds.refusal(crd, violation.object(), status);
              if (said == null || !said.contains(violation.field())) {
                wrong.add(violation.rule() + ": " + said);
              }
            });
    assertThat(wrong).isEmpty();
    assertThat(violations(crd)).hasSizeGreaterThan(10);
  }

  private static Map<String, Violation> violations(CustomResourceDefinition crd) {
    return Violation.all(Crds.schema(crd), Kinds.samples(crd));
  }

  /** Each example is [kind, message of the rule, field that has to be named, merge patch]. */
  @Test
  void everyRuleBetweenFieldsIsEnforcedAndNamesTheField() throws IOException {
    Map<String, CustomResourceDefinition> byKind = new TreeMap<>();
    TreeSet<String> rules = new TreeSet<>();
    for (CustomResourceDefinition crd : Crds.all()) {
      byKind.put(Kinds.kind(crd), crd);
      messages(Crds.schema(crd), Kinds.kind(crd), rules);
    }
    TreeSet<String> tried = new TreeSet<>();
    for (JsonNode example : JSON.readTree(BAD.toFile())) {
      CustomResourceDefinition crd = byKind.get(example.get(0).asText());
      String message = example.get(1).asText();
      tried.add(Kinds.kind(crd) + ": " + message);
      JsonNode sample = Kinds.samples(crd).get(0);
      assertThat(refusal(crd, sample, example.get(3)))
          .as("%s with %s", Kinds.kind(crd), example.get(3))
          .isNotNull()
          .contains(message)
          .contains(example.get(2).asText());
    }
    assertThat(tried).as("rules with a bad example").isEqualTo(rules);
  }

  /** Fields of the spec, in YAML's flow style, and what the refusal says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          url: 'ssh://git@example.org/lab.git'                            | spec.credentialsSecret: Invalid value: "object": an ssh:// repository needs credentialsSecret
          url: 'file:///srv/lab.git', credentialsSecret: git              | a file:// repository takes no credentials
          url: 'ssh://git:secret@example.org/lab', credentialsSecret: git | spec.url: Invalid value
          url: 'git@example.org:lab.git', credentialsSecret: git          | spec.url: Invalid value
          url: 'http://example.org/lab.git'                               | spec.url: Invalid value
          url: 'https://me:secret@example.org/lab.git'                    | spec.url: Invalid value
          credentialsSecret: 'a/b'                  | spec.credentialsSecret: Invalid value
          branch: main, tag: v1                     | only one of branch, tag, semver and commit may be given
          tag: v1, semver: 1.x                      | only one of branch, tag, semver and commit may be given
          branch: 'a b'                             | spec.branch: Invalid value
          tag: 'a:b'                                | spec.tag: Invalid value
          semver: newest                            | spec.semver: Invalid value
          semver: '>>1'                             | spec.semver: Invalid value
          semver: '>=1.0.0 stable'                  | spec.semver: Invalid value
          commit: abc123                            | spec.commit: Invalid value
          interval: 100ms                           | spec.interval: Invalid value
          interval: 25h                             | interval must be from 1s to 24h
          interval: soon                            | spec.interval: Invalid value
          rollback: OnFailure                       | rollback needs wait: true
          rollback: OnFailure, wait: false          | rollback needs wait: true
          rollback: Always, wait: true              | spec.rollback: Unsupported value: "Always"
          timeout: 0s                               | timeout must be from 1s to 24h
          timeout: 2d                               | spec.timeout: Invalid value
          verify: {}                                | one of keysSecret and keys is needed
          verify: {keys: []}                        | spec.verify.keys: Invalid value
          verify: {keys: ['']}                      | spec.verify.keys[0]: Invalid value
          verify: {keysSecret: 'A'}                 | spec.verify.keysSecret: Invalid value
          verify: {keysSecret: a, signed: All}      | spec.verify.signed: Unsupported value: "All"
          verify: {keysSecret: a, signed: Tag}      | only a source with tag or semver has a tag to verify
          branch: b, verify: {keysSecret: a, signed: Both} | only a source with tag or semver has a tag to verify
          dependsOn: [A]                            | spec.dependsOn[0]: Invalid value
          overlay: '..'                             | spec.overlay: Invalid value
          overlay: 'a/b'                            | spec.overlay: Invalid value
          overlay: '.hidden'                        | spec.overlay: Invalid value
          overlay: ''                               | spec.overlay: Invalid value
          """)
  void aBadSourceIsRefused(String fields, String message) {
    String url = fields.startsWith("url") ? "" : "url: 'https://example.org/lab.git', ";
    anObjectThatMeansNothingIsRefused("ConfigSource", url + fields, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          KerrighedNode | nodeId: 9, machine: {}                                                                   | one of machineId, hostname and mac is needed
          CapabilitySet | match: {}, effective: []                                                                 | one of executable and user is needed
          CapabilitySet | match: {user: root}, effective: [CAN_MIGRATE], permitted: []                             | effective must be a subset of permitted
          CapabilitySet | match: {user: root}, effective: [], permitted: [], inheritablePermitted: [CAN_MIGRATE]   | inheritablePermitted must be a subset of permitted
          CapabilitySet | match: {user: root}, effective: [], inheritablePermitted: [], inheritableEffective: [CAN_MIGRATE] | inheritableEffective must be a subset of inheritablePermitted
          """)
  void anObjectThatMeansNothingIsRefused(String kind, String spec, String message) {
    String object = "{apiVersion: %s, kind: %s, metadata: {name: bad}, spec: {%s}}";
    CustomResourceDefinition crd =
        Crds.all().stream().filter(one -> Kinds.kind(one).equals(kind)).findFirst().orElseThrow();
    JsonNode bad = Kinds.documents(object.formatted(Api.API_VERSION, kind, spec)).get(0);
    assertThat(kinds.refusal(crd, bad, false)).isNotNull().contains(message);
  }

  /** A rule about a change is only asked when there is something to change. */
  private static String refusal(CustomResourceDefinition crd, JsonNode sample, JsonNode patch) {
    JsonNode bad = merged(sample, patch);
    String said = kinds.refusal(crd, bad, false);
    if (said != null) {
      return said;
    }
    Command.Result patched =
        kinds
            .plane()
            .kubectl(
                "patch",
                Kinds.plural(crd),
                sample.at("/metadata/name").asText(),
                "--type=merge",
                "-p",
                patch.toString());
    return patched.exit() == 0 ? null : patched.err();
  }

  private static void messages(JSONSchemaProps schema, String kind, TreeSet<String> found) {
    if (schema.getXKubernetesValidations() != null) {
      schema
          .getXKubernetesValidations()
          .forEach(rule -> found.add(kind + ": " + rule.getMessage()));
    }
    schema.getProperties().values().forEach(child -> messages(child, kind, found));
    if (schema.getItems() != null) {
      messages(schema.getItems().getSchema(), kind, found);
    }
  }

  /** As RFC 7386 says: null takes a field away. */
  private static JsonNode merged(JsonNode target, JsonNode patch) {
    if (!patch.isObject()) {
      return patch;
    }
    ObjectNode result =
        target instanceof ObjectNode object ? object.deepCopy() : JSON.createObjectNode();
    patch
        .fields()
        .forEachRemaining(
            entry -> {
              if (entry.getValue().isNull()) {
                result.remove(entry.getKey());
              } else {
                JsonNode old = result.path(entry.getKey());
                result.set(entry.getKey(), merged(old, entry.getValue()));
              }
            });
    return result;
  }
}
