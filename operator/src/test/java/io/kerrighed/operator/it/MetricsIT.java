// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.DesiredState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Prometheus gets from the operator. */
class MetricsIT {
  private static final Lab lab = Lab.shared();
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void goodState() throws IOException {
    lab.restore();
  }

  @AfterEach
  void oneSource() {
    lab.kubectl("delete", "cfgsrc", "gone", "--ignore-not-found").orFail();
  }

  @Test
  void saysHowSourcesAndNodesAre() throws IOException {
    String revision = lab.status().lastAppliedRevision();
    shows(
        "kerrighed_source_ready{source=\"lab\"} 1.0",
        "kerrighed_source_revision{revision=\"" + revision + "\",source=\"lab\"} 1.0",
        "kerrighed_source_stage_seconds_count{source=\"lab\",stage=\"fetch\"}",
        "kerrighed_source_stage_seconds_count{source=\"lab\",stage=\"apply\"}",
        "kerrighed_events_total{kind=\"ConfigSource\",name=\"lab\",reason=\"RevisionApplied\"}");
    lab.report(revision);
    shows(
        "kerrighed_node_ready{node=\"node1\"} 1.0",
        "kerrighed_node_revision{node=\"node1\",revision=\"" + revision + "\"} 1.0");

    lab.repository().replace("nodes.yaml", "nodeId: 1", "nodeId: 3");
    lab.repository().push("a mistake");
    shows(
        "kerrighed_source_ready{source=\"lab\"} 0.0",
        "kerrighed_events_total{kind=\"ConfigSource\",name=\"lab\",reason=\"DuplicateNodeId\"}");
  }

  @Test
  void countsWhatWasTakenBack() {
    lab.kubectl(
            "patch", "krgnode", "node1", "--type=merge", "-p", "{\"spec\":{\"state\":\"Drained\"}}")
        .orFail();
    lab.fetchNow();
    soon().until(() -> lab.node("node1").getSpec().state() == DesiredState.ONLINE);
    shows("kerrighed_events_total{kind=\"ConfigSource\",name=\"lab\",reason=\"DriftRepaired\"}");
  }

  @Test
  void forgetsASourceThatIsDeleted() {
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: gone}
            spec: {url: "file:///nonexistent/repository.git"}
            """)
        .orFail();
    shows("kerrighed_source_ready{source=\"gone\"} 0.0");
    lab.kubectl("delete", "cfgsrc", "gone").orFail();
    soon().until(() -> !scrape().contains("kerrighed_source_ready{source=\"gone\"}"));
  }

  private void shows(String... lines) {
    soon().untilAsserted(() -> assertThat(scrape()).contains(List.of(lines)));
  }

  private String scrape() throws IOException, InterruptedException {
    URI address = lab.plane().webhooks().resolve("/metrics");
    return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
  }
}
