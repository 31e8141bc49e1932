// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One virtual machine: its QEMU process and its control channel. */
final class Vm {
  /** How long a guest may take from power-on to its agent's first word. */
  private static final Duration BOOT_LIMIT = Duration.ofSeconds(180);

  private final int id;
  private final InstancePaths paths;
  private final Repository repository;
  private final KernelImage kernel;
  private final String accelerator;
  private final Shape shape;
  private Process process;
  private ControlChannel control;
  private boolean paused;
  private boolean expectedOff = true;

  Vm(
      int id,
      InstancePaths paths,
      Repository repository,
      KernelImage kernel,
      String accelerator,
      Shape shape) {
    this.id = id;
    this.paths = paths;
    this.repository = repository;
    this.kernel = kernel;
    this.accelerator = accelerator;
    this.shape = shape;
  }

  int id() {
    return id;
  }

  KernelImage kernel() {
    return kernel;
  }

  Path networkSocket() {
    return paths.node(id).resolve("net.sock");
  }

  synchronized boolean running() {
    return process != null && process.isAlive();
  }

  /** {@code running}, {@code paused}, {@code off}, or {@code ended} if it went down by itself. */
  synchronized String state() {
    if (!running()) {
      return expectedOff ? "off" : "ended";
    }
    return paused ? "paused" : "running";
  }

