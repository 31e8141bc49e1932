// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A program that may migrate, and its parent, a shell that waits for it on its home node. */
final class HomeProcess {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String PARENT =
      """
      krgcapset -k $$ -e +CAN_MIGRATE -p +CAN_MIGRATE -i +CAN_MIGRATE -d +CAN_MIGRATE || exit 1
      %1$s </dev/null >/shared/%2$s.out 2>&1 &
      echo $! >/shared/%2$s.pid.new
      mv /shared/%2$s.pid.new /shared/%2$s.pid
      wait $!
      echo $? >/shared/%2$s.status.new
      mv /shared/%2$s.status.new /shared/%2$s.status
      """;

  private final Path shared;
  private final String name;
  final int pid;

  private HomeProcess(Path shared, String name, int pid) {
    this.shared = shared;
    this.name = name;
    this.pid = pid;
  }

  /** Starts {@code command} on {@code home}; its output goes to {@code /shared/NAME.out}. */
  static HomeProcess start(Cluster cluster, Node home, String name, String command)
      throws Exception {
    Path shared = cluster.shared();
    Files.writeString(shared.resolve(name + ".sh"), PARENT.formatted(command, name));
    home.spawn("sh /shared/%s.sh".formatted(name), "/shared/%s.log".formatted(name));
    Path pid = shared.resolve(name + ".pid");
    await("the start of " + command, () -> Files.exists(pid));
    return new HomeProcess(shared, name, Integer.parseInt(Files.readString(pid).strip()));
  }

  /** Starts the counter with some megabytes; see {@link #counts}. */
  static HomeProcess counter(Cluster cluster, Node home, String name, int megabytes)
      throws Exception {
    HomeProcess counter =
        start(cluster, home, name, "counter /shared/%s.count %d 20".formatted(name, megabytes));
    counter.awaitMoreCounts();
    return counter;
  }

  /** Starts a program of the zoo ({@code e2e/programs/zoo.h}); {@link #counts} is what it says. */
  static HomeProcess zoo(Cluster cluster, Node home, String program) throws Exception {
    HomeProcess started =
        start(
            cluster,
            home,
            program,
            "zoo-%1$s /shared/%1$s.count /shared/%1$s.directory".formatted(program));
    await(
        program + " to be ready",
        () -> started.counts().contains("ready") || started.ended() || started.broken());
    return started;
  }

  /** Has the program of the zoo found something? */
  boolean broken() throws IOException {
    return counts().stream().anyMatch(line -> line.startsWith("broken"));
  }

  /** Itself, and those of its descendants that may be moved on their own. */
  List<Integer> movable() throws IOException {
    List<Integer> pids = new ArrayList<>(List.of(pid));
    for (String line : counts()) {
      if (line.startsWith("also ")) {
        pids.add(Integer.parseInt(line.substring(5)));
      }
    }
    return pids;
  }

  CommandResult migrate(Node asked, int to) throws InterruptedException {
    return asked.sh("migrate %d %d".formatted(pid, to));
  }

  void migrated(Node asked, int to) throws InterruptedException {
    CommandResult result = migrate(asked, to);
    assertThat(result.exit()).as("%s", result).isZero();
  }

  /** What the counter has written so far, whole lines. */
  List<String> counts() throws IOException {
    Path file = shared.resolve(name + ".count");
    if (!Files.exists(file)) {
      return List.of();
    }
    String text = Files.readString(file);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  void awaitMoreCounts() throws Exception {
    int before = counts().size();
    await("another count of " + pid, () -> counts().size() > before);
  }

  /** Not one count is missing, doubled or broken. */
  void assertCountsWhole() throws IOException {
    List<String> counts = counts();
    for (int i = 0; i < counts.size(); i++) {
      assertThat(counts.get(i)).isEqualTo(Integer.toString(i + 1));
    }
  }

  /** Ends a counter by SIGTERM, sent from there: it has counted without a gap. */
  void endsWhole(Node from) throws Exception {
    from.sh("kill -TERM %d".formatted(pid)).orFail();
    assertThat(awaitStatus()).isZero();
    assertCountsWhole();
  }

  /** The exit status that the parent at home sees, as a shell counts it. */
  int awaitStatus() throws Exception {
    Path status = shared.resolve(name + ".status");
    await("the end of " + pid, () -> Files.exists(status));
    return Integer.parseInt(Files.readString(status).strip());
  }

  boolean ended() {
    return Files.exists(shared.resolve(name + ".status"));
  }

  String output() throws IOException {
    return Files.readString(shared.resolve(name + ".out"));
  }

  /**
   * Does it run there? A line of the list is PID HOME NODE …, and NODE is the node itself for what
   * runs there; /proc/PID is seen from everywhere.
   */
  boolean runsOn(Node node) throws InterruptedException {
    return node.sh("cat /proc/kerrighed/processes")
        .stdout()
        .lines()
        .anyMatch(line -> line.matches("%d \\d+ %d .*".formatted(pid, node.id())));
  }

  /** Waits until the process has a state, a letter of /proc/PID/stat, on the node that runs it. */
  void awaitState(Node node, String state) throws Exception {
    await(
        "state %s of %d on node %d".formatted(state, pid, node.id()),
        () ->
            node.sh("awk '/^State/ { print $2 }' /proc/%d/status".formatted(pid))
                .stdout()
                .strip()
                .equals(state));
  }

  static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited for %s", what).isLessThan(deadline);
      Thread.sleep(100);
    }
  }
}
