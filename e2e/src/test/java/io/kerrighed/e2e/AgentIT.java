// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent on real kernels. The nodes come up with no module: the agents do the rest. */
@KrgCluster(nodes = 2, started = false)
class AgentIT {
  private static final String RULES = "/proc/kerrighed/capability_rules";

  /** What a PC has to spare for it. */
  private static final double MEGABYTES = 96;

  @TempDir Path data;

  /** Runs in the background: on a busy machine it takes minutes. */
  @Test
  void theKernelObeysTheContract(Cluster cluster) throws Exception {
    Node node = cluster.node(1);
    // Emulated, a JVM starts a quarter sooner if it compiles only what runs often.
    node.host(
            """
            setsid java -Xmx48m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
              -XX:CompileThresholdScaling=10 \
              -Ddevice=eth0 -Dmodules=%1$s/target/kmod/$(uname -r) -Dtools=%1$s/target/kmod/tools \
              -cp '%1$s/reconciler/target/test-classes:%1$s/reconciler/target/classes:%1$s/crds/target/classes:%1$s/reconciler/target/contract-lib/*' \
              io.kerrighed.agent.kernel.RealKernelContract </dev/null >/run/contract.log 2>&1 &
            """
                .formatted(GitCluster.PROJECT))
        .orFail();
    GitCluster.await(
        "the end of the contract",
        () -> node.host("grep -q '^contract: .* failed$' /run/contract.log").exit() == 0);
    assertThat(node.host("cat /run/contract.log").stdout()).contains(" passed, 0 failed");
  }

  @Test
  void agentsBuildTheClusterKeepItAndDrainIt(Cluster cluster) throws Exception {
    Node first = cluster.node(1);
    Node second = cluster.node(2);
    try (ApiServer api = new ApiServer(GitCluster.PROJECT, data)) {
      api.kubectl(
          "apply",
          "-f",
          GitCluster.PROJECT
              .resolve("crds/src/main/resources/META-INF/fabric8/nodeconfigs.kerrighed.io-v1.yml")
              .toString());
      api.kubectl("wait", "--for=condition=Established", "crd/nodeconfigs.kerrighed.io");
      api.apply(config(1, "Online"));
      api.apply(config(2, "Online"));
      for (Node node : cluster.nodes()) {
        install(api, node, cluster);
        NodeAgent.start(GitCluster.PROJECT, api, node);
      }

      awaitReady(api, 1, "Online");
      awaitReady(api, 2, "Online");
      assertThat(first.host("cat /proc/nodes/nrnodes").orFail().stdout()).contains("ONLINE:2");
      String rules = first.host("cat " + RULES).orFail().stdout();
      assertThat(rules).startsWith("counting exe=/shared/counter uid=* effective=0x3 ");

      first.host("echo > " + RULES).orFail();
      GitCluster.await("the repair", () -> first.host("cat " + RULES).stdout().equals(rules));
      awaitStatus(api, 1, "jsonpath={.status.drift.repairs}=1");

      String init = first.host("cat /run/krginit.pid").orFail().stdout();
      first.host("kill -KILL $(cat /run/agent.pid)").orFail();
      NodeAgent.start(GitCluster.PROJECT, api, first);
      GitCluster.await(
          "the second agent",
          () -> first.host("grep -q 'agent of node' " + NodeAgent.LOG).exit() == 0);
      api.apply(config(1, "Online").replace("revision: one", "revision: two"));
      awaitStatus(api, 1, "jsonpath={.status.appliedRevision}=two");
      assertThat(first.host("cat /run/krginit.pid").orFail().stdout()).isEqualTo(init);
      assertThat(first.host("kill -0 " + init.strip()).exit()).isZero();
      assertThat(field(api, 1, ".status.drift.repairs")).isEqualTo("1");

      Files.copy(
          GitCluster.PROJECT.resolve("target/programs/counter"),
          cluster.shared().resolve("counter"),
          StandardCopyOption.COPY_ATTRIBUTES);
      int pid = second.spawn("/shared/counter /shared/counts 4 100", "/dev/null");
      GitCluster.await("the first count", () -> counts(first) > 0);
      api.apply(config(2, "Drained"));
      awaitReady(api, 2, "Drained");
      assertThat(first.host("cat /proc/kerrighed/processes").orFail().stdout())
          .containsPattern("(?m)^" + pid + " \\d+ 1 ");
      assertThat(field(api, 2, ".status.lastMigrations[0].pid")).isEqualTo(Integer.toString(pid));
      int after = counts(first);
      GitCluster.await("more counts", () -> counts(first) > after);
      String all = first.host("cat /shared/counts").orFail().stdout();
      assertThat(all.lines().limit(after).map(Integer::parseInt))
          .as("no count is missing or doubled")
          .containsExactlyElementsOf(
              java.util.stream.IntStream.rangeClosed(1, after).boxed().toList());

      first.sh("kill -TERM " + pid).orFail();
      for (int id = 1; id <= 2; id++) {
        api.apply(config(id, "Absent"));
      }
      awaitReady(api, 1, "Absent");
      awaitReady(api, 2, "Absent");
      for (Node node : cluster.nodes()) {
        assertThat(node.host("grep -c ^krg_ /proc/modules").stdout().strip()).isEqualTo("0");
        assertThat(NodeAgent.residentMegabytes(node)).isBetween(MEGABYTES / 4, MEGABYTES);
        node.host("kill $(cat /run/agent.pid)").orFail();
      }
    }
  }

