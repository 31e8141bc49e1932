// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.Node;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The nodes of a lab as {@code git-examples/pc-lab} describes them: operator, API server and a
 * repository on the host, an agent in each node.
 */
final class GitCluster implements Closeable {
  static final Path PROJECT = Path.of("").toAbsolutePath().getParent();

  /** For what takes minutes on a busy machine without hardware virtualisation. */
  private static final Duration LIMIT = Duration.ofMinutes(15);

  /** What the operator's machine has to spare for it. */
  private static final double OPERATOR_MEGABYTES = 300;

  static final String PATIENT = "--timeout=%ds".formatted(LIMIT.toSeconds());

  private final ControlPlane control;
  private final PushedRepository repository;
  private final Path bare;
  private final Cluster cluster;

  /** Something that comes true. */
  interface Check {
    boolean holds() throws IOException, InterruptedException;
  }

  /** Starts the control plane, and has it follow a new repository. */
  GitCluster(Cluster cluster, Path work) throws IOException, InterruptedException {
    this.cluster = cluster;
    repository = new PushedRepository(work, PROJECT.resolve("git-examples/pc-lab"));
    bare = repository.makeBare("pc-lab.git");
    // An emulated node stands still for longer than a real one.
    push("cluster.yaml", text -> text.replace("failureTolerance: 1.5s", "failureTolerance: 10s"));
    control = new ControlPlane(PROJECT, work, List.of());
    api()
        .apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata:
              name: pc-lab
            spec:
              url: file://%s
              branch: main
            """
                .formatted(bare));
  }

  ApiServer api() {
    return control.api();
  }

  ControlPlane control() {
    return control;
  }

  /** Starts an agent in each node, with the modules in a directory of it. */
  void startAgents(String modules) throws IOException, InterruptedException {
    for (Node node : cluster.nodes()) {
      String account = "serviceaccount/node" + node.id();
      await(
          account,
          () -> !api().kubectl("-n", "kerrighed", "get", account, "--ignore-not-found").isEmpty());
      NodeAgent.install(api(), cluster, node);
      NodeAgent.start(PROJECT, api(), node, modules);
    }
  }

  /** Changes a file, commits and pushes that. */
  String push(String file, UnaryOperator<String> change) throws IOException, InterruptedException {
    String commit = repository.commit(file, change);
    repository.push(bare);
    return commit;
  }

  /** Until every agent has said that its node is as this commit says. */
  void awaitApplied(String commit) throws IOException, InterruptedException {
    for (Node node : cluster.nodes()) {
      String revision = "jsonpath={.status.appliedRevision}=main@sha1:" + commit;
      awaitObject("nodeconfig/node" + node.id(), revision);
      awaitObject("krgnode/node" + node.id(), "condition=Ready");
    }
  }

  /** One kubectl that watches: one each half second would take half a processor. */
  void awaitObject(String object, String what) throws IOException, InterruptedException {
    api().kubectl("wait", object, "--for=" + what, PATIENT);
  }

  String field(String object, String path) throws IOException, InterruptedException {
    return api().kubectl("get", object, "-o", "jsonpath={" + path + "}");
  }

  static void await(String what, Check check) throws IOException, InterruptedException {
    Instant end = Instant.now().plus(LIMIT);
    while (!check.holds()) {
      assertThat(Instant.now()).as("waited too long for: %s", what).isBefore(end);
      Thread.sleep(500);
    }
  }

  /** The nodes are as they were: without modules and agents. */
  void leave() throws IOException, InterruptedException {
    awaitApplied(push("nodes.yaml", text -> text.replaceAll("state: \\w+", "state: Absent")));
    for (Node node : cluster.nodes()) {
      assertThat(node.host("grep -c ^krg_ /proc/modules").stdout().strip()).isEqualTo("0");
      node.host("kill $(cat /run/agent.pid)").orFail();
    }
    assertThat(control.operatorPeakMegabytes())
        .as("resident memory of the operator, at most")
        .isBetween(OPERATOR_MEGABYTES / 4, OPERATOR_MEGABYTES);
  }

  @Override
  public void close() {
    control.close();
  }
}
