// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Consumer;

/**
 * A lab inside this JVM, for a test run or a benchmark. It also serves {@code e2e/lab} (with {@code
 * KRG_LAB} set to its name), to look at the nodes meanwhile.
 */
public final class OwnLab implements AutoCloseable {
  private final Lab lab;
  private final LabServer server;

  private OwnLab(Lab lab, LabServer server) {
    this.lab = lab;
    this.server = server;
  }

  /**
   * Boots nodes, and with {@code started} the Kerrighed cluster on them; returns when all are
   * online.
   *
   * @param name of the instance, unless {@code KRG_LAB} gives one
   * @param kernel series, {@code 6.12} or {@code 6.1}
   * @param memoryMb of each node; 0: as most need
   * @param progress takes a line for each step
   * @throws LabException if an instance of that name runs already, or the nodes do not come up
   */
  public static OwnLab up(
      String name,
      int nodes,
      String kernel,
      boolean started,
      int memoryMb,
      Consumer<String> progress)
      throws IOException, InterruptedException {
    return up(
        System.getenv().getOrDefault("KRG_LAB", name),
        new Shape(
            nodes,
            kernel,
            started,
            Shape.DEFAULT_MTU,
            memoryMb > 0 ? memoryMb : Shape.DEFAULT_MEMORY_MB),
        progress);
  }

  static OwnLab up(String name, Shape shape, Consumer<String> progress)
      throws IOException, InterruptedException {
    InstancePaths paths = InstancePaths.of(name, System.getenv());
    if (new LabClient(paths).labRuns()) {
      throw new LabException(
          "lab '%s' runs already: 'KRG_LAB=%s e2e/lab down' ends it"
              .formatted(paths.name(), paths.name()));
    }
    Repository repository = Repository.find();
    new LabProcess(paths, repository).cleanUp();
    Trees.delete(paths.directory());
    Files.createDirectories(paths.directory());
    Lab lab = new Lab(paths, repository, InstancePaths.cache(System.getenv()));
    OwnLab own = new OwnLab(lab, new LabServer(lab));
    try {
      lab.up(shape, progress);
    } catch (IOException | InterruptedException | RuntimeException e) {
      own.close();
      throw e;
    }
    return own;
  }

  Lab lab() {
    return lab;
  }

  /** The nodes. */
  public Cluster cluster() {
    return new Cluster(lab);
  }

  @Override
  public void close() throws IOException {
    server.close();
    lab.close();
  }
}
