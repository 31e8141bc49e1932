// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.validation.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
  private static final String CLUSTER =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedCluster
      metadata:
        name: lab
      spec:
        sessionId: 7
      """;

  private static final String NODES =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata: {name: a}
      spec:
        nodeId: 1
        machine: {hostname: a}
        labels: {disk: ssd}
      ---
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata: {name: b}
      spec:
        nodeId: 2
        machine:
          hostname: b
        state: Drained
      """;

  private static final String SET =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: CapabilitySet
      metadata: {name: movable}
      spec:
        match: {executable: /shared/bin/*}
        effective:
          - CAN_MIGRATE
          - CHECKPOINTABLE
        nodeSelector: {disk: ssd}
      """;

  @Test
  void readsWhatIsRight() {
    Configuration configuration = read(CLUSTER, NODES, SET);
    assertThat(configuration.problems()).isEmpty();
    assertThat(configuration.manifests())
        .extracting(Manifest::name)
        .containsExactly("lab", "a", "b", "movable");
    CapabilitySet set = (CapabilitySet) configuration.manifests().get(3).object();
    assertThat(set.getSpec().effective())
        .containsExactly(Capability.CAN_MIGRATE, Capability.CHECKPOINTABLE);
    assertThat(set.getSpec().inheritableEffective()).isEqualTo(set.getSpec().effective());
    assertThat(set.getSpec().permitted()).isEqualTo(Capability.allSupported());
  }

  @Test
  void appliesWhatWasWrittenAndNoDefaults() {
    Manifest node = read(CLUSTER, NODES, SET).manifests().get(1);
    assertThat(((KerrighedNode) node.object()).getSpec().state()).isNotNull();
    assertThat(node.content().get("spec"))
        .isEqualTo(
            Map.of(
                "nodeId", 1L,
                "machine", Map.of("hostname", "a"),
                "labels", Map.of("disk", "ssd")));
    assertThat(node.where("spec", "nodeId")).isEqualTo("nodes.yaml:5:11");
    assertThat(node.where("spec", "drainTimeout")).isEqualTo("nodes.yaml:5:3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # file    | replace             | by                       | problem
          nodes.yaml | machine: {hostname: a} | machine: {hostname: a | nodes.yaml:7:9: not YAML: expected ',' or '}', but got :, while parsing a flow mapping that begins at line 6
          nodes.yaml | nodeId: 2           | nodeID: 2                | nodes.yaml:13:3: unknown field spec.nodeID: did you mean nodeId?
          nodes.yaml | nodeId: 2           | nodeId: two              | nodes.yaml:13:11: spec.nodeId must be a whole number, not 'two'
          nodes.yaml | nodeId: 2           | nodeId: 128              | nodes.yaml:13:11: spec.nodeId is 128, it must be from 1 to 127
          nodes.yaml | nodeId: 2           | nodeId: 99999999999999999999 | nodes.yaml:13:11: spec.nodeId is 99999999999999999999, it must be from 1 to 127
          nodes.yaml | nodeId: 2           | nodeId: 1                | nodes.yaml:13:11: node id 1 is already used by a at nodes.yaml:5:11
          nodes.yaml | hostname: b         | hostname: a              | nodes.yaml:15:15: hostname a is already the machine of a at nodes.yaml:6:23
          nodes.yaml | hostname: b         | hostname: [b]            | nodes.yaml:15:15: spec.machine.hostname must be text, not a list
          nodes.yaml | hostname: b         | hostname: 12             | nodes.yaml:15:15: spec.machine.hostname must be text: write "12", not '12'
          nodes.yaml | state: Drained      | state: drained           | nodes.yaml:16:10: spec.state is 'drained': did you mean Drained?
          nodes.yaml | state: Drained      | state:                   | nodes.yaml:16:9: spec.state must be text, not empty
          nodes.yaml | state: Drained      | nodeId: 3                | nodes.yaml:16:3: spec.nodeId is already given at nodes.yaml:13:3
          nodes.yaml | name: b             | name: a                  | nodes.yaml:11:18: KerrighedNode a is already at nodes.yaml:3:18
          nodes.yaml | {name: b}           | {name: b, annotations: {kerrighed.io/prune: Disabled}} | nodes.yaml:11:55: annotation kerrighed.io/prune is 'Disabled': it must be disabled, or not be there
          nodes.yaml | name: b             | name: B_                 | nodes.yaml:11:18: metadata.name 'B_' does not match ^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$
          nodes.yaml | name: b             | title: b                 | nodes.yaml:11:12: unknown field metadata.title: known are annotations, labels, name
          nodes.yaml | kind: KerrighedNode | kind: KerighedNode       | nodes.yaml:2:7: kind KerighedNode is not read from Git: did you mean KerrighedNode?
          nodes.yaml | kind: KerrighedNode | kind: Secret             | nodes.yaml:2:7: kind Secret is not read from Git: known are CapabilitySet, KerrighedCluster, KerrighedNode
          nodes.yaml | apiVersion: kerrighed.io/v1alpha1 | apiVersion: v1 | nodes.yaml:1:13: apiVersion v1 is not read from Git, only kerrighed.io/v1alpha1
          nodes.yaml | spec:               | status:                  | nodes.yaml:4:1: unknown field status: known are apiVersion, kind, metadata, spec
          nodes.yaml | nodeId: 1           | drainTimeout: soon       | nodes.yaml:5:3: spec.nodeId is missing
          set.yaml   | CAN_MIGRATE         | CAN_MIGRAT               | set.yaml:7:7: unknown capability CAN_MIGRAT: did you mean CAN_MIGRATE?
          set.yaml   | CAN_MIGRATE         | FORK_DELAY               | set.yaml:7:7: capability FORK_DELAY exists in name only, no kernel supports it; remove it
          set.yaml   | nodeSelector        | permitted: [CAN_MIGRATE]#| set.yaml:7:5: effective has CHECKPOINTABLE, which permitted lacks
          set.yaml   | disk: ssd           | disk: hdd                | set.yaml:9:17: no node has the labels {disk=hdd}: add them to a KerrighedNode
          cluster.yaml | kind: KerrighedCluster | kind: CapabilitySet | cluster.yaml:6:3: unknown field spec.sessionId: known are effective, inheritableEffective, inheritablePermitted, match, nodeSelector, permitted
          cluster.yaml | sessionId: 7      | sessionId: !!java.net.URL 7 | cluster.yaml:6:14: spec.sessionId must be a whole number, not '7'
          """)
  void saysFileLineAndColumn(String file, String replace, String by, String problem) {
    Map<String, String> texts =
        Map.of("cluster.yaml", CLUSTER, "nodes.yaml", NODES, "set.yaml", SET);
    assertThat(texts.get(file)).contains(replace);
    List<SourceFile> files =
        texts.entrySet().stream()
            .map(
                entry ->
                    entry.getKey().equals(file)
                        ? file(file, entry.getValue().replace(replace, by == null ? "" : by))
                        : file(entry.getKey(), entry.getValue()))
            .toList();
    assertThat(Configuration.read(files).problems())
        .extracting(Problem::toString)
        .contains(problem);
  }

  @Test
  void oneMistakeDoesNotHideAnother() {
    Configuration configuration =
        read(CLUSTER.replace("sessionId", "session"), NODES.replace("nodeId: 2", "nodeId: x"), SET);
    assertThat(configuration.problems())
        .extracting(Problem::where)
        .containsExactly("cluster.yaml:6:3", "cluster.yaml:6:3", "nodes.yaml:13:11");
  }

  @Test
  void needsOneClusterAndNodes() {
    assertThat(read("", "", "").problems())
        .extracting(problem -> problem.reason().text())
        .containsExactly("ClusterCount", "NoNodes");
    assertThat(read(CLUSTER + "---\n" + CLUSTER.replace("lab", "lab2"), NODES, SET).problems())
        .singleElement()
        .hasToString(
            "cluster.yaml:11:9: second KerrighedCluster: exactly one is needed,"
                + " the first is at cluster.yaml:4:9");
  }

  @Test
  void hasLimits() {
    assertThat(reasons("[".repeat(100_000))).containsExactly("InvalidYAML");
    assertThat(reasons("#".repeat(YamlParser.MAX_BYTES + 1))).containsExactly("TooLarge");
    assertThat(reasons("a: &a [x]\nb: [" + "*a, ".repeat(100) + "]"))
        .containsExactly("InvalidYAML");
    assertThat(reasons("&a [*a]")).containsExactly("InvalidValue");
    assertThat(
            Configuration.read(List.of(new SourceFile("a.yaml", new byte[] {(byte) 0xff})))
                .problems())
        .extracting(Problem::toString)
        .containsExactly("a.yaml:1:1: not YAML: not in UTF-8");
  }

  @Test
  void examplesAreRight() throws Exception {
    List<SourceFile> files = SourceFile.below(Path.of("../git-examples/pc-lab"));
    assertThat(files).isNotEmpty();
    assertThat(Configuration.read(files).problems()).isEmpty();
  }

  private static List<String> reasons(String text) {
    return Configuration.read(List.of(file("a.yaml", text))).problems().stream()
        .map(problem -> problem.reason().text())
        .toList();
  }

  private static Configuration read(String cluster, String nodes, String set) {
    return Configuration.read(
        List.of(file("cluster.yaml", cluster), file("nodes.yaml", nodes), file("set.yaml", set)));
  }

  private static SourceFile file(String path, String text) {
    return new SourceFile(path, text.getBytes(StandardCharsets.UTF_8));
  }
}
