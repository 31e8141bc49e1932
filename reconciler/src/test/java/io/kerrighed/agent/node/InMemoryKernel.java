// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import io.kerrighed.agent.plan.Planner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A kernel without a machine. It obeys {@link KernelContract}, as the real one does. */
public final class InMemoryKernel implements Kernel {
  /** PIDs of the container on this node begin here. */
  private static final int FIRST_PID = 1 << 15;

  private final Machine machine =
      new Machine(
          "0123456789abcdef0123456789abcdef",
          "pc1",
          Set.of("52:54:00:00:00:01"),
          "b0070000-0000-0000-0000-000000000001",
          "6.12.0-test",
          1,
          1 << 29);
  private final List<String> modules = new ArrayList<>();
  private final SortedMap<Integer, Integer> others = new TreeMap<>();
  private final Map<Integer, NodeProcess> processes = new LinkedHashMap<>();
  private final Map<Integer, String> unmovable = new LinkedHashMap<>();
  private final List<Integer> killed = new ArrayList<>();
  private final List<String> changes = new ArrayList<>();
  private final List<MigrationRecord> migrations = new ArrayList<>();
  private Identity identity;
  private SortedSet<String> netDevices = new TreeSet<>();
  private Duration failureTolerance = Duration.ZERO;
  private SortedSet<String> sharedMounts = new TreeSet<>();
  private List<CapabilityRule> rules = List.of();
  private int containersStarted;
  private boolean container;
  private boolean online;
  private long viewEpoch;
  private int nextPid = FIRST_PID;
  private String diskVersion = "4.0.0";
  private String loadedVersion;
  private String spoiled;

  /** Somebody installs other modules. */
  public void install(String version) {
    diskVersion = version;
  }

  /** A module whose file is no good; null: all are. */
  public void spoil(String module) {
    spoiled = module;
  }

  /** Another node of the cluster, with so many processes. */
  public void otherNode(int id, int load) {
    others.put(id, load);
  }

  /** Another node is gone. */
  public void otherNodeGone(int id) {
    others.remove(id);
  }

  /** Somebody starts a process in the container. */
  public int spawn(String comm) {
    if (!container) {
      throw new IllegalStateException("no container to start a process in");
    }
    int pid = nextPid++;
    processes.put(pid, new NodeProcess(pid, identity.nodeId(), 1000, 1, comm, "S"));
    return pid;
  }

  /** As {@link #spawn}, and every request to move it is refused with this sentence. */
  public int spawnUnmovable(String comm, String reason) {
    int pid = spawn(comm);
    unmovable.put(pid, reason);
    return pid;
  }

  /** The reason why it could not move has gone. */
  public void makeMovable(int pid) {
    unmovable.remove(pid);
  }

  /** PIDs that were killed, in order. */
  public List<Integer> killed() {
    return List.copyOf(killed);
  }

  /** Every change that was asked for and made, in order. */
  public List<String> changes() {
    return List.copyOf(changes);
  }

  @Override
  public Machine machine() {
    return machine;
  }

  @Override
  public Observed observe() {
    SortedMap<Integer, Integer> loads = new TreeMap<>();
    List<NodeProcess> all = new ArrayList<>();
    if (container) {
      all.add(new NodeProcess(1, identity.nodeId(), 0, 1, "krginit", "S"));
      all.addAll(processes.values());
    }
    if (online) {
      loads.putAll(others);
      loads.put(identity.nodeId(), processes.size());
    }
    return new Observed(
        new TreeSet<>(modules),
        modules.isEmpty() ? Optional.empty() : Optional.of(loadedVersion),
        Optional.ofNullable(identity),
        netDevices,
        failureTolerance,
        sharedMounts,
        rules,
        container ? OptionalInt.of(5000 + containersStarted) : OptionalInt.empty(),
        online,
        loads,
        viewEpoch,
        all,
        migrations);
  }

  @Override
  public String installedVersion() {
    return diskVersion;
  }

