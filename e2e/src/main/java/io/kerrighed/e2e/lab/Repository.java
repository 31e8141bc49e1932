// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The checked-out project: its paths, and building the parts that the lab loads into guests.
 *
 * @param root the directory with the root {@code pom.xml}
 */
record Repository(Path root) {
  Path path(String relative) {
    return root.resolve(relative);
  }

  /** Finds the repository from this class's own place, or from the working directory. */
  static Repository find() {
    String given = System.getProperty("lab.repository");
    Path start = Path.of(given != null ? given : "").toAbsolutePath().normalize();
    for (Path p = start; p != null; p = p.getParent()) {
      if (Files.exists(p.resolve("e2e/guest/init")) && Files.exists(p.resolve("node-kmod"))) {
        return new Repository(p);
      }
    }
    throw new LabException("%s is not inside the Kerrighed repository".formatted(start));
  }

  /** Builds the guest agent and the test programs where stale. */
  void buildGuestPrograms() throws IOException, InterruptedException {
    make("guest.lock", "e2e/guest");
    make("programs.lock", "e2e/programs");
  }

  /**
   * Builds the modules and tools where stale.
   *
   * @param version kernel series, for example {@code 6.12}
   */
  void buildModules(String version) throws IOException, InterruptedException {
    make("kmod.lock", "node-kmod", "KERNEL=" + version);
  }

  /** Several labs may build at once, in this process and in others: one after the other. */
  private void make(String lockName, String directory, String... arguments)
      throws IOException, InterruptedException {
    Path lockFile = Files.createDirectories(path("target")).resolve(lockName);
    synchronized (Repository.class) { // a file's lock is only against other processes
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        String[] command = new String[4 + arguments.length];
        command[0] = "make";
        command[1] = "-s";
        command[2] = "-C";
        command[3] = path(directory).toString();
        System.arraycopy(arguments, 0, command, 4, arguments.length);
        HostCommand.run(root, command);
      }
    }
  }
}
