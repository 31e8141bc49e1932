// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static io.kerrighed.ctl.ControlPlane.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kerrighed.ctl.ControlPlane.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that ask the API server, each with what it says when that fails. */
class KrgCtlIT {
  private static final ControlPlane plane = ControlPlane.shared();

  @TempDir Path directory;

  @Test
  void statusIsATableJsonOrYaml() throws IOException {
    Result table = plane.krgctl("status");
    assertThat(table.exit()).as("no agent has reported").isEqualTo(1);
    assertThat(table.out()).contains("SOURCE", "lab", "node3");
    JsonNode json = new ObjectMapper().readTree(plane.krgctl("status", "-o", "json").out());
    assertThat(json.at("/sources/0/ready").asText()).isEqualTo("True");
    assertThat(json.at("/nodes/2/name").asText()).isEqualTo("node3");
    assertThat(json.at("/nodes/2/id").asInt()).isEqualTo(3);
    assertThat(plane.krgctl("status", "-o", "yaml").out())
        .startsWith("---\n")
        .contains("nodes:\n", "    desired: Online\n");
    Result wrong = plane.krgctl("status", "-o", "xml");
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err()).contains("'xml' is none of table, json and yaml");
  }

  @Test
  void logsTellWhatHappenedAndGoOn() throws Exception {
    assertThat(plane.krgctl("logs").orFail())
        .containsPattern(
            "Normal +RevisionApplied +ConfigSource/lab: main@sha1:\\w+: applied, 5 objects");
    assertThat(plane.krgctl("logs", "node1").orFail()).doesNotContain("ConfigSource");
    assertThat(plane.krgctl("logs", "-o", "json", "ConfigSource/lab").orFail())
        .contains("\"reason\":\"RevisionApplied\"");
    StringWriter out = new StringWriter();
    Thread follower =
        new Thread(
            () ->
                KrgCtl.run(
                    new PrintWriter(out, true),
                    new PrintWriter(out, true),
                    "logs",
                    "-f",
                    "--kubeconfig=" + plane.server().kubeconfig()));
    follower.start();
    soon().until(() -> out.toString().contains("RevisionApplied"));
    try {
      plane.apply(
          """
              apiVersion: kerrighed.io/v1alpha1
              kind: ConfigSource
              metadata: {name: gone}
              spec: {url: "file:///nonexistent/repository.git"}
              """);
      soon().until(() -> out.toString().contains("FetchFailed  ConfigSource/gone"));
      assertThat(out.toString()).containsOnlyOnce("RevisionApplied");
    } finally {
      plane
          .admin()
          .genericKubernetesResources("kerrighed.io/v1alpha1", "ConfigSource")
          .withName("gone")
          .delete();
      follower.interrupt();
      follower.join();
    }
  }

  @Test
  void aKubeconfigForAnotherMachineWorksThere() throws IOException {
    Path file = directory.resolve("other.kubeconfig");
    String url = plane.server().url().replace("127.0.0.1", "localhost");
    plane.krgctl("get-kubeconfig", "--server", url, "--to", file.toString()).orFail();
    assertThat(Files.readString(file)).contains(url);
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(ControlPlane.run("status", "--kubeconfig=" + file).out()).contains("node1");
  }

  @Test
  void aKubeconfigThatWouldNotWorkIsNotMade() {
    Path file = directory.resolve("other.kubeconfig");
    Result nobody = plane.krgctl("get-kubeconfig", "--server=https://localhost:1", "--to=" + file);
    assertThat(nobody.exit()).isEqualTo(2);
    assertThat(nobody.err()).contains("no API server answers", "systemctl status");
    Result unnamed =
        plane.krgctl(
            "get-kubeconfig",
            "--server=" + plane.server().url().replace("127.0.0.1", "127.0.0.2"),
            "--to=" + file);
    assertThat(unnamed.exit()).isEqualTo(2);
    assertThat(file).doesNotExist();
  }

  @Test
  void aTokenThatHasEndedSaysWhatToDo() throws IOException {
    Path file = directory.resolve("stranger.kubeconfig");
    Files.writeString(
        file,
        Files.readString(plane.server().kubeconfig())
            .replaceAll("client-(certificate|key)-data: .*", "token: guess")
            .replaceFirst("    token: guess\n", ""));
    Result result = ControlPlane.run("status", "--kubeconfig=" + file);
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("does not know you", "krgctl get-kubeconfig");
  }

  @Test
  void aBackupIsMadeAndRestored() {
    String program = "--program=" + System.getProperty("apiserver");
    Path store = plane.server().kubeconfig().getParent();
    Path backup = directory.resolve("backup");
    Path restored = directory.resolve("restored");
    ControlPlane.run("backup", program, "--data=" + store, backup.toString()).orFail();
    ControlPlane.run("restore", program, "--data=" + restored, backup.toString()).orFail();
    assertThat(restored.resolve("pki/ca.key")).hasSameBinaryContentAs(store.resolve("pki/ca.key"));
    assertThat(ControlPlane.run("restore", program, "--data=" + store, backup.toString()).exit())
        .isEqualTo(2);
    Result elsewhere = ControlPlane.run("backup", "--program=/nonexistent", backup.toString());
    assertThat(elsewhere.exit()).isEqualTo(2);
    assertThat(elsewhere.err()).contains("on the machine of the API server", "--program");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Result result = ControlPlane.run("status", "--kubeconfig=/nonexistent");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("/nonexistent cannot be read", "--kubeconfig");
  }
}
