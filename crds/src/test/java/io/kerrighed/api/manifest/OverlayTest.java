// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.validation.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlayTest {
  private static final String BASE =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedCluster
      metadata: {name: lab, labels: {site: none}}
      spec:
        sessionId: 7
        sharedMounts: [/a, /b]
        drainTimeout: 5m
      ---
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata: {name: a}
      spec:
        nodeId: 1
        machine: {hostname: a}
      """;

  private static final String PATCH =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedCluster
      metadata: {name: lab, labels: {rack: one}}
      spec:
        sessionId: 8
        sharedMounts: [/c]
        drainTimeout: null
      """;

  private static final String MORE =
      """
      ---
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata: {name: b}
      spec:
        nodeId: 2
        machine: {hostname: b}
      """;

  @Test
  void mergesReplacesRemovesAndAdds() {
    Configuration configuration = read(PATCH + MORE);
    assertThat(configuration.problems()).isEmpty();
    assertThat(configuration.manifests())
        .extracting(Manifest::name)
        .containsExactly("lab", "a", "b");
    Map<String, Object> cluster = configuration.manifests().get(0).content();
    assertThat(cluster.get("spec"))
        .isEqualTo(Map.of("sessionId", 8L, "sharedMounts", List.of("/c")));
    assertThat(cluster.get("metadata"))
        .isEqualTo(Map.of("name", "lab", "labels", Map.of("site", "none", "rack", "one")));
  }

  @Test
  void everyFieldIsWhereItWasWritten() {
    Manifest cluster = read(PATCH).manifests().get(0);
    assertThat(cluster.where("spec", "sessionId")).isEqualTo("patch.yaml:5:14");
    assertThat(cluster.where("metadata", "labels", "site")).isEqualTo("base.yaml:3:38");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # replace        | by                  | problem
          sessionId: 8     | sessionID: 8        | patch.yaml:5:3: unknown field spec.sessionID: did you mean sessionId?
          sessionId: 8     | sessionId: 0        | patch.yaml:5:14: spec.sessionId is 0, it must be from 1 to 9999
          sessionId: 8     | drainTimeout: 1m    | patch.yaml:7:3: spec.drainTimeout is already given at patch.yaml:5:3
          sessionId: 8     | sessionId: null     | base.yaml:5:3: spec.sessionId is missing
          drainTimeout     | drainPolicy         | patch.yaml:7:16: spec.drainPolicy must be text, not empty
          spec:            | spec: [             | patch.yaml:6:15: not YAML
          name: lab        | name: lab2          | patch.yaml:7:17: spec.drainTimeout must be text, not empty
          {name: lab, labels: {rack: one}} | {name: lab, labels: [x]} | patch.yaml:3:31: metadata.labels must be a mapping, not a list
          """)
  void saysWhereAMistakeWasMade(String replace, String by, String problem) {
    assertThat(PATCH).contains(replace);
    assertThat(read(PATCH.replace(replace, by)).problems())
        .extracting(Problem::toString)
        .anyMatch(text -> text.startsWith(problem));
  }

  @Test
  void whatRefersToItselfEnds() {
    String recursive =
        """
        apiVersion: kerrighed.io/v1alpha1
        kind: KerrighedCluster
        metadata: {name: lab}
        spec: &a {x: *a}
        """;
    assertThat(
            Configuration.read(
                    List.of(file("base.yaml", recursive)),
                    List.of(file("patch.yaml", recursive)),
                    List.of())
                .problems())
        .isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({"home, 3", "office, 5"})
  void examplesAreRight(String overlay, int objects) throws Exception {
    Path sites = Path.of("../git-examples/two-sites");
    Configuration configuration =
        Configuration.read(
            SourceFile.below(sites.resolve("base")),
            SourceFile.below(sites.resolve("overlays").resolve(overlay)),
            List.of());
    assertThat(configuration.problems()).isEmpty();
    assertThat(configuration.manifests()).hasSize(objects);
  }

  private static Configuration read(String patch) {
    return Configuration.read(
        List.of(file("base.yaml", BASE)), List.of(file("patch.yaml", patch)), List.of());
  }

  private static SourceFile file(String path, String text) {
    return new SourceFile(path, text.getBytes(StandardCharsets.UTF_8));
  }
}
