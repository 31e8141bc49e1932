// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a bad push does: nothing, and it says why. */
class RefusedPushIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # file            | replace              | by                 | reason            | message
          nodes.yaml        | machine:             | machine            | InvalidYAML       | nodes.yaml:9:13: not YAML: could not find expected ':', while scanning a simple key that begins at line 8
          nodes.yaml        | hostname: node1      | hostnme: node1     | UnknownField      | nodes.yaml:9:5: unknown field spec.machine.hostnme: did you mean hostname?
          capabilities.yaml | CAN_MIGRATE          | CAN_MIGRAT         | UnknownCapability | capabilities.yaml:10:15: unknown capability CAN_MIGRAT: did you mean CAN_MIGRATE?
          nodes.yaml        | nodeId: 1            | nodeId: 3          | DuplicateNodeId   | nodes.yaml:27:11: node id 3 is already used by node1 at nodes.yaml:7:11
          nodes.yaml        | nodeId: 3            | nodeId: 9          | InvalidValue      | nodes.yaml:27:11: spec.nodeId: a node keeps its id
          cluster.yaml      | kind: KerrighedCluster | kind: Deployment | UnknownKind       | cluster.yaml:3:7: kind Deployment is not read from Git
          cluster.yaml      | sessionId: 42        | sessionId: 0       | InvalidValue      | cluster.yaml:7:14: spec.sessionId is 0, it must be from 1 to 9999
          """)
  void aBadPushChangesNothingAndRevertGoesOn(
      String file, String replace, String by, String reason, String message) throws IOException {
    Map<String, String> before = lab.versions();
    String good = lab.status().lastAppliedRevision();

    lab.repository().replace(file, replace, by);
    // Something good in the same commit must not get through either.
    lab.repository().replace("nodes.yaml", "state: Online", "state: Drained");
    String bad = lab.repository().push("a mistake");
    soon().until(() -> bad.equals(lab.status().lastAttemptedRevision()));
    soon()
        .untilAsserted(
            () -> {
              Condition ready = lab.ready();
              assertThat(ready.status()).isEqualTo("False");
              assertThat(ready.reason()).isEqualTo(reason);
              assertThat(ready.message()).startsWith(message);
            });
    assertThat(lab.status().lastAppliedRevision()).isEqualTo(good);
    assertThat(lab.kubectl("get", "cfgsrc", "lab").orFail()).contains(reason).contains(message);

    assertThat(lab.versions()).isEqualTo(before);

    lab.applied(lab.repository().revert());
    assertThat(withoutConfigs(lab.versions())).isEqualTo(withoutConfigs(before));
  }

  @Test
  void aRevisionThatRemovesEveryNodeIsRefused() throws IOException {
    lab.repository().delete("nodes.yaml");
    lab.repository().push("remove all");
    soon().until(() -> lab.ready().reason().equals("NoNodes"));
    assertThat(lab.client().resources(KerrighedNode.class).list().getItems()).hasSize(3);
  }

  @Test
  void aSourceThatCannotBeFetchedSaysSoAndHarmsNothing() {
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: gone}
            spec: {url: "file:///nonexistent/repository.git"}
            """)
        .orFail();
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("get", "cfgsrc", "gone").orFail()).contains("FetchFailed"));
    lab.kubectl("delete", "cfgsrc", "gone").orFail();
    assertThat(lab.configs()).hasSize(3);
  }

  /** Whoever finds an unfinished revision, after a crash too, must not plan from it. */
  @Test
  void nobodyPlansFromHalfARevision() {
    Map<String, String> before = lab.versions();
    lab.patchSource("{\"spec\":{\"suspend\":true}}");
    lab.kubectl(
            "patch",
            "cfgsrc",
            "lab",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":{\"conditions\":[{\"type\":\"Reconciling\",\"status\":\"True\","
                + "\"reason\":\"Applying\",\"message\":\"half\"}]}}")
        .orFail();
    lab.kubectl(
            "patch", "krgnode", "node1", "--type=merge", "-p", "{\"spec\":{\"state\":\"Absent\"}}")
        .orFail();
    lab.patchSource("{\"spec\":{\"suspend\":false}}");
    lab.applied(lab.status().lastAppliedRevision());
    soon().until(() -> lab.node("node1").getSpec().state() == DesiredState.ONLINE);
    assertThat(onlyConfigs(lab.versions())).isEqualTo(onlyConfigs(before));
  }

  /** NodeConfigs carry the revision, so a new good revision is a new generation of them. */
  private static Map<String, String> withoutConfigs(Map<String, String> versions) {
    Map<String, String> written = new TreeMap<>(versions);
    written.keySet().removeIf(name -> name.startsWith("NodeConfig/"));
    return written;
  }

  private static Map<String, String> onlyConfigs(Map<String, String> versions) {
    Map<String, String> configs = new TreeMap<>(versions);
    configs.keySet().removeIf(name -> !name.startsWith("NodeConfig/"));
    return configs;
  }
}