  /** Powers on; {@link #awaitBoot} tells when it is up. */
  synchronized void powerOn() throws IOException {
    if (running()) {
      throw new LabException("node %d runs already".formatted(id));
    }
    Path directory = Files.createDirectories(paths.node(id));
    Path controlSocket = directory.resolve("control.sock");
    Files.deleteIfExists(controlSocket);
    Files.deleteIfExists(directory.resolve("qmp.sock"));
    ProcessBuilder builder = new ProcessBuilder(commandLine());
    builder.directory(directory.toFile());
    builder.redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(directory.resolve("qemu.log").toFile()));
    process = builder.start();
    process.getOutputStream().close();
    Files.writeString(paths.qemuPidFile(id), Long.toString(process.pid()));
    expectedOff = false;
    paused = false;
    control = new ControlChannel(new Frame.Wire(connect(controlSocket)), "node" + id);
  }

  private SocketChannel connect(Path socket) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        return Sockets.connect(socket);
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new LabException(
              "QEMU of node %d does not come up:%n%s".formatted(id, qemuMessages()), e);
        }
      }
      try {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("interrupted while node %d was starting".formatted(id), e);
      }
    }
  }

  private String qemuMessages() throws IOException {
    return Files.readString(paths.node(id).resolve("qemu.log")).strip();
  }

  private List<String> commandLine() {
    Path directory = paths.node(id);
    List<String> line = new ArrayList<>();
    line.addAll(
        List.of("qemu-system-x86_64", "-name", "kerrighed-%s-%d".formatted(paths.name(), id)));
    line.addAll(List.of("-accel", accelerator, "-smp", "1"));
    line.addAll(List.of("-cpu", Accelerator.processor(accelerator)));
    line.addAll(List.of("-m", Integer.toString(shape.memoryMb())));
    line.addAll(List.of("-nodefaults", "-display", "none", "-no-reboot"));
    line.addAll(List.of("-kernel", kernel.vmlinuz().toString()));
    line.addAll(List.of("-initrd", paths.initramfs().toString()));
    // The kernel's tests of its own ciphers are a quarter of what it computes while booting.
    line.addAll(
        List.of(
            "-append",
            "console=ttyS0 loglevel=5 panic=-1 no_timer_check net.ifnames=0 cryptomgr.notests"
                + " lab.node=%d lab.repository=%s".formatted(id, repository.root())));
    line.addAll(
        List.of(
            "-chardev",
            "file,id=console,append=on,path=" + quoted(directory.resolve("console.log")),
            "-serial",
            "chardev:console"));
    line.addAll(
        List.of(
            "-qmp", "unix:%s,server=on,wait=off".formatted(quoted(directory.resolve("qmp.sock")))));
    share(line, "hostroot", Path.of("/"), true);
    share(line, "shared", paths.shared(), false);
    share(line, "repository", repository.root(), true);
    share(line, "modules", kernel.modules(), true);
    line.addAll(
        List.of(
            "-netdev",
            "stream,id=cluster,server=off,addr.type=unix,addr.path=" + quoted(networkSocket()),
            "-device",
            "virtio-net-pci,netdev=cluster,mac=%s,host_mtu=%d"
                .formatted(VirtualSwitch.macAddress(id), shape.mtu()),
            "-netdev",
            "user,id=host",
            "-device",
            "virtio-net-pci,netdev=host"));
    line.addAll(
        List.of(
            "-chardev",
            "socket,id=control,server=on,wait=off,path="
                + quoted(directory.resolve("control.sock")),
            "-device",
            "virtio-serial-pci",
            "-device",
            "virtserialport,chardev=control,name=io.kerrighed.control"));
    return line;
  }

  private static void share(List<String> line, String tag, Path path, boolean readOnly) {
    line.add("-virtfs");
    line.add(
        "local,path=%s,mount_tag=%s,security_model=none,multidevs=remap%s"
            .formatted(quoted(path), tag, readOnly ? ",readonly=on" : ""));
  }

  /** QEMU's options end at a comma unless it is doubled. */
  private static String quoted(Path path) {
    return path.toString().replace(",", ",,");
  }

  /**
   * Waits until the guest takes commands.
   *
   * @throws LabException with the end of its console if it does not
   */
  void awaitBoot() throws IOException, InterruptedException {
    ControlChannel current;
    synchronized (this) {
      current = control;
    }
    try {
      current.ready().orTimeout(BOOT_LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      String what =
          e.getCause() instanceof TimeoutException ? "did not boot in time" : "ended during boot";
      throw new LabException(
          "node %d %s; %s%nthe end of its console:%n%s"
              .formatted(id, what, qemuMessages(), consoleTail(30)),
          e);
    }
  }

  /** The environment of every command that runs in this node. */
  Map<String, String> environment() {
    String system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    String ours =
        "%s:%s:%s"
            .formatted(
                KerrighedCluster.TOOLS,
                repository.path("target/kmod/tools"),
                repository.path("target/programs"));
    return Map.of("PATH", ours + ":" + system, "HOME", "/root", "USER", "root", "LANG", "C.UTF-8");
  }

  /** The console log since the lab came up. */
  List<String> console() {
    return ConsoleScan.readLines(paths.console(id));
  }

  String consoleTail(int lines) {
    List<String> all = console();
    return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
  }

  /** The way to run commands. */
  synchronized ControlChannel control() {
    if (!running()) {
      throw new LabException(
          "node %d is %s; 'e2e/lab start %d' boots it".formatted(id, state(), id));
    }
    return control;
  }

  /** Powers off without warning. */
  synchronized void powerOff() throws IOException, InterruptedException {
    expectedOff = true;
    if (process != null) {
      process.destroyForcibly();
      process.waitFor();
      process = null;
    }
    if (control != null) {
      control.close();
      control = null;
    }
    Files.deleteIfExists(paths.qemuPidFile(id));
  }

  synchronized void pause() throws IOException {
    control();
    Qmp.execute(paths.node(id).resolve("qmp.sock"), "stop");
    paused = true;
  }

  synchronized void resume() throws IOException {
    control();
    Qmp.execute(paths.node(id).resolve("qmp.sock"), "cont");
    paused = false;
  }

  /** Begins a new console log; the old one stays beside it until the next call. */
  void setConsoleAside() throws IOException {
    Path log = paths.console(id);
    Files.move(log, log.resolveSibling("console.old.log"), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Puts a line of the lab's own into the console log, to tell boots apart. */
  void mark(String line) throws IOException {
    Files.createDirectories(paths.node(id));
    Files.writeString(
        paths.console(id),
        "lab: %s%n".formatted(line),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