  private static int counts(Node node) throws InterruptedException {
    String lines = node.host("cat /shared/counts 2>/dev/null | wc -l").orFail().stdout();
    return Integer.parseInt(lines.strip());
  }

  private static String field(ApiServer api, int node, String path)
      throws IOException, InterruptedException {
    return api.kubectl("get", "nodeconfig", "node" + node, "-o", "jsonpath={" + path + "}");
  }

  private static void awaitReady(ApiServer api, int node, String state)
      throws IOException, InterruptedException {
    awaitStatus(api, node, "jsonpath={.status.state}=" + state);
    awaitStatus(api, node, "condition=Ready");
  }

  /** One kubectl that watches: one each half second would take half a processor. */
  private static void awaitStatus(ApiServer api, int node, String what)
      throws IOException, InterruptedException {
    api.kubectl("wait", "nodeconfig/node" + node, "--for=" + what, GitCluster.PATIENT);
  }

  /** An account with the right to its own NodeConfig, and a token of it in the node. */
  private static void install(ApiServer api, Node node, Cluster cluster)
      throws IOException, InterruptedException {
    api.apply(
        Files.readString(
                GitCluster.PROJECT.resolve("reconciler/src/test/resources/node-account.yaml"))
            .replace("pc1", "node" + node.id())
            .replace("kerrighed-events", "kerrighed-events-node" + node.id()));
    NodeAgent.install(api, cluster, node);
  }

  private static String config(int id, String state) {
    return """
        apiVersion: kerrighed.io/v1alpha1
        kind: NodeConfig
        metadata:
          name: node%1$d
        spec:
          revision: one
          nodeId: %1$d
          sessionId: 42
          machine:
            hostname: node%1$d
          state: %2$s
          founder: %3$s
          drainTimeout: 10m
          drainPolicy: Wait
          failureTolerance: 1.5s
          interconnect:
            devices: [eth0]
          sharedMounts: [/shared]
          members:
            - {name: node1, nodeId: 1, state: Online}
            - {name: node2, nodeId: 2, state: Online}
          capabilityRules:
            - name: counting
              executable: /shared/counter
              effective: [CHANGE_KERRIGHED_CAP, CAN_MIGRATE]
              permitted: [CHANGE_KERRIGHED_CAP, CAN_MIGRATE]
              inheritablePermitted: [CHANGE_KERRIGHED_CAP]
              inheritableEffective: [CHANGE_KERRIGHED_CAP]
        """
        .formatted(id, state, id == 1);
  }
}