  @Override
  public void loadModule(String name, SortedMap<String, String> parameters) {
    int index = Planner.MODULES.indexOf(name);
    if (index < 0) {
      throw new KernelException("ENOENT", "no module " + name);
    }
    if (modules.contains(name)) {
      throw new KernelException("EEXIST", name + " is loaded");
    }
    if (!modules.isEmpty() && !diskVersion.equals(loadedVersion)) {
      throw new KernelException("EINVAL", "modules of another version are loaded");
    }
    if (name.equals(spoiled)) {
      throw new KernelException("ENOEXEC", "cannot load " + name + ": Exec format error");
    }
    if (!modules.containsAll(Planner.MODULES.subList(0, index))) {
      throw new KernelException("ENOENT", name + " needs a module that is not loaded");
    }
    if (name.equals(Planner.IDENTITY_MODULE)) {
      identity =
          new Identity(
              Integer.parseInt(parameters.get("node_id")),
              Integer.parseInt(parameters.get("session_id")));
    }
    if (modules.isEmpty()) {
      loadedVersion = diskVersion;
    }
    modules.add(name);
    changes.add("load " + name);
  }

  @Override
  public void unloadModule(String name) {
    int index = modules.indexOf(name);
    if (index < 0) {
      throw new KernelException("ENOENT", name + " is not loaded");
    }
    if (container || index < modules.size() - 1) {
      throw new KernelException("EAGAIN", name + " is in use");
    }
    modules.remove(index);
    switch (name) {
      case "krg_rpc" -> identity = null;
      case "krg_hotplug" -> {
        netDevices = new TreeSet<>();
        failureTolerance = Duration.ZERO;
        sharedMounts = new TreeSet<>();
      }
      case "krg_epm" -> migrations.clear();
      case "krg_capability" -> rules = List.of();
      default -> {}
    }
    changes.add("unload " + name);
  }

  private void need(String module) {
    if (!modules.contains(module)) {
      throw new KernelException("ENOENT", module + " is not loaded");
    }
  }

  @Override
  public void setNetDevices(SortedSet<String> devices) {
    need("krg_hotplug");
    netDevices = new TreeSet<>(devices);
    if (!devices.isEmpty() && failureTolerance.isZero()) {
      failureTolerance = Duration.ofMillis(1500);
    }
    changes.add("net devices " + devices);
  }

  @Override
  public void setFailureTolerance(Duration tolerance) {
    need("krg_hotplug");
    if (tolerance.toMillis() < 100 || tolerance.toMillis() > 30_000) {
      throw new KernelException("EINVAL", "not from 100 ms to 30 s");
    }
    failureTolerance = tolerance;
    changes.add("failure tolerance " + tolerance);
  }

  @Override
  public void setSharedMounts(SortedSet<String> mountPoints) {
    need("krg_hotplug");
    sharedMounts = new TreeSet<>(mountPoints);
    changes.add("shared mounts " + mountPoints);
  }

  @Override
  public void installCapabilityRules(List<CapabilityRule> newRules) {
    need("krg_capability");
    if (newRules.stream().map(CapabilityRule::name).distinct().count() < newRules.size()) {
      throw new KernelException("EINVAL", "a name is used twice");
    }
    rules = List.copyOf(newRules);
    changes.add("rules " + newRules.size());
  }

  @Override
  public void startContainer(boolean found, Set<Integer> expected) {
    need("krg_epm");
    if (container) {
      throw new KernelException("EALREADY", "there is a container");
    }
    container = true;
    containersStarted++;
    online = found || !others.isEmpty();
    viewEpoch = online ? viewEpoch + 1 : 0;
    changes.add("start container");
  }

  @Override
  public void stopContainer() {
    if (!container) {
      throw new KernelException("ESRCH", "there is no container");
    }
    container = false;
    online = false;
    viewEpoch = 0;
    killed.addAll(processes.keySet());
    processes.clear();
    changes.add("stop container");
  }

  @Override
  public void migrate(int pid, int node) {
    if (!observe().loads().containsKey(node)) {
      throw new KernelException("ENONET", "node " + node + " is not online");
    }
    if (!processes.containsKey(pid)) {
      throw new KernelException("ESRCH", "no process " + pid + " here");
    }
    if (unmovable.containsKey(pid)) {
      throw new KernelException("EPERM", unmovable.get(pid));
    }
    NodeProcess moved = processes.remove(pid);
    migrations.add(0, new MigrationRecord(pid, moved.comm(), node, 1.5, 2.5));
    others.merge(node, 1, Integer::sum);
    changes.add("migrate " + pid + " to " + node);
  }

  @Override
  public void kill(int pid) {
    if (processes.remove(pid) == null) {
      throw new KernelException("ESRCH", "no process " + pid + " here");
    }
    killed.add(pid);
    changes.add("kill " + pid);
  }
}
