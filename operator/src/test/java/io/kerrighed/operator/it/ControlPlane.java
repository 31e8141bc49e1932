// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kerrighed.api.Crds;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.operator.it.Command.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An API server and the operator's jar, as processes; and kubectl. The server is the embedded one,
 * or with {@code KRG_FULL_APISERVER=1} all of Kubernetes' API.
 */
final class ControlPlane implements AutoCloseable {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PROGRAMS = ROOT.resolve("target/apiserver");
  private static final long MINUTES = 5;

  private static final String EMBEDDED = "kerrighed-apiserver";
  private static final String FULL = "kube-apiserver";
  private static final String USUAL =
      "1".equals(System.getenv("KRG_FULL_APISERVER")) ? FULL : EMBEDDED;

  private final Path directory;
  private final String program;
  private final Path kubeconfig;
  private URI url;
  private Process server;
  private Process operator;

  /** Where the log of the operator that was started last begins. */
  private long logStart;

  ControlPlane(Path directory) throws IOException {
    this(directory, USUAL, true);
  }

  private ControlPlane(Path directory, String program, boolean operated) throws IOException {
    this.directory = directory;
    this.program = program;
    build(program);
    kubeconfig = startServer("0");
    if (operated) {
      startOperator();
    }
  }

  /** An API server without any kind of ours. */
  static ControlPlane withoutOperator(Path directory) throws IOException {
    return new ControlPlane(directory, USUAL, false);
  }

  /** All of Kubernetes' API, as somebody may have it already, without any kind of ours. */
  static ControlPlane foreign(Path directory) throws IOException {
    return new ControlPlane(directory, FULL, false);
  }

  /** One at a time: two classes may begin together. */
  private static synchronized void build(String program) {
    Command.run(ROOT, Map.of(), "operator/apiserver/build").orFail();
    if (program.equals(FULL)) {
      Command.run(ROOT, Map.of(), "operator/apiserver/build", "full").orFail();
    }
  }

  private Path startServer(String port) throws IOException {
    server =
        new ProcessBuilder(
                PROGRAMS.resolve(program).toString(), "--data", store().toString(), "--port", port)
            .redirectError(directory.resolve("apiserver.log").toFile())
            .start();
    String line =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (line == null || !line.startsWith("ready ")) {
      throw new IllegalStateException(
          "API server: " + Files.readString(directory.resolve("apiserver.log")));
    }
    url = URI.create(line.split(" ")[1]);
    return Path.of(line.split(" ")[2]);
  }

  private Path store() {
    return directory.resolve("store");
  }

