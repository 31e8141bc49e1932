// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The API server that the project embeds, as a process. */
public final class ApiServer implements Closeable {
  private final Path data;
  private int port;
  private Process process;
  private KubernetesClient admin;
  private Path kubeconfig;

  public ApiServer(Path data) {
    this.data = data;
  }

  /** Starts it, the second time on the same port; returns when it is ready. */
  public void start() throws IOException {
    Path binary = Path.of(System.getProperty("apiserver"));
    if (!Files.isExecutable(binary)) {
      throw new IllegalStateException(binary + " is missing: run operator/apiserver/build");
    }
    process =
        new ProcessBuilder(
                binary.toString(), "--data", data.toString(), "--port", Integer.toString(port))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    if (line == null || !line.startsWith("ready ")) {
      throw new IllegalStateException("the API server did not start: " + line);
    }
    String[] words = line.split(" ");
    port = Integer.parseInt(words[1].substring(words[1].lastIndexOf(':') + 1));
    kubeconfig = Path.of(words[2]);
    admin =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig)))
            .build();
  }

  public KubernetesClient admin() {
    return admin;
  }

  /** The administrator's. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  public String url() {
    return "https://127.0.0.1:" + port;
  }

  /** Its certificate's authority, in a file. */
  Path ca() throws IOException {
    Path file = data.resolve("ca-for-agent.crt");
    Files.write(
        file, java.util.Base64.getDecoder().decode(admin.getConfiguration().getCaCertData()));
    return file;
  }

  /** The kind of the agent, and everything of node pc1's account. */
  void install() throws IOException {
    try (InputStream crd =
        NodeConfig.class.getResourceAsStream("/META-INF/fabric8/nodeconfigs.kerrighed.io-v1.yml")) {
      CustomResourceDefinition definition =
          admin.apiextensions().v1().customResourceDefinitions().load(crd).item();
      admin.resource(definition).serverSideApply();
      admin
          .apiextensions()
          .v1()
          .customResourceDefinitions()
          .withName(definition.getMetadata().getName())
          .waitUntilCondition(ApiServer::established, 30, TimeUnit.SECONDS);
    }
    try (InputStream rbac = ApiServer.class.getResourceAsStream("/node-account.yaml")) {
      admin.load(rbac).serverSideApply();
    }
  }

  private static boolean established(CustomResourceDefinition definition) {
    return definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True"));
  }

  /** Ends it without warning. */
  public void kill() throws IOException {
    admin.close();
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    kill();
  }
}
