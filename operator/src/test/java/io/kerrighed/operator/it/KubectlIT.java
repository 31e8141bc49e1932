// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.kerrighed.api.Crds;
import io.kerrighed.operator.it.Command.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real kubectl on our kinds: the one built here, and those in {@code KRG_KUBECTL}, with a colon
 * between them, or else Debian's, which in Debian 12 is 1.20.
 */
@Execution(ExecutionMode.CONCURRENT)
class KubectlIT {
  private static final Path DOCUMENT = Path.of("../docs/kinds.md");
  private static final String OTHERS =
      System.getenv().getOrDefault("KRG_KUBECTL", "/usr/bin/kubectl");

  private static final String NODE =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: KerrighedNode
      metadata: {name: %s}
      spec: {nodeId: 9, machine: {hostname: pc9}, state: %s}
      """;

  @TempDir static Path directory;
  private static Kinds kinds;

  @BeforeAll
  static void start() throws IOException {
    kinds = new Kinds(directory);
    for (CustomResourceDefinition crd : Crds.all()) {
      kinds.store(crd, Kinds.samples(crd).get(0));
    }
    for (Path program : kubectls()) {
      // The server publishes what explains a kind some time after the kind.
      for (CustomResourceDefinition crd : Crds.all()) {
        soon().until(() -> kubectl(program, "", "explain", Kinds.plural(crd)).exit() == 0);
      }
    }
  }

  @AfterAll
  static void stop() {
    kinds.close();
  }

  static List<Path> kubectls() {
    List<Path> found = new ArrayList<>(List.of(ControlPlane.kubectl()));
    for (String other : OTHERS.split(":")) {
      if (Files.isExecutable(Path.of(other))) {
        found.add(Path.of(other));
      }
    }
    return found;
  }

  private static Result kubectl(Path program, String input, String... words) {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(words));
    return Command.runWith(input, directory, environment(), command.toArray(String[]::new));
  }

  private static Map<String, String> environment() {
    return Map.of(
        "KUBECONFIG", kinds.plane().kubeconfig().toString(),
        "HOME", directory.toString(),
        // kubectl edit: what a person does in an editor
        "KUBE_EDITOR", "sed -i 's/state: Drained/state: Absent/'");
  }

  /** Ends a watch, which would go on, when it has shown all of these nodes. */
  private static void watches(Path program, String... nodes)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(program.toString(), "get", "krgnode", "-w", "--request-timeout=2m")
            .redirectError(Redirect.INHERIT);
    builder.environment().putAll(environment());
    Process watch = builder.start();
    Set<String> missing = new HashSet<>(List.of(nodes));
    try (BufferedReader out = watch.inputReader()) {
      String line;
      while (!missing.isEmpty() && (line = out.readLine()) != null) {
        missing.remove(line.split(" ")[0]);
      }
    } finally {
      watch.destroy();
      watch.waitFor();
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void theDocumentationIsWhatKubectlShows() throws IOException {
    String text =
        new KindsDocument(words -> kubectl(ControlPlane.kubectl(), "", words).orFail()).text();
    if (Boolean.getBoolean("kerrighed.docs.write")) {
      Files.writeString(DOCUMENT, text);
    }
    assertThat(DOCUMENT).hasContent(text);
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void everyVerbWorks(Path program) throws Exception {
    String online = NODE.formatted("pc9", "Online");
    String drained = NODE.formatted("pc9", "Drained");
    kubectl(program, online, "apply", "-f", "-").orFail();
    assertThat(kubectl(program, "", "get", "krgnode", "pc9", "-o", "wide").orFail())
        .containsPattern("NAME +ID +DESIRED .*KERNEL +REVISION +AGE\npc9 +9 +Online");
    assertThat(kubectl(program, "", "get", "krgnode", "pc9", "-o", "yaml").orFail())
        .contains("hostname: pc9");
    assertThat(
            kubectl(program, "", "get", "krgnode/pc9", "-o", "jsonpath={.spec.machine.hostname}")
                .orFail())
        .isEqualTo("pc9");
    assertThat(kubectl(program, "", "describe", "krgnode", "pc9").orFail())
        .containsPattern("Hostname: +pc9");

    Result diff = kubectl(program, drained, "diff", "-f", "-");
    assertThat(diff.exit()).as(diff.err()).isEqualTo(1);
    assertThat(diff.out()).contains("-  state: Online", "+  state: Drained");
    kubectl(program, drained, "apply", "--server-side", "--force-conflicts", "-f", "-").orFail();
    assertThat(state(program)).isEqualTo("Drained");
    kubectl(program, "", "edit", "krgnode", "pc9").orFail();
    assertThat(state(program)).isEqualTo("Absent");
    kubectl(
            program,
            "",
            "patch",
            "krgnode",
            "pc9",
            "--type=merge",
            "-p",
            "{\"spec\":{\"state\":\"Online\"}}")
        .orFail();
    assertThat(state(program)).isEqualTo("Online");

    kubectl(program, "", "wait", "--for=condition=Ready", "krgnode/pc1", "--timeout=2m").orFail();
    Result never =
        kubectl(program, "", "wait", "--for=condition=Ready", "krgnode/pc9", "--timeout=1s");
    assertThat(never.exit()).isEqualTo(1);
    watches(program, "pc1", "pc9");
    assertThat(kubectl(program, "", "explain", "krgnode.spec.drainPolicy").orFail())
        .contains("Overrides the cluster's drainPolicy");
    assertThat(kubectl(program, "", "auth", "can-i", "patch", "krgnodes").orFail()).contains("yes");
    assertThat(
            kubectl(
                    program,
                    "",
                    "auth",
                    "can-i",
                    "patch",
                    "krgnodes",
                    "--as=system:serviceaccount:kerrighed:pc1")
                .out())
        .contains("no");
    assertThat(kubectl(program, online.replace("nodeId: 9", "nodeId: 0"), "apply", "-f", "-").err())
        .contains("spec.nodeId");
    kubectl(program, "", "delete", "krgnode", "pc9", "--timeout=2m").orFail();
    assertThat(kubectl(program, "", "get", "krgnode", "pc9").err()).contains("not found");
  }

  private static String state(Path program) {
    return kubectl(program, "", "get", "krgnode", "pc9", "-o", "jsonpath={.spec.state}").orFail();
  }
}
