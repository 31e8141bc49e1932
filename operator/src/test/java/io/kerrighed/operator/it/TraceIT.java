// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The trace of a push through an operator with a collector; the test speaks for the agents. */
class TraceIT {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");
  private static final String AGENT = "b7ad6b7169203331";

  @Test
  void aPushIsTracedToTheNodes() throws Exception {
    Path directory = Files.createTempDirectory(Path.of("target"), "trace").toAbsolutePath();
    ConfigRepository repository = new ConfigRepository(directory);
    for (String file : List.of("cluster.yaml", "nodes.yaml", "capabilities.yaml")) {
      repository.write(file, Files.readString(EXAMPLE.resolve(file)));
    }
    repository.push("start");
    try (TraceCollector collector = new TraceCollector();
        ControlPlane plane = ControlPlane.withoutOperator(directory);
        KubernetesClient client = plane.client()) {
      plane.startOperator(
          plane.kubeconfig(), Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address()));
      soon().until(() -> plane.apply(source(repository)).exit() == 0);
      String atNode = pushed(collector, client);
      reported(collector, plane, atNode);
      refused(collector, repository);
    }
  }

  /**
   * @return traceparent that the node is given
   */
  private static String pushed(TraceCollector collector, KubernetesClient client) {
    soon().until(() -> traceOf(client).isPresent());
    String plan = traceOf(client).get();
    String push =
        client.resources(ConfigSource.class).withName("lab").get().getStatus().lastAppliedTrace();
    soon().until(() -> collector.span(push).isPresent() && collector.span(plan).isPresent());
    Span root = collector.span(push).get();
    assertThat(root.getName()).isEqualTo("push");
    assertThat(root.getParentSpanId().isEmpty()).isTrue();
    assertThat(root.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_UNSET);
    assertThat(collector.children(root))
        .extracting(Span::getName)
        .contains("fetch", "verify", "check", "apply", "plan");
    assertThat(collector.span(plan).get().getName()).isEqualTo("plan");
    return plan;
  }

  private static Optional<String> traceOf(KubernetesClient client) {
    return Optional.ofNullable(client.resources(NodeConfig.class).withName("node1").get())
        .map(config -> config.getMetadata().getAnnotations())
        .map(annotations -> annotations.get(Api.TRACEPARENT));
  }

  /** What an agent says about its part of the trace leads back to the operator. */
  private static void reported(TraceCollector collector, ControlPlane plane, String atNode) {
    String agent = atNode.substring(0, 36) + AGENT + "-01";
    plane
        .kubectl(
            "patch",
            "nodecfg",
            "node1",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\":{\"observedGeneration\":1,\"state\":\"Online\",\"trace\":\"%s\"}}"
                .formatted(agent))
        .orFail();
    soon()
        .untilAsserted(
            () ->
                assertThat(collector.spans())
                    .anySatisfy(
                        span -> {
                          assertThat(span.getName()).isEqualTo("status");
                          assertThat(TraceCollector.hex(span.getParentSpanId())).isEqualTo(AGENT);
                          assertThat(atNode).contains(TraceCollector.hex(span.getTraceId()));
                        }));
  }

  private static void refused(TraceCollector collector, ConfigRepository repository)
      throws IOException {
    repository.replace("nodes.yaml", "nodeId: 1", "nodeId: 3");
    repository.push("a mistake");
    soon()
        .untilAsserted(
            () ->
                assertThat(collector.spans())
                    .anySatisfy(
                        span -> {
                          assertThat(span.getName()).isEqualTo("push");
                          assertThat(span.getStatus().getCode())
                              .isEqualTo(StatusCode.STATUS_CODE_ERROR);
                          assertThat(span.getStatus().getMessage())
                              .startsWith("DuplicateNodeId: nodes.yaml:27:11");
                        }));
  }

  @Test
  void nothingIsTracedUnlessAskedFor() throws IOException {
    Lab lab = Lab.shared();
    lab.restore();
    assertThat(lab.status().lastAppliedTrace()).isNull();
    assertThat(lab.configs().values())
        .isNotEmpty()
        .allSatisfy(config -> assertThat(config.getMetadata().getAnnotations()).isNullOrEmpty());
  }

  private static String source(ConfigRepository repository) {
    return """
        apiVersion: kerrighed.io/v1alpha1
        kind: ConfigSource
        metadata: {name: lab}
        spec: {url: "%s", interval: 1h}
        """
        .formatted(repository.url());
  }
}
