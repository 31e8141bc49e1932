// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.MigrationRecord;
import io.kerrighed.agent.node.NodeProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;

/** The processes of the container, seen from outside it. */
final class Processes {
  private static final Path PROC = Path.of("/proc");
  private static final Path TABLE = PROC.resolve("kerrighed/processes");
  private static final Path MIGRATIONS = Path.of("/sys/kernel/debug/kerrighed/epm/migrations");
  private static final Path INIT_PID = Path.of("/run/krginit.pid");
  private static final double MICROS_A_MILLI = 1000.0;

  private Processes() {}

  /**
   * PID of the container's init, as this side of it sees it. The file may be older than the
   * container; so the process must be the first of a PID namespace of its own.
   */
  static OptionalInt containerInit() {
    return Text.readIfThere(INIT_PID).stream()
        .filter(text -> text.matches("[1-9][0-9]{0,8}"))
        .mapToInt(Integer::parseInt)
        .filter(pid -> innerPid(pid).equals(OptionalInt.of(1)))
        .findFirst();
  }

  /** The PID in the innermost namespace, of a live process that is in one below ours. */
  private static OptionalInt innerPid(int pid) {
    List<String> status = status(pid);
    if (status.stream().anyMatch(line -> line.matches("State:\\s+[ZX].*"))) {
      return OptionalInt.empty();
    }
    return status.stream()
        .filter(line -> line.startsWith("NSpid:"))
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields.length == 3)
        .mapToInt(fields -> Integer.parseInt(fields[2]))
        .findFirst();
  }

  /** Those that run on this node. */
  static List<NodeProcess> here(int node) {
    List<NodeProcess> processes = new ArrayList<>();
    for (String[] fields : table()) {
      if (Integer.parseInt(fields[2]) == node) {
        processes.add(
            new NodeProcess(
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[3]),
                Integer.parseInt(fields[4]),
                fields[6],
                fields[5]));
      }
    }
    return processes;
  }

  /** Adds to each online node the processes that this node knows to run there. */
  static void addLoads(SortedMap<Integer, Integer> loads) {
    for (String[] fields : table()) {
      loads.computeIfPresent(Integer.parseInt(fields[2]), (node, count) -> count + 1);
    }
  }

  /** PID HOME NODE UID THREADS STATE COMM, the last one with spaces. */
  private static List<String[]> table() {
    return Text.lines(TABLE).stream()
        .map(line -> line.split(" ", 7))
        .filter(fields -> fields.length == 7)
        .toList();
  }

  /**
   * NUMBER PID FROM TO ERRNO FREEZE_US TOTAL_US BYTES ROUNDS EARLY_BYTES LEFT_BYTES COMM, oldest
   * first.
   */
  static List<MigrationRecord> migrations() {
    List<MigrationRecord> records = new ArrayList<>();
    for (String line : Text.lines(MIGRATIONS)) {
      String[] fields = line.split(" ", 12);
      if (fields.length == 12 && fields[4].equals("0")) {
        records.add(
            new MigrationRecord(
                Integer.parseInt(fields[1]),
                fields[11],
                Integer.parseInt(fields[3]),
                Long.parseLong(fields[5]) / MICROS_A_MILLI,
                Long.parseLong(fields[6]) / MICROS_A_MILLI));
      }
    }
    Collections.reverse(records);
    return records;
  }

  /** The PID on this side of a process of the container. */
  static OptionalInt outerPid(int init, int pid) throws IOException {
    Path container = Files.readSymbolicLink(PROC.resolve(init + "/ns/pid"));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path entry : entries) {
        int outer = Integer.parseInt(entry.getFileName().toString());
        if (innerPid(outer).equals(OptionalInt.of(pid)) && isIn(container, entry)) {
          return OptionalInt.of(outer);
        }
      }
    }
    return OptionalInt.empty();
  }

  /** None when it has just ended. */
  private static List<String> status(int pid) {
    try {
      return Text.lines(PROC.resolve(pid + "/status"));
    } catch (UncheckedIOException e) {
      return List.of();
    }
  }

  private static boolean isIn(Path container, Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/pid")).equals(container);
    } catch (IOException e) {
      return false;
    }
  }
}
