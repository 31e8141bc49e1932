// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.HostCommand;
import io.kerrighed.e2e.lab.LabException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The embedded API server and the operator, on the host. */
public final class ControlPlane implements Closeable {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final ApiServer api;
  private final ProcessBuilder program;
  private final Path log;
  private Process operator;

  /**
   * Starts both; returns when the operator has installed its kinds.
   *
   * @param repository the checked-out project, {@linkplain #build built}
   * @param work an existing directory for the store, the Git cache and {@code operator.log}
   * @param options for the operator's Java machine
   */
  public ControlPlane(Path repository, Path work, List<String> options)
      throws IOException, InterruptedException {
    api = new ApiServer(repository, work.resolve("apiserver"));
    log = work.resolve("operator.log");
    program =
        new ProcessBuilder(repository.resolve("operator/bin/kerrighed-operator").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    program.environment().put("KUBECONFIG", api.kubeconfig());
    program.environment().put("KERRIGHED_CACHE_DIRECTORY", work.resolve("operator").toString());
    program
        .environment()
        .put(
            "JDK_JAVA_OPTIONS",
            options.stream().map("'%s'"::formatted).collect(Collectors.joining(" ")));
    try {
      operator = program.start();
    } catch (IOException e) {
      api.close();
      throw e;
    }
    try {
      awaitKinds();
    } catch (IOException | InterruptedException | LabException e) {
      close();
      throw e;
    }
  }

  /** The API server. */
  public ApiServer api() {
    return api;
  }

  /** Ends the operator and starts it again; returns when it says that it has started. */
  public void restartOperator() throws IOException, InterruptedException {
    restartOperator(Map.of());
  }

  /** The same, with more in its environment from now on. */
  public void restartOperator(Map<String, String> environment)
      throws IOException, InterruptedException {
    operator.destroy();
    operator.waitFor();
    program.environment().putAll(environment);
    operator = program.start();
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!Files.readString(log).contains(" started in ")) {
      if (!operator.isAlive() || System.nanoTime() > end) {
        throw new LabException("the operator does not come up:\n" + Files.readString(log));
      }
      Thread.sleep(10);
    }
  }

  /** Resident memory of the operator, in bytes. */
  public long operatorResidentBytes() throws IOException {
    return residentBytes(operator);
  }

  /** The most resident memory that the operator has had since it was started, in megabytes. */
  public double operatorPeakMegabytes() throws IOException {
    return bytes(operator, "VmHWM:") / 1048576.0;
  }

  static long residentBytes(Process process) throws IOException {
    return bytes(process, "VmRSS:");
  }

  private static long bytes(Process process, String what) throws IOException {
    String status = Files.readString(Path.of("/proc/%d/status".formatted(process.pid())));
    return 1024
        * status
            .lines()
            .filter(line -> line.startsWith(what))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow(() -> new IOException("process %d has ended".formatted(process.pid())));
  }

  /** Builds what runs here, and the agent, where a source is newer. */
  public static void build(Path repository) throws IOException, InterruptedException {
    HostCommand.run(repository, repository.resolve("operator/apiserver/build").toString());
    FileTime oldest = built(operatorJar(repository));
    FileTime agent = built(repository.resolve("reconciler/target/kerrighed-agent.jar"));
    if (agent.compareTo(oldest) < 0) {
      oldest = agent;
    }
    for (String module : List.of("crds", "operator", "reconciler")) {
      if (newest(repository.resolve(module).resolve("src/main")).compareTo(oldest) > 0) {
        HostCommand.run(
            repository,
            "mvn -q -pl operator,reconciler -am -DskipTests -Dspotless.check.skip package"
                .split(" "));
        return;
      }
    }
  }

  /** The one that Maven's version names; where it will be if there is none yet. */
  private static Path operatorJar(Path repository) throws IOException {
    Path target = repository.resolve("operator/target");
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        return files
            .filter(file -> file.getFileName().toString().endsWith("-runner.jar"))
            .findFirst()
            .orElse(target.resolve("runner.jar"));
      }
    }
    return target.resolve("runner.jar");
  }

  private static FileTime built(Path file) throws IOException {
    return Files.exists(file) ? Files.getLastModifiedTime(file) : FileTime.fromMillis(0);
  }

  private static FileTime newest(Path directory) throws IOException {
    FileTime newest = FileTime.fromMillis(0);
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        FileTime time = Files.getLastModifiedTime(file);
        newest = time.compareTo(newest) > 0 ? time : newest;
      }
    }
    return newest;
  }

  /** Its namespace is the last thing that the operator installs. */
  private void awaitKinds() throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (api.kubectl("get", "namespace", "kerrighed", "--ignore-not-found", "-o", "name")
        .isEmpty()) {
      if (!operator.isAlive() || System.nanoTime() > end) {
        throw new LabException("the operator does not come up:\n" + Files.readString(log));
      }
      Thread.sleep(500);
    }
  }

  @Override
  public void close() {
    operator.destroy();
    try {
      operator.waitFor();
    } catch (InterruptedException e) {
      operator.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    api.close();
  }
}
