// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.ctl.ControlPlane.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** krgctl diff against a cluster that has the example. */
class DiffCommandIT {
  private static final ControlPlane plane = ControlPlane.shared();

  @TempDir Path temporary;
  private Path local;

  @BeforeEach
  void copy() throws IOException {
    local = temporary.resolve("local");
    ControlPlane.copyExample(local);
  }

  private void replace(String file, String old, String by) throws IOException {
    Path path = local.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(old);
    Files.writeString(path, text.replaceFirst(java.util.regex.Pattern.quote(old), by));
  }

  private Result diff(String... words) {
    String[] all = new String[words.length + 1];
    System.arraycopy(words, 0, all, 0, words.length);
    all[words.length] = local.toString();
    return plane.krgctl("diff", all);
  }

  @Test
  void whatIsInForceWouldChangeNothing() {
    assertThat(diff()).isEqualTo(new Result(0, "", ""));
  }

  @Test
  void aChangedFieldIsShownInItsPlace() throws IOException {
    replace("nodes.yaml", "state: Online", "state: Drained");
    Result result = diff();
    assertThat(result.exit()).as(result.err()).isEqualTo(1);
    assertThat(result.out())
        .startsWith("--- cluster/KerrighedNode/node1\n+++ pushed/KerrighedNode/node1\n@@ ")
        .containsOnlyOnce("@@ -")
        .contains("\n-  state: Online\n", "\n+  state: Drained\n", "\n   nodeId: 1\n")
        .doesNotContain("managedFields", "resourceVersion", "status:");
    assertThat(plane.krgctl("status").out()).doesNotContain("Drained");
  }

  @Test
  void whatWouldBeMadeAndWhatWouldBeDeletedIsShown() throws IOException {
    replace("capabilities.yaml", "name: ", "name: other-");
    Result result = diff();
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out())
        .contains("--- /dev/null\n+++ pushed/CapabilitySet/other-")
        .containsPattern("--- cluster/CapabilitySet/(?!other)\\S+\n\\+\\+\\+ /dev/null\n");
  }

  @Test
  void whatIsProtectedWouldNotBeDeleted() throws IOException {
    replace("capabilities.yaml", "name: ", "name: other-");
    annotate("disabled");
    try {
      assertThat(diff().out()).contains("+++ pushed/").doesNotContain("+++ /dev/null");
    } finally {
      annotate(null);
    }
    assertThat(diff().out()).contains("+++ /dev/null");
  }

  private static void annotate(String prune) {
    plane
        .admin()
        .genericKubernetesResources("kerrighed.io/v1alpha1", "CapabilitySet")
        .withName("movable")
        .edit(
            set -> {
              set.getMetadata().getAnnotations().put("kerrighed.io/prune", prune);
              return set;
            });
  }

  @Test
  void aMistakeInAFileIsRefusedWithItsPlace() throws IOException {
    replace("nodes.yaml", "nodeId: 3", "nodeid: 3");
    Result result = diff();
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("nodes.yaml:27:3: unknown field spec.nodeid");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void whatOnlyTheServerKnowsIsRefusedWithItsPlace() throws IOException {
    replace("nodes.yaml", "nodeId: 3", "nodeId: 9");
    Result result = diff();
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("nodes.yaml:27:11: spec.nodeId: a node keeps its id");
  }

  @Test
  void aSourceThatIsNotThereIsNamed() {
    Result result = diff("--source=other");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("no ConfigSource other", "lab");
  }
}
