// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.agent.api.ApiServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The real API server and the real operator, which follows a repository with the example in it. */
final class ControlPlane {
  private static final Path EXAMPLE = Path.of("../git-examples/pc-lab");
  private static final Map<String, String> IDENTITY =
      Map.of(
          "GIT_AUTHOR_NAME", "test",
          "GIT_AUTHOR_EMAIL", "test@example.org",
          "GIT_COMMITTER_NAME", "test",
          "GIT_COMMITTER_EMAIL", "test@example.org");

  private static ControlPlane shared;

  private final Path directory;
  private final ApiServer server;
  private final Process operator;

  /** What a command said. */
  record Result(int exit, String out, String err) {
    String orFail() {
      if (exit != 0) {
        throw new AssertionError("exit " + exit + "\n" + out + err);
      }
      return out;
    }
  }

  private ControlPlane() throws IOException {
    directory = Files.createTempDirectory(Path.of("target"), "control-plane").toAbsolutePath();
    server = new ApiServer(directory.resolve("store"));
    server.start();
    operator = startOperator();
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    copyExample(directory.resolve("lab"));
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "start");
    soon().until(() -> admin().namespaces().withName("kerrighed").get() != null);
    String source =
        """
        apiVersion: kerrighed.io/v1alpha1
        kind: ConfigSource
        metadata: {name: lab}
        spec: {url: "file://%s", interval: 1h}
        """
            .formatted(directory.resolve("lab"));
    // The server lists its kinds some time after it has them.
    soon().untilAsserted(() -> apply(source));
    soon().until(() -> krgctl("status").out().contains("applied main@sha1:"));
    for (String node : List.of("node1", "node2", "node3")) {
      soon().until(() -> hasRights(node));
    }
  }

  /** Is the last one that the operator gives there? */
  private boolean hasRights(String node) {
    return admin()
            .rbac()
            .roleBindings()
            .inNamespace("kerrighed")
            .withName("kerrighed:node:" + node)
            .get()
        != null;
  }

  static synchronized ControlPlane shared() {
    try {
      shared = shared == null ? new ControlPlane() : shared;
      return shared;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process startOperator() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("../operator/bin/kerrighed-operator")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("operator.log").toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "KUBECONFIG", server.kubeconfig().toString(),
                "KERRIGHED_CACHE_DIRECTORY", directory.resolve("cache").toString()));
    return builder.start();
  }

  private void stop() {
    try {
      operator.destroy();
      if (!operator.waitFor(30, TimeUnit.SECONDS)) {
        operator.destroyForcibly();
      }
      server.close();
    } catch (IOException | InterruptedException e) {
      operator.destroyForcibly();
    }
  }

  private void git(String... words) throws IOException {
    String[] command = new String[words.length + 3];
    command[0] = "git";
    command[1] = "-C";
    command[2] = directory.resolve("lab").toString();
    System.arraycopy(words, 0, command, 3, words.length);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().putAll(IDENTITY);
    try {
      if (builder.start().waitFor() != 0) {
        throw new IOException(String.join(" ", command));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** What the cluster has, in a new folder. */
  static void copyExample(Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(EXAMPLE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  void apply(String yaml) {
    admin().load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8))).serverSideApply();
  }

  KubernetesClient admin() {
    return server.admin();
  }

  ApiServer server() {
    return server;
  }

  /** Runs a command as the administrator. */
  Result krgctl(String command, String... words) {
    String[] all = new String[words.length + 2];
    all[0] = command;
    all[1] = "--kubeconfig=" + server.kubeconfig();
    System.arraycopy(words, 0, all, 2, words.length);
    return run(all);
  }

  static Result run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = KrgCtl.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
    return new Result(exit, out.toString(), err.toString());
  }

  static ConditionFactory soon() {
    return Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions();
  }
}
