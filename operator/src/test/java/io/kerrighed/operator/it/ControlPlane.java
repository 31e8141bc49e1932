// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kerrighed.operator.it.Command.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The embedded API server and the operator's jar, as processes; and kubectl. */
final class ControlPlane implements AutoCloseable {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PROGRAMS = ROOT.resolve("target/apiserver");

  private final Path directory;
  private final Path kubeconfig;
  private final Process server;
  private Process operator;

  ControlPlane(Path directory) throws IOException {
    this.directory = directory;
    Command.run(ROOT, Map.of(), "operator/apiserver/build").orFail();
    server =
        new ProcessBuilder(
                PROGRAMS.resolve("kerrighed-apiserver").toString(),
                "--data",
                directory.resolve("store").toString(),
                "--port",
                "0")
            .redirectError(directory.resolve("apiserver.log").toFile())
            .start();
    String line =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (line == null || !line.startsWith("ready ")) {
      throw new IllegalStateException(
          "API server: " + Files.readString(directory.resolve("apiserver.log")));
    }
    kubeconfig = Path.of(line.split(" ")[2]);
    startOperator();
  }

  void startOperator() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar().toString())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve("operator.log").toFile()));
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG",
                kubeconfig.toString(),
                "KERRIGHED_CACHE_DIRECTORY",
                directory.resolve("cache").toString(),
                "QUARKUS_HTTP_HOST_ENABLED",
                "true",
                "QUARKUS_HTTP_PORT",
                "0"));
    operator = builder.start();
  }

  /** Where the operator that was started last takes webhooks. */
  URI webhooks() throws IOException {
    Matcher matcher =
        Pattern.compile("Listening on: (http://\\S+)")
            .matcher(Files.readString(directory.resolve("operator.log")));
    String found = matcher.results().reduce((a, b) -> b).orElseThrow().group(1);
    return URI.create(found + "/hooks/");
  }

  void stopOperator() throws InterruptedException {
    operator.destroy();
    if (!operator.waitFor(1, TimeUnit.MINUTES)) {
      operator.destroyForcibly();
      throw new AssertionError("the operator does not stop");
    }
  }

  private static Path jar() throws IOException {
    try (var files = Files.list(Path.of("target"))) {
      return files
          .filter(file -> file.toString().endsWith("-runner.jar"))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no operator jar: run mvn package"));
    }
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
    var command = new java.util.ArrayList<>(List.of(PROGRAMS.resolve("kubectl").toString()));
    command.addAll(List.of(words));
    return Command.runWith(
        input,
        directory,
        Map.of("KUBECONFIG", as.toString(), "HOME", directory.toString()),
        command.toArray(String[]::new));
  }

  @Override
  public void close() {
    for (Process process : new Process[] {operator, server}) {
      process.destroy();
      try {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
