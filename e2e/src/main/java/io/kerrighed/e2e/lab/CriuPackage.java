// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Debian 13's CRIU with all its libraries, the C library included, so that it runs in a guest of
 * any Debian: a tar file in the cache.
 */
public final class CriuPackage {
  private static final String SUITE = "trixie";
  private static final String LIBRARIES = "usr/lib/x86_64-linux-gnu";

  private CriuPackage() {}

  /** The command that runs CRIU where the archive was unpacked. */
  public static String command(String directory) {
    String libraries = directory + "/" + LIBRARIES;
    return "%s/ld-linux-x86-64.so.2 --library-path %s %s/usr/sbin/criu"
        .formatted(libraries, libraries, directory);
  }

  /**
   * The archive, fetched from Debian's archive if it is not in the cache.
   *
   * @throws LabException with apt's words if it cannot be fetched
   */
  public static Path archive() throws IOException, InterruptedException {
    Path cache = InstancePaths.cache(System.getenv());
    Path archive = cache.resolve("criu-%s.tar".formatted(SUITE));
    if (Files.exists(archive)) {
      return archive;
    }
    Path work = Files.createTempDirectory(cache, "criu-");
    try {
      Path root = Files.createDirectory(work.resolve("root"));
      for (Path deb : download(work)) {
        HostCommand.run(work, "dpkg", "-x", deb.toString(), root.toString());
      }
      Path tar = work.resolve("criu.tar");
      HostCommand.run(
          work, "tar", "-cf", tar.toString(), "-C", root.toString(), "usr/sbin", LIBRARIES);
      Files.move(tar, archive, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Trees.delete(work);
    }
    return archive;
  }

  /** Uses apt with lists of its own: the host's sources stay as they are. */
  private static List<Path> download(Path work) throws IOException, InterruptedException {
    Files.createDirectories(work.resolve("state/lists/partial"));
    Files.createDirectories(work.resolve("cache/archives/partial"));
    Path status = Files.createFile(work.resolve("status"));
    Path sources = work.resolve("sources.list");
    Files.writeString(
        sources,
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
            + " http://deb.debian.org/debian %s main%n".formatted(SUITE));
    List<String> apt =
        List.of(
            "apt-get",
            "-q",
            "-o",
            "Dir::Etc::sourcelist=" + sources,
            "-o",
            "Dir::Etc::sourceparts=/dev/null",
            "-o",
            "Dir::State=" + work.resolve("state"),
            "-o",
            "Dir::State::status=" + status,
            "-o",
            "Dir::Cache=" + work.resolve("cache"),
            "-o",
            "APT::Install-Recommends=false");
    run(work, apt, "update");
    run(work, apt, "install", "-d", "-y", "criu");
    try (Stream<Path> files = Files.list(work.resolve("cache/archives"))) {
      return files.filter(p -> p.toString().endsWith(".deb")).toList();
    }
  }

  private static void run(Path work, List<String> apt, String... words)
      throws InterruptedException {
    List<String> command = new ArrayList<>(apt);
    command.addAll(List.of(words));
    HostCommand.run(work, command.toArray(String[]::new));
  }
}
