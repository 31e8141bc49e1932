// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes get other modules by a git push while a process runs. The other versions are the same
 * modules under another name of equal length.
 */
@KrgCluster(nodes = 3, started = false)
class UpgradeIT {
  private static final String MODULES = "/run/modules";
  private static final String LOADED = "cat /sys/module/krg_hooks/version";
  private static final String WATCHED =
      "jsonpath={.metadata.name}|{.metadata.generation}|{.spec.moduleVersion}"
          + "|{.status.observedGeneration}|{.status.moduleVersion}|{.status.state}{\"\\n\"}";

  @TempDir Path work;

  @Test
  void otherModulesReachOneNodeAfterTheOtherAndProcessesRunOn(Cluster cluster) throws Exception {
    Node second = cluster.node(2);
    String built =
        second
            .host(
                "modinfo -F version '%s/target/kmod/'$(uname -r)/krg_hooks.ko"
                    .formatted(GitCluster.PROJECT))
            .orFail()
            .stdout()
            .strip();
    String next = built.substring(0, built.length() - 1) + "x";
    String broken = built.substring(0, built.length() - 1) + "y";
    try (GitCluster git = new GitCluster(cluster, work)) {
      for (Node node : cluster.nodes()) {
        install(node, built, built);
      }
      git.startAgents(MODULES);
      git.awaitApplied(git.push("cluster.yaml", text -> text + "  moduleVersion: " + built + "\n"));
      Path programs = Files.createDirectories(cluster.shared().resolve("bin"));
      Files.copy(
          GitCluster.PROJECT.resolve("target/programs/counter"),
          programs.resolve("counter"),
          StandardCopyOption.COPY_ATTRIBUTES);
      int pid = second.spawn("/shared/bin/counter /shared/counts 4 100", "/dev/null");
      awaitCounts(cluster, 1);

      Path seen = work.resolve("seen");
      Process watch = git.api().watch(seen, "get", "nodeconfigs", "--watch", "-o", WATCHED);
      try {
        for (Node node : cluster.nodes()) {
          install(node, built, next);
        }
        git.awaitApplied(push(git, built, next));
        GitCluster.await("the watch", () -> awayAtOnce(seen, next).containsKey("node3"));
      } finally {
        watch.destroy();
        watch.waitFor();
      }
      assertThat(awayAtOnce(seen, next)).containsOnlyKeys("node1", "node2", "node3");
      assertThat(awayAtOnce(seen, next).values()).containsOnly(1);
      for (Node node : cluster.nodes()) {
        assertThat(node.host(LOADED).orFail().stdout().strip()).isEqualTo(next);
      }
      assertThat(second.host("cat /proc/nodes/nrnodes").orFail().stdout()).contains("ONLINE:3");
      awaitCounts(cluster, counts(cluster).size() + 1);

      for (Node node : cluster.nodes()) {
        install(node, built, broken);
      }
      Node first = cluster.node(1);
      // built for a kernel that was configured in another way
      first
          .host(
              "sed -i 's/ preempt mod_unload/ preemqt mod_unload/' %s/krg_epm.ko"
                  .formatted(MODULES))
          .orFail();
      push(git, next, broken);
      git.awaitObject("krgnode/node1", "condition=Stalled");
      git.awaitObject("krgnode/node1", "jsonpath={.status.state}=Failed");
      String stalled = ".status.conditions[?(@.type==\"Stalled\")]";
      assertThat(git.field("krgnode/node1", stalled + ".reason")).isEqualTo("StepFailed");
      assertThat(git.field("krgnode/node1", stalled + ".message"))
          .contains("cannot load", "krg_epm.ko", "dmesg");
      GitCluster.await(
          "the event",
          () ->
              git.api()
                  .kubectl(
                      "get",
                      "events",
                      "--field-selector=involvedObject.name=node1,reason=StepFailed")
                  .contains("krg_epm.ko"));
      git.awaitObject("krgnode/node3", "jsonpath={.status.conditions[0].reason}=WaitingForTurn");
      for (int id = 2; id <= 3; id++) {
        assertThat(git.field("nodeconfig/node" + id, ".spec.moduleVersion")).isEqualTo(next);
        assertThat(git.field("nodeconfig/node" + id, ".status.state")).isEqualTo("Online");
        assertThat(cluster.node(id).host(LOADED).orFail().stdout().strip()).isEqualTo(next);
      }
      awaitCounts(cluster, counts(cluster).size() + 1);

      install(first, built, next);
      git.awaitApplied(push(git, broken, next));
      assertThat(first.host(LOADED).orFail().stdout().strip()).isEqualTo(next);
      assertThat(first.host("cat /proc/nodes/nrnodes").orFail().stdout()).contains("ONLINE:3");

      first.sh("kill -TERM " + pid).orFail();
      GitCluster.await("the end of the process", () -> first.sh("kill -0 " + pid).exit() != 0);
      List<Integer> counts = counts(cluster);
      assertThat(counts)
          .as("no count is missing or doubled")
          .containsExactlyElementsOf(IntStream.rangeClosed(1, counts.size()).boxed().toList());
      git.leave();
    }
  }

  private static String push(GitCluster git, String from, String to)
      throws IOException, InterruptedException {
    return git.push(
        "cluster.yaml", text -> text.replace("moduleVersion: " + from, "moduleVersion: " + to));
  }

  /** What a package does: file by file, none of them ever half written. */
  private static void install(Node node, String built, String version) throws InterruptedException {
    node.host(
            """
            mkdir -p %1$s && cd '%2$s/target/kmod/'$(uname -r) || exit
            for module in krg_*.ko; do
              LC_ALL=C sed 's/\\(^\\|\\o0\\)version=%3$s\\o0/\\1version=%4$s\\o0/g' $module >%1$s/new &&
                mv %1$s/new %1$s/$module || exit
            done
            modinfo -F version %1$s/krg_epm.ko | grep -qxF '%4$s'
            """
                .formatted(MODULES, GitCluster.PROJECT, built.replace(".", "\\."), version))
        .orFail();
  }

  /**
   * By each node that was told to load this version: how many of them were not yet back, at most.
   */
  private static Map<String, Integer> awayAtOnce(Path seen, String version) throws IOException {
    Map<String, Boolean> away = new HashMap<>();
    Map<String, Integer> most = new HashMap<>();
    for (String line : Files.readAllLines(seen)) {
      String[] field = line.split("\\|", -1);
      if (field.length != 6 || !field[2].equals(version)) {
        continue;
      }
      boolean back =
          field[1].equals(field[3]) && field[4].equals(version) && field[5].equals("Online");
      away.put(field[0], !back);
      int now = (int) away.values().stream().filter(is -> is).count();
      most.merge(field[0], now, Math::max);
    }
    return most;
  }

  private static List<Integer> counts(Cluster cluster) throws IOException {
    Path file = cluster.shared().resolve("counts");
    List<Integer> counts = new ArrayList<>();
    if (Files.exists(file)) {
      String text = Files.readString(file);
      text.substring(0, text.lastIndexOf('\n') + 1)
          .lines()
          .map(Integer::valueOf)
          .forEach(counts::add);
    }
    return counts;
  }

  private static void awaitCounts(Cluster cluster, int number)
      throws IOException, InterruptedException {
    GitCluster.await(number + " counts", () -> counts(cluster).size() >= number);
  }
}
