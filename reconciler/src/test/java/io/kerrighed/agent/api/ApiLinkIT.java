// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.kerrighed.agent.Agent;
import io.kerrighed.agent.NodeConfigs;
import io.kerrighed.agent.Reconciler;
import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.node.InMemoryKernel;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.DrainPolicy;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.ObservedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The agent, with its own rights only, against the real API server, which some tests end. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the server of this class")
class ApiLinkIT {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final long TOKEN_SECONDS = 3600;

  @TempDir static Path data;
  private static ApiServer server;

  @TempDir Path state;
  private Path token;
  private final BlockingQueue<NodeConfig> configs = new LinkedBlockingQueue<>();

  @BeforeAll
  static void startServer() throws IOException {
    server = new ApiServer(data);
    server.start();
    server.install();
  }

  @AfterAll
  static void stopServer() throws IOException {
    server.close();
  }

  @BeforeEach
  void newNode() throws IOException {
    stored().delete();
    token = state.resolve("installed-token");
    Files.writeString(
        token,
        server
            .admin()
            .serviceAccounts()
            .inNamespace("kerrighed")
            .withName("pc1")
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(TOKEN_SECONDS)
                    .endSpec()
                    .build())
            .getStatus()
            .getToken());
  }

  private ApiLink link(Clock clock) throws IOException {
    return new ApiLink(
        "pc1", Connection.fromFiles(server.url(), server.ca(), token), state, clock, configs::add);
  }

  private Resource<NodeConfig> stored() {
    return server.admin().resources(NodeConfig.class).withName("pc1");
  }

  private void push(DesiredState desired) {
    NodeConfig config = NodeConfigs.config(1, desired, DrainPolicy.WAIT, List.of());
    config.getMetadata().setGeneration(null);
    config.getMetadata().setUid(null);
    server.admin().resource(config).forceConflicts().serverSideApply();
  }

  private DesiredState nextState() throws InterruptedException {
    return configs.poll(LIMIT.toSeconds(), TimeUnit.SECONDS).getSpec().state();
  }

  private static ConditionFactory soon() {
    return await().atMost(LIMIT).ignoreExceptions();
  }

  private void awaitReported(ObservedState wanted) {
    soon()
        .untilAsserted(
            () -> {
              NodeConfig config = stored().get();
              assertThat(config.getStatus()).isNotNull();
              assertThat(config.getStatus().state()).isEqualTo(wanted);
            });
  }

  @Test
  void reconcilesAndGoesOnWithoutTheServer() throws Exception {
    InMemoryKernel kernel = new InMemoryKernel();
    kernel.otherNode(2, 0);
    AtomicReference<ApiLink> link = new AtomicReference<>();
    Reconciler reconciler =
        new Reconciler(
            kernel,
            new MemoryFile(state),
            new DesiredCompiler(name -> OptionalInt.empty()),
            Clock.systemUTC(),
            Clock.systemUTC(),
            repair -> link.get().event("DriftRepaired", repair));
    Agent agent =
        new Agent(
            reconciler, kernel.machine(), Clock.systemUTC(), status -> link.get().report(status));
    try (ApiLink open = link(Clock.systemUTC())) {
      link.set(open);
      push(DesiredState.ONLINE);
      reconciler.configure(configs.poll(LIMIT.toSeconds(), TimeUnit.SECONDS));
      agent.runOnce();
      awaitReported(ObservedState.ONLINE);

      kernel.installCapabilityRules(List.of());
      kernel.setSharedMounts(new java.util.TreeSet<>());
      agent.runOnce();
      soon()
          .untilAsserted(
              () ->
                  assertThat(server.admin().v1().events().inNamespace("default").list().getItems())
                      .extracting(Event::getReason)
                      .contains("DriftRepaired"));

      server.kill();
      int process = kernel.spawn("count");
      agent.runOnce();
      assertThat(kernel.observe().guests()).extracting(p -> p.pid()).containsExactly(process);
      server.start();
      soon().untilAsserted(() -> assertThat(stored().get().getStatus().processes()).isEqualTo(1));

      configs.clear();
      push(DesiredState.DRAINED);
      soon()
          .untilAsserted(
              () -> {
                NodeConfig next = configs.poll(1, TimeUnit.SECONDS);
                assertThat(next).isNotNull();
                assertThat(next.getSpec().state()).isEqualTo(DesiredState.DRAINED);
                reconciler.configure(next);
              });
      agent.runOnce();
      awaitReported(ObservedState.DRAINED);
      assertThat(kernel.changes()).contains("migrate " + process + " to 2");
    }
  }

  @Test
  void anObjectThatIsMadeAnewGetsItsStatusAgain() throws Exception {
    try (ApiLink link = link(Clock.systemUTC())) {
      push(DesiredState.ABSENT);
      assertThat(nextState()).isEqualTo(DesiredState.ABSENT);
      InMemoryKernel kernel = new InMemoryKernel();
      Reconciler reconciler =
          new Reconciler(
              kernel,
              new MemoryFile(state),
              new DesiredCompiler(name -> OptionalInt.empty()),
              Clock.systemUTC(),
              Clock.systemUTC(),
              repair -> {});
      reconciler.configure(stored().get());
      new Agent(reconciler, kernel.machine(), Clock.systemUTC(), link::report).runOnce();
      awaitReported(ObservedState.ABSENT);
      stored().delete();
      push(DesiredState.ABSENT);
      awaitReported(ObservedState.ABSENT);
    }
  }

  @Test
  void startsWithoutTheServerAndFindsItLater() throws Exception {
    push(DesiredState.ONLINE);
    Connection connection = Connection.fromFiles(server.url(), server.ca(), token);
    server.kill();
    try (ApiLink link = new ApiLink("pc1", connection, state, Clock.systemUTC(), configs::add)) {
      assertThat(configs).isEmpty();
      server.start();
      assertThat(nextState()).isEqualTo(DesiredState.ONLINE);
    }
  }

  @Test
  void renewsItsTokenInTimeAndUsesTheNewOne() throws Exception {
    push(DesiredState.ONLINE);
    Token installed = Token.parse(Files.readString(token));
    try (ApiLink link =
        link(Clock.offset(Clock.systemUTC(), Duration.ofSeconds(TOKEN_SECONDS - 60)))) {
      assertThat(nextState()).isEqualTo(DesiredState.ONLINE);
      soon().until(() -> Files.exists(state.resolve("token")));
    }
    Token renewed = Token.parse(Files.readString(state.resolve("token")));
    assertThat(renewed.text()).isNotEqualTo(installed.text());
    assertThat(renewed.expires()).isAfterOrEqualTo(installed.expires());
    configs.clear();
    try (ApiLink link = link(Clock.systemUTC())) {
      assertThat(nextState()).isEqualTo(DesiredState.ONLINE);
    }
  }

  @Test
  void aClockThatIsAheadHasItRenewedOnceNotAlways() throws Exception {
    Connection connection = Connection.fromFiles(server.url(), server.ca(), token);
    TokenStore tokens = new TokenStore(state, connection.installedToken());
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(connection.config(tokens))
            .withHttpClientFactory(new JdkHttpClientFactory())
            .build()) {
      TokenRenewer renewer =
          new TokenRenewer(client, tokens, Clock.offset(Clock.systemUTC(), Duration.ofDays(2)));
      renewer.run();
      String renewed = tokens.getToken();
      assertThat(renewed).isNotEqualTo(connection.installedToken());
      renewer.run();
      assertThat(tokens.getToken()).isEqualTo(renewed);
    }
  }
}
