// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Starts the lab's background process, and cleans up after one that ended badly. */
final class LabProcess {
  private final InstancePaths paths;
  private final Repository repository;

  LabProcess(InstancePaths paths, Repository repository) {
    this.paths = paths;
    this.repository = repository;
  }

  /** Starts it in a session of its own, so that Ctrl-C in a terminal does not reach it. */
  void start() throws IOException, InterruptedException {
    cleanUp();
    Trees.delete(paths.directory());
    Files.createDirectories(paths.directory());
    Process process =
        new ProcessBuilder(
                "setsid",
                "--",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlab.repository=" + repository.root(),
                "-Dlab.instance=" + paths.directory(),
                "-cp",
                System.getProperty("java.class.path"),
                LabServer.class.getName())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(paths.log().toFile())
            .start();
    LabClient client = new LabClient(paths);
    while (!client.labRuns()) {
      if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
        throw new LabException(
            "the lab's background process ended:%n%s"
                .formatted(Files.readString(paths.log()).strip()));
      }
    }
  }

  /**
   * Ends what an instance left behind: only processes that its pid files name and that are ours.
   */
  void cleanUp() throws IOException, InterruptedException {
    List<Path> pidFiles = new ArrayList<>(List.of(paths.pidFile()));
    for (int id = 1; id <= Shape.MAX_NODES; id++) {
      pidFiles.add(paths.qemuPidFile(id));
    }
    for (Path file : pidFiles) {
      String text = contentIfThere(file);
      if (text.matches("\\d+")) {
        end(Long.parseLong(text));
      }
      Files.deleteIfExists(file);
    }
  }

  /** A lab that is just ending deletes its files meanwhile. */
  private static String contentIfThere(Path file) throws IOException {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private void end(long pid) throws IOException {
    String[] words = contentIfThere(Path.of("/proc", Long.toString(pid), "cmdline")).split("\0");
    String mark = paths.directory().toString();
    boolean ours = Stream.of(words).anyMatch(w -> w.contains(mark + "/") || w.endsWith("=" + mark));
    if (ours) {
      ProcessHandle.of(pid)
          .ifPresent(
              p -> {
                p.destroyForcibly();
                p.onExit().orTimeout(10, TimeUnit.SECONDS).join();
              });
    }
  }
}
