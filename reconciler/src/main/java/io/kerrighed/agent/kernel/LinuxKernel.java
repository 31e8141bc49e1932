// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import io.kerrighed.agent.node.CapabilityRule;
import io.kerrighed.agent.node.Identity;
import io.kerrighed.agent.node.Kernel;
import io.kerrighed.agent.node.KernelException;
import io.kerrighed.agent.node.Machine;
import io.kerrighed.agent.node.Observed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The kernel of this machine, with the modules of Kerrighed. Needs root. */
public final class LinuxKernel implements Kernel, AutoCloseable {
  private static final Path SYS = Path.of("/sys/kerrighed");
  private static final Path NODES = Path.of("/proc/nodes");
  private static final String SERVICES = "/proc/kerrighed/services";
  private static final String RULES = "/proc/kerrighed/capability_rules";
  private static final String TOLERANCE = SYS + "/failure_tolerance_ms";
  private static final int KSYS_PROCESS_MIGRATION = 0x4008d1c0;
  private static final int MIGRATION_INFOS_SIZE = 8;
  private static final String TIPC = "/usr/sbin/tipc";
  private static final Duration TIPC_LIMIT = Duration.ofSeconds(10);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final Duration MEET_LIMIT = Duration.ofSeconds(15);
  private static final long POLL_MILLIS = 50;

  private final Modules modules;
  private final Path tools;
  private final ContainerBoot boot = new ContainerBoot();
  private final KernelEvents events = new KernelEvents();
  private final Machine machine = MachineFacts.read();

  /**
   * @param moduleDirectory holds the {@code krg_*.ko} files of the running kernel
   * @param toolDirectory holds {@code krgboot}
   */
  public LinuxKernel(Path moduleDirectory, Path toolDirectory) {
    this.modules = new Modules(moduleDirectory);
    this.tools = toolDirectory;
  }

  /** What happens on this node. */
  public KernelEvents events() {
    return events;
  }

  @Override
  public Machine machine() {
    return machine;
  }

  @Override
  public Observed observe() {
    SortedSet<String> loaded = modules.loaded();
    if (loaded.isEmpty()) {
      return Observed.NOTHING;
    }
    Optional<Identity> identity = identity();
    SortedMap<Integer, Integer> loads = onlineNodes();
    Processes.addLoads(loads);
    return new Observed(
        loaded,
        modules.version(),
        identity,
        loaded.contains("krg_hotplug") ? bearers() : new TreeSet<>(),
        Duration.ofMillis(number(Path.of(TOLERANCE)).orElse(0L)),
        new TreeSet<>(Text.lines(SYS.resolve("shared_mounts"))),
        RuleText.parse(Text.lines(Path.of(RULES))),
        Processes.containerInit(),
        identity.isPresent() && loads.containsKey(identity.get().nodeId()),
        loads,
        number(SYS.resolve("view_epoch")).orElse(0L),
        identity.map(who -> Processes.here(who.nodeId())).orElse(List.of()),
        Processes.migrations());
  }

  private static Optional<Identity> identity() {
    Path parameters = Path.of("/sys/module/krg_rpc/parameters");
    Optional<Long> node = number(parameters.resolve("node_id"));
    Optional<Long> session = number(parameters.resolve("session_id"));
    return node.isPresent() && session.isPresent()
        ? Optional.of(new Identity(node.get().intValue(), session.get().intValue()))
        : Optional.empty();
  }

  private static Optional<Long> number(Path file) {
    return Text.readIfThere(file).map(Long::parseLong);
  }

