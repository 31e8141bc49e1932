// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static io.kerrighed.e2e.Commands.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** System V segments that processes of several nodes use: {@code e2e/programs/shm.c}. */
@KrgCluster(nodes = 3)
class ShmIT {
  private static final int PAGE = 4096;

  /** Rounds of torture on each node that are enough to go on. */
  private static final long PROGRESS = 80;

  @Test
  void oneKeyIsOneMemory(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    refused(three.sh("shm get 77 4096"), "shmget: No such file or directory");
    final String id = says(two, "shm get 77 20000 new");
    for (Node node : cluster.nodes()) {
      assertThat(says(node, "shm get 77 4096")).isEqualTo(id);
      assertThat(ipcs(node)).contains("0x0000004d %s ".formatted(id)).contains(" 20000 ");
    }
    refused(one.sh("shm get 77 4096 only"), "shmget: File exists");
    refused(one.sh("shm get 77 20001"), "shmget: Invalid argument");
    says(one, "shm write 77 8192 41");
    assertThat(says(two, "shm read 77 8192")).isEqualTo("41");
    says(three, "shm write 77 8192 42");
    for (Node node : cluster.nodes()) {
      assertThat(says(node, "shm read 77 8192")).isEqualTo("42");
      assertThat(says(node, "shm read 77 0")).isEqualTo("0");
    }
    assertThat(one.host("ipcs -m").orFail().stdout()).doesNotContain("0x0000004d");
    refused(two.shAs("nobody", "shm read 77 0"), "shmat: Permission denied");
    refused(three.shAs("nobody", "ipcrm -m " + id), "permission denied");
    says(three, "shm owner %s 65534 0600".formatted(id));
    assertThat(two.shAs("nobody", "shm read 77 8192").orFail().stdout()).isEqualTo("42\n");
    one.shAs("nobody", "ipcrm -M 77").orFail();
    for (Node node : cluster.nodes()) {
      refused(node.sh("shm get 77 4096"), "shmget: No such file or directory");
      refused(node.sh("shm stat " + id), "IPC_STAT: Invalid argument");
    }
  }

  @Test
  void whatIsRemovedStaysUntilTheLastDetaches(Cluster cluster) throws Exception {
    Node one = cluster.node(1);
    Node two = cluster.node(2);
    Node three = cluster.node(3);
    final String id = says(one, "shm get 78 4096 new");
    says(three, "shm write 78 0 5");
    final Holder first = new Holder(cluster, two, "first", "shm hold 78");
    final Holder second = new Holder(cluster, three, "second", "shm hold 78");
    assertThat(says(one, "shm stat " + id))
        .matches("size 4096 attached 2 creator \\d+ uid 0 mode 600");
    assertThat(ipcs(one)).matches("(?s).*0x0000004e %s root 600 4096 2 \\n.*".formatted(id));
    three.sh("ipcrm -M 78").orFail();
    refused(one.sh("shm get 78 1"), "shmget: No such file or directory");
    assertThat(says(one, "shm stat " + id)).matches("size 4096 attached 2 .* mode 1600");
    assertThat(ipcs(two)).contains("0x00000000 %s root 600 4096 2 dest".formatted(id));
    Holder late = new Holder(cluster, one, "late", "shm late " + id);
    first.detaches();
    second.detaches();
    assertThat(says(two, "shm stat " + id)).contains("attached 1 ");
    late.detaches();
    assertThat(late.lines()).containsExactly("attached", "5");
    for (Node node : cluster.nodes()) {
      HomeProcess.await(
          "the end of the segment on node %d".formatted(node.id()),
          () -> node.sh("shm stat " + id).exit() != 0);
    }
    awaitNoPages(cluster);
  }

  /** What each sees is consistent, while all write; also after one has died. */
  @Test
  void whatProcessesSeeStaysConsistent(Cluster cluster) throws Exception {
    says(cluster.node(1), "shm get 79 %d new".formatted(14 * PAGE));
    Torture one = new Torture(cluster, cluster.node(1), 79);
    Torture two = new Torture(cluster, cluster.node(2), 79);
    Torture three = new Torture(cluster, cluster.node(3), 79);
    for (Torture torture : List.of(one, two, three)) {
      torture.awaitProgress();
    }
    says(cluster.node(2), "shm write 79 0 1");
    long adds = 0;
    for (Torture torture : List.of(one, two, three)) {
      adds += torture.ends(0);
    }
    assertThat(says(cluster.node(3), "shm read 79 " + PAGE)).isEqualTo(Long.toString(adds));
    cluster.node(1).sh("ipcrm -M 79").orFail();
    awaitNoPages(cluster);
  }

