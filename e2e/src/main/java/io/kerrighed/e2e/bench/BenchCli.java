// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.ConsoleScan;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import io.kerrighed.e2e.lab.OwnLab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code e2e/bench}: see {@code --help}. */
@Command(
    name = "e2e/bench",
    description = {
      "Compares Kerrighed with its peers in the same virtual machines and the same run.",
      "Prints one table (median [quartiles] 95th percentile, ratio) and the path of the raw"
          + " samples."
    },
    mixinStandardHelpOptions = true)
public final class BenchCli implements Callable<Integer> {
  private static final int WARM_UPS = 2;
  private static final List<Benchmark> ALL =
      List.of(
          new MigrationBenchmark(),
          new IdleBenchmark(),
          new GitopsBenchmark(),
          new KddmBenchmark());

  @Parameters(paramLabel = "NAME", description = "a benchmark, or 'list'")
  private String name;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "10",
      description = "repetitions, at least 10, after 2 warm-ups (default: 10)")
  private int repeat;

  @Option(
      names = "--case",
      paramLabel = "CASE",
      description = "only this one of the table's cases; may be given again")
  private List<String> only = List.of();

  @Option(
      names = "--try",
      description = "every case and variant once, to see that it works: the figures say nothing")
  private boolean trial;

  @Option(names = "--kernel", defaultValue = "6.12", description = "6.12 (default) or 6.1")
  private String kernel;

  /** Entry point. */
  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new BenchCli());
    line.setExecutionExceptionHandler(
        (e, commandLine, result) -> {
          if (e instanceof LabException) {
            System.err.println("bench: " + e.getMessage());
          } else {
            e.printStackTrace();
          }
          return 1;
        });
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    if (name.equals("list")) {
      ALL.forEach(b -> System.out.printf("%-12s %s%n", b.name(), b.description()));
      return 0;
    }
    if (repeat < 10) {
      throw new LabException("fewer than 10 repetitions say nothing: --repeat 10 or more");
    }
    Benchmark benchmark =
        ALL.stream()
            .filter(b -> b.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new LabException(
                        "there is no benchmark '%s': 'e2e/bench list' shows all".formatted(name)));
    if (!benchmark.cases().containsAll(only)) {
      throw new LabException(
          "%s has the cases %s".formatted(name, String.join("; ", benchmark.cases())));
    }
    // Whoever interrupts this leaves nothing behind; after an orderly end there is nothing left.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy)));
    try (OwnLab lab =
            OwnLab.up(
                "bench",
                benchmark.nodes(),
                kernel,
                benchmark.started(),
                benchmark.memoryMb(),
                System.err::println);
        benchmark) {
      run(benchmark, lab);
    }
    return 0;
  }

  private void run(Benchmark benchmark, OwnLab lab) throws Exception {
    benchmark.prepare(lab.cluster());
    String time = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path directory = Path.of(System.getProperty("lab.repository"), "target", "bench");
    Path file =
        Files.createDirectories(directory).resolve("%s-%s.csv".formatted(benchmark.name(), time));
    int warmUps = trial ? 0 : WARM_UPS;
    int rounds = trial ? 1 : warmUps + repeat;
    try (Samples samples = new Samples(file, benchmark.variants(), benchmark.ratios())) {
      for (String caseName : only.isEmpty() ? benchmark.cases() : only) {
        List<String> variants =
            benchmark.variants().stream().filter(v -> benchmark.has(caseName, v)).toList();
        for (int round = 1; round <= rounds; round++) {
          for (String variant : variants) {
            samples.add(
                caseName,
                variant,
                round,
                round <= warmUps,
                benchmark.measure(lab.cluster(), caseName, variant));
          }
          System.err.printf("%s: round %d of %d%n", caseName, round, rounds);
        }
      }
      refuseComplaints(lab.cluster());
      System.out.print(samples.table());
    }
    System.out.println("raw samples: " + file);
  }

  /** A kernel that is not well measures nothing. */
  private static void refuseComplaints(Cluster cluster) {
    for (Node node : cluster.nodes()) {
      List<String> complaints = ConsoleScan.complaints(node.console());
      if (!complaints.isEmpty()) {
        throw new LabException(
            "the kernel of node %d complained:%n%s"
                .formatted(node.id(), String.join(System.lineSeparator(), complaints)));
      }
    }
  }
}
