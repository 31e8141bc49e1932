// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The embedded API server on the host, as the nodes' agents see it, and kubectl with all rights.
 */
public final class ApiServer implements Closeable {
  /** The host's loopback address as QEMU's user-mode network shows it to a guest. */
  public static final String HOST = "10.0.2.2";

  private final Path binaries;
  private final String kubeconfig;
  private final String url;
  private final Process process;

  /**
   * Starts it; returns when it serves.
   *
   * @param repository the checked-out project, with the server built
   * @param data its store, made if it is not there
   */
  public ApiServer(Path repository, Path data) throws IOException {
    binaries = repository.resolve("target/apiserver");
    process =
        new ProcessBuilder(
                binaries.resolve("kerrighed-apiserver").toString(),
                "--data",
                data.toString(),
                "--port",
                "0",
                "--names",
                HOST)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    if (line == null || !line.startsWith("ready ")) {
      throw new IOException("the API server did not start: " + line);
    }
    String[] words = line.split(" ");
    url = "https://" + HOST + words[1].substring(words[1].lastIndexOf(':'));
    kubeconfig = words[2];
  }

  /** Resident memory of the server, in bytes. */
  public long residentBytes() throws IOException {
    return ControlPlane.residentBytes(process);
  }

  /** The host's file with all rights. */
  public String kubeconfig() {
    return kubeconfig;
  }

  /** How a node reaches it. */
  public String url() {
    return url;
  }

  /** The certificate of its authority, as PEM. */
  public String ca() throws IOException, InterruptedException {
    String data =
        kubectl(
            "config",
            "view",
            "--raw",
            "-o",
            "jsonpath={.clusters[0].cluster.certificate-authority-data}");
    return new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8);
  }

  /** Applies YAML. */
  public void apply(String yaml) throws IOException, InterruptedException {
    run(yaml, List.of("apply", "--server-side", "-f", "-"));
  }

  /** What kubectl prints, without white space at its ends; fails if kubectl does. */
  public String kubectl(String... arguments) throws IOException, InterruptedException {
    return run("", List.of(arguments));
  }

  /** Starts a kubectl that goes on in the background; what it prints is in a file. */
  public Process watch(Path output, String... arguments) throws IOException {
    List<String> command = command(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(binaries.resolve("kubectl").toString());
    command.add("--kubeconfig=" + kubeconfig);
    command.addAll(arguments);
    return command;
  }

  private String run(String input, List<String> arguments)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("kubectl", ".err");
    try {
      Process kubectl =
          new ProcessBuilder(command(arguments)).redirectError(errors.toFile()).start();
      try (OutputStream stdin = kubectl.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output =
          new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (kubectl.waitFor() != 0) {
        throw new IOException(
            "kubectl %s: %s %s".formatted(arguments, output, Files.readString(errors)));
      }
      return output;
    } finally {
      Files.delete(errors);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }
}