  /** A node goes while the others work, and what it has computed stays. */
  @Test
  void matricesAreMultipliedTogether(Cluster cluster) throws Exception {
    says(cluster.node(1), "matrix make 82 48");
    Holder one = new Holder(cluster, cluster.node(1), "one", "matrix work 82");
    Holder two = new Holder(cluster, cluster.node(2), "two", "matrix work 82");
    Holder three = new Holder(cluster, cluster.node(3), "three", "matrix work 82");
    for (int rows = 3; three.lines().size() < 3; rows += 3) {
      int allowed = rows;
      assertThat(allowed).isLessThan(48);
      says(cluster.node(2), "matrix allow 82 %d".formatted(allowed));
      HomeProcess.await(
          "%d rows".formatted(allowed), () -> one.rows() + two.rows() + three.rows() == allowed);
    }
    three.ends("TERM");
    assertThat(three.last()).matches("rows [1-9]\\d*");
    says(cluster.node(2), "matrix allow 82 48");
    cluster.node(1).sh("krgadm nodes del -n 3").orFail();
    one.awaitEnd();
    two.awaitEnd();
    assertThat(says(cluster.node(1), "matrix check 82")).isEqualTo("wrong 0");
    cluster.node(1).sh("krgadm nodes add -n 3").orFail();
    cluster.awaitOnline();
    // who comes in has what there is
    assertThat(says(cluster.node(3), "matrix check 82")).isEqualTo("wrong 0");
    cluster.node(3).sh("ipcrm -M 82").orFail();
    awaitNoPages(cluster);
  }

  /** Pages whose only copy died are lost, and nobody waits for them. */
  @Test
  void whoSurvivesGoesOn(Cluster cluster) throws Exception {
    Node survivor = cluster.node(2);
    says(survivor, "shm get 80 %d new".formatted(14 * PAGE));
    assertThat(says(survivor, "shm read 80 0")).isEqualTo("0");
    Torture one = new Torture(cluster, survivor, 80);
    Torture two = new Torture(cluster, cluster.node(3), 80);
    Torture dies = new Torture(cluster, cluster.node(1), 80);
    dies.awaitProgress();
    cluster.node(1).kill();
    one.awaitProgress();
    two.awaitProgress();
    says(survivor, "shm write 80 0 1");
    one.ends(14);
    two.ends(14);
    // the node that made it and was the master is dead
    final String id = says(cluster.node(3), "shm get 81 4096 new");
    assertThat(says(survivor, "shm get 81 1")).isEqualTo(id);
    cluster.node(3).sh("ipcrm -M 80; ipcrm -M 81").orFail();
    refused(survivor.sh("shm get 80 1"), "shmget: No such file or directory");
  }

  /** A process that has a segment attached, and says so in a file. */
  private static class Holder {
    private final Path output;
    private final Node node;
    private final int pid;

    Holder(Cluster cluster, Node node, String name, String command) throws Exception {
      this.node = node;
      output = cluster.shared().resolve("shm-%s.out".formatted(name));
      Files.deleteIfExists(output);
      pid = node.spawn(command, "/shared/shm-%s.out".formatted(name));
      HomeProcess.await(name + " to run", () -> !lines().isEmpty());
    }

    List<String> lines() throws IOException {
      return Files.exists(output) ? Files.readAllLines(output) : List.of();
    }

    String last() throws IOException {
      List<String> lines = lines();
      return lines.get(lines.size() - 1);
    }

    long rows() throws IOException {
      return lines().stream().filter(line -> line.startsWith("row ")).count();
    }

    void detaches() throws Exception {
      ends("USR1");
    }

    void ends(String signal) throws Exception {
      node.sh("kill -%s %d".formatted(signal, pid)).orFail();
      awaitEnd();
    }

    void awaitEnd() throws Exception {
      HomeProcess.await(
          "the end of " + pid, () -> node.sh("kill -0 %d".formatted(pid)).exit() != 0);
    }
  }

  /** Reads and writes on one node; its output is the number of rounds, then a verdict. */
  private static final class Torture extends Holder {
    Torture(Cluster cluster, Node node, int key) throws Exception {
      super(
          cluster,
          node,
          "torture%d-%d".formatted(key, node.id()),
          "shm torture %d %d".formatted(key, node.id()));
    }

    private long rounds() throws IOException {
      String last = last();
      assertThat(last).as("rounds").containsOnlyDigits();
      return Long.parseLong(last);
    }

    void awaitProgress() throws Exception {
      long before = rounds();
      HomeProcess.await("more rounds", () -> rounds() >= before + PROGRESS);
    }

    /** Return: how often it added; no more pages than that may be lost. */
    long ends(int lost) throws Exception {
      HomeProcess.await("the end of torture", () -> !last().matches("\\d+"));
      assertThat(last()).matches("adds \\d+ lost \\d+");
      String[] words = last().split(" ");
      assertThat(Integer.parseInt(words[3])).isLessThanOrEqualTo(lost);
      return Long.parseLong(words[1]);
    }
  }

  private static String ipcs(Node node) throws Exception {
    return node.sh("ipcs -m").orFail().stdout().replaceAll(" +", " ");
  }

  private static void refused(CommandResult result, String error) {
    assertThat(result.exit()).as("%s", result).isNotZero();
    assertThat(result.stderr()).contains(error);
  }

  /** No node keeps anything of a segment that is gone. */
  private static void awaitNoPages(Cluster cluster) throws Exception {
    for (Node node : cluster.nodes()) {
      HomeProcess.await(
          "the end of pages on node %d".formatted(node.id()),
          () -> node.host("grep -c ' *2011000' /proc/kddminfo").stdout().strip().equals("0"));
    }
  }
}