  /** Ends the API server and starts it again at the same address with its keys but no objects. */
  void loseStore() throws IOException, InterruptedException {
    server.destroy();
    server.waitFor();
    try (var files = Files.walk(store().resolve("etcd"))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    startServerAgain();
  }

  /** As a crash does it. */
  void killServer() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  /** At the same address, with what it has stored. */
  void startServerAgain() throws IOException {
    startServer(Integer.toString(url.getPort()));
  }

  void startOperator() throws IOException {
    startOperator(kubeconfig);
  }

  /** Starts it with the rights of whoever this kubeconfig is of. */
  void startOperator(Path as) throws IOException {
    startOperator(as, Map.of());
  }

  /** Starts it with more in its environment. */
  void startOperator(Path as, Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(ROOT.resolve("operator/bin/kerrighed-operator").toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("operator.log").toFile()));
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG",
                as.toString(),
                "KERRIGHED_CACHE_DIRECTORY",
                directory.resolve("cache").toString(),
                "KERRIGHED_SOURCES_DIRECTORY",
                directory.resolve("sources").toString(),
                "QUARKUS_HTTP_HOST_ENABLED",
                "true",
                "QUARKUS_HTTP_PORT",
                "0"));
    builder.environment().putAll(environment);
    Path log = directory.resolve("operator.log");
    logStart = Files.exists(log) ? Files.size(log) : 0;
    operator = builder.start();
  }

  /** Where the operator that was started last takes webhooks, once it does. */
  URI webhooks() {
    Pattern said = Pattern.compile("Listening on: (http://\\S+)");
    String url =
        Lab.soon()
            .until(
                () -> {
                  byte[] log = Files.readAllBytes(directory.resolve("operator.log"));
                  int from = Math.toIntExact(logStart);
                  Matcher found =
                      said.matcher(
                          new String(log, from, log.length - from, StandardCharsets.UTF_8));
                  return found.find() ? found.group(1) : null;
                },
                Objects::nonNull);
    return URI.create(url + "/hooks/");
  }

  /** Waits until the server knows our kinds, and lists them all: that list is made later. */
  void awaitKinds() {
    Lab.soon()
        .until(
            () ->
                kubectl("api-resources", "-o", "name", "--api-group=" + Api.GROUP)
                        .out()
                        .lines()
                        .count()
                    == Crds.all().size());
  }

  /** Waits until it ends by itself. */
  int awaitOperatorEnd() throws InterruptedException {
    if (!operator.waitFor(MINUTES, TimeUnit.MINUTES)) {
      throw new AssertionError("the operator goes on");
    }
    return operator.exitValue();
  }

  void stopOperator() throws InterruptedException {
    operator.destroy();
    if (!operator.waitFor(MINUTES, TimeUnit.MINUTES)) {
      operator.destroyForcibly();
      throw new AssertionError("the operator does not stop");
    }
  }

  /** As a crash or the kernel does it: nothing is finished and nothing is closed. */
  void killOperator() throws InterruptedException {
    operator.destroyForcibly().waitFor();
  }

  /** Lets it stand still, or go on. */
  void signalOperator(String signal) {
    Command.run(directory, Map.of(), "kill", "-" + signal, Long.toString(operator.pid())).orFail();
  }

  /** The most resident memory that the operator has had since it was started. */
  double operatorPeakMegabytes() throws IOException {
    String status = Files.readString(Path.of("/proc/%d/status".formatted(operator.pid())));
    Matcher peak = Pattern.compile("VmHWM:\\s*(\\d+) kB").matcher(status);
    if (!peak.find()) {
      throw new IOException("the operator has ended");
    }
    return Long.parseLong(peak.group(1)) / 1024.0;
  }

  /** What the operators of this control plane have logged. */
  String operatorLog() throws IOException {
    return Files.readString(directory.resolve("operator.log"));
  }

  /** The administrator's. */
  Path kubeconfig() {
    return kubeconfig;
  }

  /** The kubectl that is built with the API server. */
  static Path kubectl() {
    return PROGRAMS.resolve("kubectl");
  }

  KubernetesClient client() throws IOException {
    return new KubernetesClientBuilder()
        .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig)))
        .build();
  }

  /** kubectl as the administrator. */
  Result kubectl(String... words) {
    return kubectl(kubeconfig, "", words);
  }

  Result apply(String yaml) {
    return kubectl(kubeconfig, yaml, "apply", "-f", "-");
  }

  /** A kubeconfig of somebody who has only a token. */
  Path kubeconfigFor(String name, String token) throws IOException {
    Path file = directory.resolve(name + ".kubeconfig");
    Files.copy(kubeconfig, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    kubectl(file, "", "config", "set-credentials", name, "--token", token).orFail();
    kubectl(file, "", "config", "set-context", "--current", "--user", name).orFail();
    kubectl(file, "", "config", "delete-user", "admin").orFail();
    return file;
  }

  Result kubectl(Path as, String input, String... words) {
    var command = new ArrayList<>(List.of(kubectl().toString()));
    command.addAll(List.of(words));
    return Command.runWith(
        input,
        directory,
        Map.of("KUBECONFIG", as.toString(), "HOME", directory.toString()),
        command.toArray(String[]::new));
  }

  /** Ends both; nothing writes into the directory any longer. */
  @Override
  public void close() {
    for (Process process : operator == null ? List.of(server) : List.of(operator, server)) {
      process.destroy();
      try {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
