// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.operator.it.Command.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the account of a node reaches, and what becomes of its reports. */
class NodeAccountIT {
  private static final Lab lab = Lab.shared();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @Test
  void aNodesAccountReachesItsOwnObjectsOnly() throws IOException {
    Path node1 = lab.kubeconfigOf("node1", "node1");
    String own = "--field-selector=metadata.name=node1";
    String report =
        "{\"status\":{\"observedGeneration\":%d,\"state\":\"Online\",\"viewEpoch\":1,\"onlineNodes\":[1]}}"
            .formatted(lab.configs().get("node1").getMetadata().getGeneration());

    for (List<String> allowed :
        List.of(
            List.of("get", "krgnode", "node1"),
            List.of("get", "nodecfg", "node1"),
            List.of("get", "nodecfg", own),
            List.of("get", "krgnode", own),
            List.of(
                "patch", "nodecfg", "node1", "--subresource=status", "--type=merge", "-p", report),
            List.of("create", "token", "node1", "-n", Api.NAMESPACE))) {
      assertThat(as(node1, allowed)).matches(result -> result.exit() == 0, allowed.toString());
    }
    for (List<String> refused :
        List.of(
            List.of("get", "nodecfg", "node2"),
            List.of("get", "nodecfg"),
            List.of("get", "krgnode"),
            List.of("get", "krg"),
            List.of("get", "cfgsrc"),
            List.of("get", "secrets", "-A"),
            List.of("get", "serviceaccounts", "-A"),
            List.of(
                "patch", "nodecfg", "node2", "--subresource=status", "--type=merge", "-p", report),
            List.of(
                "patch",
                "nodecfg",
                "node1",
                "--type=merge",
                "-p",
                "{\"spec\":{\"founder\":false}}"),
            List.of("patch", "krgnode", "node1", "--type=merge", "-p", "{\"spec\":{\"nodeId\":9}}"),
            List.of(
                "patch",
                "krgnode",
                "node1",
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\":{}}"),
            List.of("delete", "nodecfg", "node1"),
            List.of("create", "token", "node2", "-n", Api.NAMESPACE),
            List.of(
                "create",
                "clusterrolebinding",
                "x",
                "--clusterrole=cluster-admin",
                "--serviceaccount=kerrighed:node1"))) {
      assertThat(as(node1, refused))
          .describedAs(refused.toString())
          .matches(result -> result.exit() != 0, "is refused")
          .matches(
              result -> result.err().contains("Forbidden") || result.err().contains("forbidden"),
              "as forbidden");
    }
    soon()
        .untilAsserted(
            () -> assertThat(lab.node("node1").getStatus().state()).hasToString("Online"));
  }

  @Test
  void aRepairByAnAgentIsAnEvent() {
    report("{\"processes\":7,\"drift\":{\"repairs\":1,\"message\":\"rule x put back\"}}");
    soon().until(() -> Integer.valueOf(7).equals(lab.node("node2").getStatus().processes()));
    report("{\"drift\":{\"repairs\":2,\"message\":\"rule movable put back\"}}");
    soon()
        .untilAsserted(
            () ->
                assertThat(lab.kubectl("describe", "nodecfg", "node2").orFail())
                    .contains("DriftRepaired")
                    .contains("rule movable put back"));
  }

  private static void report(String status) {
    lab.kubectl(
            "patch",
            "nodecfg",
            "node2",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":" + status + "}")
        .orFail();
  }

  private static Result as(Path kubeconfig, List<String> words) {
    return lab.plane().kubectl(kubeconfig, "", words.toArray(String[]::new));
  }
}