  private static SortedMap<Integer, Integer> onlineNodes() {
    SortedMap<Integer, Integer> online = new TreeMap<>();
    if (!Files.isDirectory(NODES)) {
      return online;
    }
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(NODES, "node[0-9]*")) {
      for (Path folder : folders) {
        online.put(Integer.parseInt(folder.getFileName().toString().substring(4)), 0);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + NODES, e);
    }
    return online;
  }

  /** Lines such as {@code eth:eth0}. */
  private static SortedSet<String> bearers() {
    return Command.run(List.of(TIPC, "bearer", "list"), TIPC_LIMIT)
        .lines()
        .filter(line -> line.startsWith("eth:"))
        .map(line -> line.substring("eth:".length()).strip())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Override
  public String installedVersion() {
    return modules.installedVersion();
  }

  @Override
  public void loadModule(String name, SortedMap<String, String> parameters) {
    modules.load(name, parameters);
  }

  @Override
  public void unloadModule(String name) {
    events.release();
    modules.unload(name);
  }

  @Override
  public void setNetDevices(SortedSet<String> devices) {
    try (KernelFile file = KernelFile.open(SYS + "/net_devices", Libc.O_WRONLY)) {
      SortedSet<String> now = bearers();
      for (String device : devices) {
        if (!now.contains(device)) {
          file.write("+" + device, false);
        }
      }
      for (String device : now) {
        if (!devices.contains(device)) {
          file.write("-" + device, false);
        }
      }
    }
  }

  @Override
  public void setFailureTolerance(Duration tolerance) {
    try (KernelFile file = KernelFile.open(TOLERANCE, Libc.O_WRONLY)) {
      file.write(Long.toString(tolerance.toMillis()), false);
    }
  }

  @Override
  public void setSharedMounts(SortedSet<String> mountPoints) {
    try (KernelFile file = KernelFile.open(SYS + "/shared_mounts", Libc.O_WRONLY)) {
      file.write(String.join("\n", mountPoints) + "\n", false);
    }
  }

  @Override
  public void installCapabilityRules(List<CapabilityRule> rules) {
    try (KernelFile file = KernelFile.open(RULES, Libc.O_RDWR)) {
      file.write(RuleText.format(rules), true);
    }
  }

  @Override
  public void startContainer(boolean found, Set<Integer> others) {
    if (Processes.containerInit().isPresent()) {
      throw new KernelException("EALREADY", "the container of this node is already running");
    }
    try (KernelFile file = KernelFile.open(SYS + "/hotplug/join_only", Libc.O_WRONLY)) {
      file.write(found ? "0" : "1", false);
    }
    if (found) {
      meet(others);
    }
    boot.start(tools.resolve("krgboot"));
  }

  /**
   * Who has just got its network hears of a cluster that is there only a moment later: it would
   * found another one.
   */
  private static void meet(Set<Integer> others) {
    long end = System.nanoTime() + MEET_LIMIT.toNanos();
    while (!up().containsAll(others) && System.nanoTime() < end) {
      pause("it waited for the other nodes");
    }
  }

  private static Set<Integer> up() {
    return Text.lines(SYS.resolve("peers")).stream()
        .filter(line -> line.endsWith(" up"))
        .map(line -> Integer.valueOf(line.substring(0, line.indexOf(' '))))
        .collect(Collectors.toSet());
  }

  @Override
  public void stopContainer() {
    OptionalInt init = Processes.containerInit();
    if (init.isEmpty()) {
      throw new KernelException("ESRCH", "there is no container on this node");
    }
    // One that waits to be let in listens to nothing else.
    signal(init.getAsInt(), observe().online() ? Libc.SIGTERM : Libc.SIGKILL);
    if (!ends(init.getAsInt(), STOP_LIMIT)) {
      signal(init.getAsInt(), Libc.SIGKILL);
      if (!ends(init.getAsInt(), STOP_LIMIT)) {
        throw new KernelException(
            "ETIMEDOUT",
            "the container's init, process %d, was killed and does not end; dmesg may say why"
                .formatted(init.getAsInt()));
      }
    }
  }

  private static boolean ends(int init, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (Processes.containerInit().equals(OptionalInt.of(init))) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause("the container was ending");
    }
    return true;
  }

  private static void pause(String what) {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KernelException("EINTR", "interrupted while " + what);
    }
  }

  @Override
  public void migrate(int pid, int node) {
    try (KernelFile services = KernelFile.open(SERVICES, Libc.O_RDONLY);
        Memory request = new Memory(MIGRATION_INFOS_SIZE)) {
      request.clear();
      request.setShort(0, (short) node);
      request.setInt(4, pid);
      services.ioctl("cannot migrate process " + pid, KSYS_PROCESS_MIGRATION, request);
    }
  }

  @Override
  public void kill(int pid) {
    Observed observed = observe();
    boolean here = observed.guests().stream().anyMatch(process -> process.pid() == pid);
    if (!here || observed.containerInit().isEmpty()) {
      throw new KernelException("ESRCH", "process " + pid + " does not run on this node");
    }
    try {
      OptionalInt outer = Processes.outerPid(observed.containerInit().getAsInt(), pid);
      if (outer.isPresent()) {
        signal(outer.getAsInt(), Libc.SIGKILL);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for process " + pid, e);
    }
  }

  private static void signal(int outerPid, int signal) {
    try {
      Libc.C.kill(outerPid, signal);
    } catch (LastErrorException e) {
      throw Libc.failure("cannot signal process " + outerPid, e, "");
    }
  }

  @Override
  public void close() {
    events.close();
  }
}
