// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A stock Debian kernel of exactly the version whose headers are installed, unpacked from its .deb
 * into the cache.
 *
 * @param release what {@code uname -r} says, for example {@code 6.12.117+deb12-amd64}
 * @param directory holds {@code vmlinuz}, {@code modules/} (a whole {@code /lib/modules/RELEASE})
 *     and {@code boot/} (the drivers for booting, unpacked, with {@code order})
 */
record KernelImage(String release, Path directory) {
  private static final Path SOURCES = Path.of("/usr/src");
  private static final String HEADERS = "linux-headers-";

  /** What the guest needs to reach its root file system and the control channel. */
  private static final List<String> BOOT_DRIVERS =
      List.of("virtio_pci", "virtio_net", "virtio_console", "9pnet_virtio", "9p", "overlay");

  Path vmlinuz() {
    return directory.resolve("vmlinuz");
  }

  Path modules() {
    return directory.resolve("modules");
  }

  Path bootDrivers() {
    return directory.resolve("boot");
  }

  /**
   * Finds the kernel, fetching it if it is not in the cache.
   *
   * @param version the series, {@code 6.12} or {@code 6.1}
   */
  static KernelImage get(String version, Path cache) throws IOException, InterruptedException {
    String release = installedRelease(version);
    String packageVersion =
        HostCommand.run(cache, "dpkg-query", "-W", "-f", "${Version}", HEADERS + release).strip();
    KernelImage image =
        new KernelImage(release, cache.resolve("kernel-%s_%s".formatted(release, packageVersion)));
    if (!Files.exists(image.directory)) {
      fetch(image, packageVersion, cache);
    }
    return image;
  }

  private static String installedRelease(String version) throws IOException {
    try (Stream<Path> entries = Files.list(SOURCES)) {
      return entries
          .map(p -> p.getFileName().toString())
          .filter(n -> n.startsWith(HEADERS + version + ".") && !n.endsWith("-common"))
          .map(n -> n.substring(HEADERS.length()))
          .max(Comparator.comparing(KernelImage::sortable))
          .orElseThrow(
              () ->
                  new LabException(
                      "no headers of a kernel %s are installed: run e2e/bootstrap"
                          .formatted(version)));
    }
  }

  /** Makes numbers in a release compare as numbers. */
  static String sortable(String release) {
    StringBuilder result = new StringBuilder();
    for (String part : release.split("(?<=\\D)(?=\\d)|(?<=\\d)(?=\\D)")) {
      result.append(part.matches("\\d+") ? "%010d".formatted(Long.parseLong(part)) : part);
    }
    return result.toString();
  }

  private static void fetch(KernelImage image, String packageVersion, Path cache)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(cache, "fetch-");
    try {
      download(image.release, packageVersion, work);
      Path deb;
      try (Stream<Path> files = Files.list(work)) {
        deb = files.filter(p -> p.toString().endsWith(".deb")).findFirst().orElseThrow();
      }
      Path root = Files.createDirectory(work.resolve("root"));
      HostCommand.run(work, "dpkg", "-x", deb.toString(), root.toString());
      Path unpackedModules = root.resolve("lib/modules").resolve(image.release);
      if (!Files.exists(unpackedModules)) {
        Path merged = root.resolve("usr/lib/modules").resolve(image.release);
        Files.createDirectories(unpackedModules.getParent());
        Files.move(merged, unpackedModules);
      }
      HostCommand.run(work, "depmod", "-b", root.toString(), image.release);

      Path ready = Files.createDirectory(work.resolve("ready"));
      Files.move(root.resolve("boot/vmlinuz-" + image.release), ready.resolve("vmlinuz"));
      Files.move(unpackedModules, ready.resolve("modules"));
      unpackBootDrivers(ready);
      Files.move(ready, image.directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      // Another lab was quicker with the same kernel.
    } finally {
      Trees.delete(work);
    }
  }

  private static void download(String release, String version, Path directory)
      throws InterruptedException {
    String name = "linux-image-%s".formatted(release);
    HostCommand.Result unsigned =
        HostCommand.tryRun(
            directory, "apt-get", "-q", "download", "%s-unsigned=%s".formatted(name, version));
    if (unsigned.status() == 0) {
      return;
    }
    HostCommand.Result signed =
        HostCommand.tryRun(directory, "apt-get", "-q", "download", name + "=" + version);
    if (signed.status() != 0) {
      throw new LabException(
          """
          kernel image %s %s, whose headers are installed, cannot be fetched; if Debian has a newer \
          one, 'apt-get update' and e2e/bootstrap install its headers. apt-get said:
          %s"""
              .formatted(name, version, signed.output().strip()));
    }
  }

  private static void unpackBootDrivers(Path ready) throws IOException, InterruptedException {
    Path modules = ready.resolve("modules");
    Map<String, List<String>> dependencies = new TreeMap<>();
    Map<String, String> paths = new TreeMap<>();
    for (String line : Files.readAllLines(modules.resolve("modules.dep"))) {
      String[] parts = line.split(":", 2);
      paths.put(moduleName(parts[0]), parts[0]);
      List<String> needed = new ArrayList<>();
      for (String path : parts[1].strip().split("\\s+")) {
        if (!path.isEmpty()) {
          needed.add(moduleName(path));
        }
      }
      dependencies.put(moduleName(parts[0]), needed);
    }
    Set<String> order = new LinkedHashSet<>();
    for (String driver : BOOT_DRIVERS) {
      addWithDependencies(driver, dependencies, order);
    }
    Path boot = Files.createDirectory(ready.resolve("boot"));
    List<String> files = new ArrayList<>();
    for (String name : order) {
      Path source = modules.resolve(paths.get(name));
      Path copy = boot.resolve(source.getFileName().toString());
      Files.copy(source, copy);
      if (copy.toString().endsWith(".xz")) {
        HostCommand.run(boot, "xz", "-d", copy.toString());
      }
      files.add(name + ".ko");
      Path unpacked = boot.resolve(source.getFileName().toString().replace(".xz", ""));
      Files.move(unpacked, boot.resolve(name + ".ko"), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.write(boot.resolve("order"), files);
  }

  private static void addWithDependencies(
      String name, Map<String, List<String>> dependencies, Set<String> order) {
    List<String> needed = dependencies.get(name);
    if (needed == null) {
      return; // built into this kernel
    }
    needed.forEach(n -> addWithDependencies(n, dependencies, order));
    order.add(name);
  }

  private static String moduleName(String path) {
    String file = path.substring(path.lastIndexOf('/') + 1);
    return file.substring(0, file.indexOf(".ko")).replace('-', '_');
  }
}
