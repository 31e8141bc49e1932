// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kerrighed.agent.node.KernelException;
import io.kerrighed.agent.plan.Planner;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Loads and unloads our modules from a directory of {@code .ko} files. */
final class Modules {
  private static final Logger LOG = System.getLogger(Modules.class.getName());
  private static final String LOADED = "/sys/module";
  private static final String TRANSPORT = "tipc";
  private static final Duration MODPROBE_LIMIT = Duration.ofSeconds(30);

  private final Path directory;
  private Installed installed;

  /** Which files were asked for their versions: asking is a program of its own. */
  private record Installed(List<FileStamp> files, SortedSet<String> versions) {}

  /** Another one of the same name has another number, or was written at another time. */
  private record FileStamp(Path path, Object number, FileTime written) {}

  Modules(Path directory) {
    this.directory = directory;
  }

  SortedSet<String> loaded() {
    SortedSet<String> loaded = new TreeSet<>();
    for (String module : Planner.MODULES) {
      if (Files.isDirectory(Path.of(LOADED, module))) {
        loaded.add(module);
      }
    }
    return loaded;
  }

  /** What the lowest module says: {@link #load} takes care that all are of one version. */
  Optional<String> version() {
    return Text.readIfThere(Path.of(LOADED, Planner.MODULES.get(0), "version"));
  }

  /** What {@link #version} will say once the files are loaded. */
  String installedVersion() {
    List<FileStamp> files = Planner.MODULES.stream().map(this::file).map(Modules::stamp).toList();
    if (installed == null || !installed.files().equals(files)) {
      installed = new Installed(files, versions(files));
    }
    if (installed.versions().size() != 1) {
      throw new KernelException(
          "EINVAL",
          "the modules in %s are of several versions: %s"
              .formatted(directory, String.join(", ", installed.versions())));
    }
    return installed.versions().first();
  }

  private static FileStamp stamp(Path file) {
    try {
      BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
      return new FileStamp(file, is.fileKey(), is.lastModifiedTime());
    } catch (NoSuchFileException e) {
      throw new KernelException("ENOENT", "there is no " + file);
    } catch (IOException e) {
      throw new KernelException("EIO", "cannot read " + file + ": " + e.getMessage());
    }
  }

  private SortedSet<String> versions(List<FileStamp> files) {
    List<String> command = new ArrayList<>(List.of("/usr/sbin/modinfo", "-F", "version"));
    files.forEach(file -> command.add(file.path().toString()));
    SortedSet<String> versions =
        new TreeSet<>(Command.run(command, MODPROBE_LIMIT).lines().toList());
    if (versions.isEmpty()) {
      throw new KernelException("EINVAL", "the modules in %s have no version".formatted(directory));
    }
    return versions;
  }

  private Path file(String name) {
    Path packed = directory.resolve(name + ".ko.xz");
    return Files.exists(packed) ? packed : directory.resolve(name + ".ko");
  }

  void load(String name, SortedMap<String, String> parameters) {
    String version = installedVersion();
    Optional<String> others = version();
    if (others.isPresent() && !others.get().equals(version)) {
      throw new KernelException(
          "EINVAL",
          "cannot load %s %s to modules %s: make %2$s the moduleVersion, or install %3$s again"
              .formatted(name, version, others.get()));
    }
    String text =
        parameters.entrySet().stream()
            .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
            .collect(Collectors.joining(" "));
    if (name.equals(Planner.IDENTITY_MODULE)) {
      Command.run(List.of("/usr/sbin/modprobe", TRANSPORT), MODPROBE_LIMIT);
    }
    Path file = file(name);
    try (KernelFile image = KernelFile.open(file.toString(), Libc.O_RDONLY);
        Memory arguments = Libc.string(text)) {
      Libc.C.syscall(
          new NativeLong(Libc.SYS_FINIT_MODULE),
          image.fd(),
          arguments,
          file.toString().endsWith(".xz") ? Libc.MODULE_INIT_COMPRESSED_FILE : 0);
    } catch (LastErrorException e) {
      // The file was there to be opened.
      String reason =
          Libc.name(e.getErrorCode()).equals("ENOENT")
              ? "it uses symbols that the modules below it lack"
              : Libc.C.strerror(e.getErrorCode());
      throw Libc.failure("cannot load " + file, e, reason + "; dmesg says more");
    }
  }

  void unload(String name) {
    try (Memory module = Libc.string(name)) {
      Libc.C.syscall(new NativeLong(Libc.SYS_DELETE_MODULE), module, Libc.O_NONBLOCK);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot unload " + name, e, "");
    }
    if (name.equals(Planner.IDENTITY_MODULE)) {
      unloadTransport();
    }
  }

  /**
   * TIPC keeps the address that it was given once for as long as it is loaded: another identity
   * needs a new one. Somebody else may use it, then it stays.
   */
  private static void unloadTransport() {
    try (Memory module = Libc.string(TRANSPORT)) {
      Libc.C.syscall(new NativeLong(Libc.SYS_DELETE_MODULE), module, Libc.O_NONBLOCK);
    } catch (LastErrorException e) {
      LOG.log(Level.DEBUG, "{0} stays loaded: {1}", TRANSPORT, Libc.name(e.getErrorCode()));
    }
  }
}
