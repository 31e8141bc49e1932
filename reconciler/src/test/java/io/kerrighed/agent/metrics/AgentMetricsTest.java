// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.agent.Agent;
import io.kerrighed.agent.NodeConfigs;
import io.kerrighed.agent.Reconciler;
import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.node.InMemoryKernel;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentMetricsTest {
  @TempDir Path state;
  private final InMemoryKernel kernel = new InMemoryKernel();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final AgentMetrics metrics = new AgentMetrics(registry);
  private Reconciler reconciler;
  private Agent agent;

  @BeforeEach
  void startAgent() {
    reconciler =
        new Reconciler(
            kernel,
            new MemoryFile(state),
            new DesiredCompiler(name -> OptionalInt.of(1)),
            Clock.systemUTC(),
            Clock.systemUTC(),
            repair -> metrics.repaired(),
            pass -> {
              metrics.pass(pass);
              return Optional.empty();
            });
    agent = new Agent(reconciler, kernel.machine(), Clock.systemUTC(), metrics::status);
  }

  @Test
  void countsWhatIsDoneToTheKernel() throws Exception {
    kernel.otherNode(2, 0);
    reconciler.configure(NodeConfigs.online());
    agent.runOnce();
    assertThat(scrape())
        .contains(
            "kerrighed_agent_steps_total{outcome=\"done\",step=\"StartContainer\"} 1.0",
            "kerrighed_agent_drift_repairs_total 0.0",
            "kerrighed_agent_reconcile_seconds_count 1",
            "kerrighed_node_ready 1.0",
            "kerrighed_node_state{state=\"ONLINE\"} 1.0",
            "kerrighed_node_state{state=\"FAILED\"} 0.0",
            "kerrighed_node_nodes_online 2.0",
            "revision=\"main@1\"} 1");
  }

  @Test
  void countsRepairsAndFailures() throws Exception {
    reconciler.configure(NodeConfigs.online());
    agent.runOnce();
    kernel.setNetDevices(new TreeSet<>());
    agent.runOnce();
    kernel.otherNode(2, 0);
    kernel.spawnUnmovable("sim", "descriptor 4 is a pipe");
    reconciler.configure(NodeConfigs.config(2, DesiredState.DRAINED, DrainPolicy.WAIT, List.of()));
    agent.runOnce();
    assertThat(scrape())
        .contains(
            "kerrighed_agent_drift_repairs_total 1.0",
            "kerrighed_agent_steps_total{outcome=\"failed\",step=\"Migrate\"} 1.0",
            "kerrighed_node_ready 0.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"9481", "host", "127.0.0.1:x", "127.0.0.1:9481/metrics", ""})
  void saysWhatAnAddressIs(String address) {
    assertThatThrownBy(() -> new MetricsServer(address, registry))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is not HOST:PORT");
  }

  @Test
  void saysThatAnAddressIsTaken() throws IOException {
    try (MetricsServer server = new MetricsServer("127.0.0.1:0", registry)) {
      assertThatThrownBy(() -> new MetricsServer("127.0.0.1:" + server.port(), registry))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cannot serve metrics on 127.0.0.1:" + server.port());
    }
  }

  private String scrape() throws IOException, InterruptedException {
    try (MetricsServer server = new MetricsServer("127.0.0.1:0", registry)) {
      URI address = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
      return HttpClient.newHttpClient()
          .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
          .body();
    }
  }
}
