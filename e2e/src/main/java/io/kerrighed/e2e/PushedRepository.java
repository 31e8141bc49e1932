// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.HostCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Bare repositories of one content, and the clone in which an administrator works. */
public final class PushedRepository {
  private final Path directory;
  private final Path clone;

  /** Makes the clone below a directory, with the files of another one, and commits them. */
  public PushedRepository(Path directory, Path example) throws IOException, InterruptedException {
    this.directory = directory;
    clone = Files.createDirectories(directory.resolve("clone"));
    git("init", "-q", "-b", "main");
    git("config", "user.name", "Lab administrator");
    git("config", "user.email", "admin@pc-lab.example");
    try (Stream<Path> files = Files.list(example)) {
      for (Path file : files.toList()) {
        Files.copy(file, clone.resolve(file.getFileName()));
      }
    }
    git("add", "-A");
    git("commit", "-qm", "Begin");
  }

  /** Makes a bare repository below the directory, to push to. */
  public Path makeBare(String name) throws InterruptedException {
    Path bare = directory.resolve(name);
    git("init", "-q", "--bare", "-b", "main", bare.toString());
    return bare;
  }

  /**
   * Changes a file, or makes it from nothing, and commits that; {@link #push} comes next.
   *
   * @return the commit's name
   */
  public String commit(String file, UnaryOperator<String> change)
      throws IOException, InterruptedException {
    Path path = clone.resolve(file);
    Files.writeString(path, change.apply(Files.exists(path) ? Files.readString(path) : ""));
    git("add", file);
    git("commit", "-qm", "Change " + file);
    return git("rev-parse", "HEAD").strip();
  }

  /** Returns when {@code git push} has. */
  public void push(Path bare) throws InterruptedException {
    git("push", "-q", bare.toString(), "main");
  }

  private String git(String... arguments) throws InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = "git";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return HostCommand.run(clone, command);
  }
}
