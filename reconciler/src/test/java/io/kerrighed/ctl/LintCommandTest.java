// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LintCommandTest {
  @TempDir Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return KrgCtl.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  private static final String CLUSTER =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedCluster
      metadata:
        name: lab
      spec:
        sessionId: 7
      """;

  private static final String NODE =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata:
        name: pc1
      spec:
        nodeId: 1
        machine:
          hostname: pc1
      """;

  @Test
  void aGoodConfigurationIsCounted() throws IOException {
    write("cluster.yaml", CLUSTER);
    write("pc1.yaml", NODE);
    assertThat(run("lint", directory.toString())).as("%s%s", out, err).isZero();
    assertThat(out.toString()).isEqualTo("2 objects in 2 files, no mistakes\n");
  }

  @Test
  void aMistakeIsShownWithFileLineAndColumn() throws IOException {
    write("cluster.yaml", CLUSTER + "  sesionId: 8\n");
    assertThat(run("lint", directory.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("cluster.yaml:7:3", "sesionId");
  }

  @Test
  void anOverlayIsReadWithItsBase() throws IOException {
    Files.createDirectories(directory.resolve("base"));
    Files.createDirectories(directory.resolve("overlays/lab"));
    write("base/cluster.yaml", CLUSTER);
    write("base/pc1.yaml", NODE);
    write("overlays/lab/pc1.yaml", NODE.replace("nodeId: 1", "nodeId: 2"));
    assertThat(run("lint", "--overlay=lab", directory.toString())).as("%s%s", out, err).isZero();
    assertThat(out.toString()).isEqualTo("2 objects in 3 files, no mistakes\n");
    write("overlays/lab/pc1.yaml", NODE.replace("nodeId: 1", "nodeid: 2"));
    assertThat(run("lint", "--overlay=lab", directory.toString())).isEqualTo(1);
    assertThat(out.toString()).contains("overlays/lab/pc1.yaml:6:3", "nodeid");
    assertThat(run("lint", "--overlay=other", directory.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("overlays/other");
  }

  @Test
  void aFolderThatIsNotThereIsAnError() {
    assertThat(run("lint", directory.resolve("none").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("krgctl: ", "is not a directory");
  }

  @Test
  void anEmptyFolderIsAnError() {
    assertThat(run("lint", directory.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("no YAML file");
  }

  @Test
  void statusWithoutServerSaysWhatToSet() {
    assertThat(run("status", "--kubeconfig=")).isEqualTo(2);
    assertThat(err.toString()).contains("KUBECONFIG");
  }
}
