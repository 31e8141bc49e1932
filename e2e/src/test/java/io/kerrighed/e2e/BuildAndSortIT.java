// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.KrgCluster;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Work as people do it, with every process moved while it runs: a sort of {@code KRG_SORT_MB}
 * megabytes, and a build of {@code KRG_BUILD} programs of the zoo. Both give what they give here.
 */
@KrgCluster(nodes = 3)
class BuildAndSortIT {
  private static final int SORT_MB =
      Integer.parseInt(System.getenv().getOrDefault("KRG_SORT_MB", "8"));
  private static final int PROGRAMS =
      Integer.parseInt(System.getenv().getOrDefault("KRG_BUILD", "2"));
  private static final Random RANDOM =
      new Random(Long.parseLong(System.getenv().getOrDefault("KRG_SEED", "1")));
  private static final int SORT_MOVES = 3;

  /** Milliseconds between two moves, at most: the larger it is, the longer takes each. */
  private static final int SORT_PAUSE = 60 * SORT_MB;

  /** So often is the work done again while there were too few moves. */
  private static final int RUNS = 5;

  private static final Duration LIMIT = Duration.ofMinutes(30);

  /** Moves every process of the session of $1 from where it is until $1 ends. */
  private static final String MOVE_ALL =
      """
      session=$(ps -o sid= -p $1 | tr -d ' ')
      further=$2
      while kill -0 $1 2>/dev/null; do
        for pid in $(pgrep -s $session); do
          [ $pid != $session ] || continue
          further=$((1 - further))
          at=$(ps -o psr= -p $pid) || continue
          node=$(((at / 8192 + further) % 3 + 1))
          name=$(cat /proc/$pid/comm 2>/dev/null) || continue
          why=$(migrate $pid $node 2>&1) && echo "moved $name" || echo "$name: "$why
        done
      done
      """;

  @Test
  void sortsALargeFile(Cluster cluster, @TempDir Path here) throws Exception {
    Path shared = cluster.shared();
    Path numbers = shared.resolve("numbers");
    writeNumbers(numbers);
    Files.createDirectories(shared.resolve("parts"));
    Path expected = here.resolve("sorted");
    run("sort", "-o", expected.toString(), numbers.toString());
    int moved = 0;
    for (int i = 0; i < RUNS && moved < SORT_MOVES; i++) {
      moved += sortOnce(cluster, "sort%d".formatted(i));
      assertThat(Files.mismatch(expected, shared.resolve("sorted"))).isEqualTo(-1);
      Files.delete(shared.resolve("sorted"));
    }
    assertThat(moved).as("moves").isGreaterThanOrEqualTo(SORT_MOVES);
  }

  /** Returns how often it was moved to another node. */
  private static int sortOnce(Cluster cluster, String name) throws Exception {
    // memory for an eighth of it, so that there are parts to be merged
    HomeProcess sort =
        HomeProcess.start(
            cluster,
            cluster.node(1),
            name,
            "env LC_ALL=C sort -S %dK -T /shared/parts -o /shared/sorted /shared/numbers"
                .formatted(SORT_MB * 128));
    int moved = 0;
    int at = 1;
    while (!sort.ended()) {
      int to = (at + RANDOM.nextInt(2)) % 3 + 1;
      CommandResult result = sort.migrate(cluster.node(1 + RANDOM.nextInt(3)), to);
      if (result.exit() == 0) {
        moved++;
        at = to;
      } else {
        assertThat(result.stderr()).containsAnyOf("No such process", "is exiting");
      }
      Thread.sleep(RANDOM.nextInt(SORT_PAUSE));
    }
    assertThat(sort.awaitStatus()).as(sort.output()).isZero();
    return moved;
  }

  @Test
  void buildsAProject(Cluster cluster, @TempDir Path here) throws Exception {
    Path source = sources();
    List<String> programs;
    try (Stream<Path> all = Files.list(source.resolve("zoo"))) {
      programs =
          all.map(path -> path.getFileName().toString())
              .filter(name -> name.endsWith(".c"))
              .map(name -> "out/zoo-" + name.substring(0, name.length() - 2))
              .sorted()
              .limit(PROGRAMS)
              .collect(Collectors.toList());
    }
    Path there = cluster.shared().resolve("project");
    for (Path copy : List.of(there, here.resolve("project"))) {
      run("cp", "-r", source.toString(), copy.toString());
      Files.createDirectories(copy.resolve("tmp"));
    }
    // what make -j gives its commands as input is a pipe
    String make =
        "make -j4 OUT=out CC='</dev/null cc' CFLAGS='-O1 -std=gnu11' " + String.join(" ", programs);
    run("sh", "-c", "cd %s && %s".formatted(here.resolve("project"), make));
    // one output of all would be a position that they share
    Files.writeString(
        there.resolve("build"),
        "cd /shared/project && TMPDIR=$PWD/tmp exec %s >/dev/null 2>&1\n".formatted(make));
    Files.writeString(there.resolve("move"), MOVE_ALL);
    StringBuilder moves = new StringBuilder();
    for (int i = 0; i < RUNS && compilersMoved(moves) < 2L * PROGRAMS; i++) {
      moves.append(buildOnce(cluster, "build%d".formatted(i)));
      for (String program : programs) {
        assertThat(Files.mismatch(here.resolve("project").resolve(program), there.resolve(program)))
            .as(program)
            .isEqualTo(-1);
        Files.delete(there.resolve(program));
      }
    }
    assertThat(compilersMoved(moves)).as(moves.toString()).isGreaterThanOrEqualTo(2L * PROGRAMS);
    // make keeps its job slots in a pipe, and its shells have one as input; who starts the parts of
    // a compiler makes one, and shares memory, for a moment
    assertThat(moves.toString().lines())
        .allMatch(
            line ->
                line.matches(
                    "moved .*|(make|sh|cc): .* is a pipe|.*: No such process.*|.* is exiting"
                        + "|.* memory is shared with process .*"));
  }

  private static long compilersMoved(CharSequence moves) {
    return moves.toString().lines().filter("moved cc1"::equals).count();
  }

  /** Returns what {@link #MOVE_ALL} says. */
  private static String buildOnce(Cluster cluster, String name) throws Exception {
    HomeProcess build =
        HomeProcess.start(cluster, cluster.node(1), name, "sh /shared/project/build");
    String moves =
        cluster
            .node(1)
            .sh("sh /shared/project/move %d %d".formatted(build.pid, RANDOM.nextInt(2)), LIMIT)
            .orFail()
            .stdout();
    assertThat(build.awaitStatus()).as(moves).isZero();
    return moves;
  }

  private static Path sources() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("e2e/programs"))) {
      at = at.getParent();
    }
    return at.resolve("e2e/programs");
  }

  private static void writeNumbers(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int i = 0; i < SORT_MB << 16; i++) {
        out.write("%015x\n".formatted(RANDOM.nextLong() & 0xfffffffffffffffL));
      }
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
  }
}
