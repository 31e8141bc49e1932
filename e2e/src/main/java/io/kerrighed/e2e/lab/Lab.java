// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One lab instance: the virtual switch and the machines on it. The same object serves {@code
 * e2e/lab} (in a background process) and the JUnit extension (in the test's own process).
 */
final class Lab implements Closeable {
  private final InstancePaths paths;
  private final Repository repository;
  private final Path cache;
  private final VirtualSwitch network =
      new VirtualSwitch(new LinkRules(), RandomGenerator.getDefault());
  private final Map<Integer, Vm> vms = new ConcurrentSkipListMap<>();
  private volatile Shape shape;

  Lab(InstancePaths paths, Repository repository, Path cache) {
    this.paths = paths;
    this.repository = repository;
    this.cache = cache;
  }

  InstancePaths paths() {
    return paths;
  }

  VirtualSwitch network() {
    return network;
  }

  String kernelVersion() {
    return shape.kernel();
  }

  /** What was last asked for, or null before the first {@link #up}. */
  Shape shape() {
    return shape;
  }

  /**
   * Boots the nodes that do not run yet and, if the shape has a cluster, starts it on them; returns
   * when all are online.
   *
   * @param progress takes a line for each step
   */
  synchronized void up(Shape wanted, Consumer<String> progress)
      throws IOException, InterruptedException {
    if (shape != null && !shape.kernel().equals(wanted.kernel())) {
      throw new LabException(
          "this lab runs kernel %s: 'e2e/lab down' comes before one with %s"
              .formatted(shape.kernel(), wanted.kernel()));
    }
    if (shape != null && shape.mtu() != wanted.mtu()) {
      throw new LabException(
          "this lab's network has an MTU of %d: 'e2e/lab down' comes before one of %d"
              .formatted(shape.mtu(), wanted.mtu()));
    }
    repository.buildGuestPrograms();
    if (wanted.cluster()) {
      repository.buildModules(wanted.kernel());
    }
    KernelImage image = KernelImage.get(wanted.kernel(), cache);
    Files.createDirectories(paths.shared());
    Files.setPosixFilePermissions(paths.shared(), PosixFilePermissions.fromString("rwxrwxrwx"));
    Initramfs.write(paths.initramfs(), image, repository);
    String accelerator = Accelerator.choose(cache, image, paths.initramfs());
    shape = wanted;
    for (int id = 1; id <= wanted.nodes(); id++) {
      vms.computeIfAbsent(id, i -> new Vm(i, paths, repository, image, accelerator, wanted));
    }
    progress.accept("booting %d nodes with kernel %s".formatted(wanted.nodes(), image.release()));
    List<Vm> started = new ArrayList<>();
    for (Vm vm : vms.values()) {
      if (!vm.running()) {
        powerOn(vm);
        started.add(vm);
      }
    }
    for (Vm vm : started) {
      vm.awaitBoot();
    }
    if (wanted.cluster()) {
      kerrighed().start(started, progress);
    }
    progress.accept("%d nodes are up".formatted(wanted.nodes()));
  }

  private void powerOn(Vm vm) throws IOException {
    vm.mark("power on");
    network.plug(vm.id(), vm.networkSocket());
    vm.powerOn();
  }

  /** What steers the cluster on these nodes. */
  KerrighedCluster kerrighed() {
    return new KerrighedCluster(repository, vms());
  }

  /** Powers a node off without warning. */
  void kill(int node) throws IOException, InterruptedException {
    vm(node).powerOff();
  }

  /** Boots a node that was killed or ended, and rejoins it if the lab runs a cluster. */
  synchronized void start(int node, Consumer<String> progress)
      throws IOException, InterruptedException {
    Vm vm = vm(node);
    powerOn(vm);
    vm.awaitBoot();
    if (shape.cluster()) {
      kerrighed().start(List.of(vm), progress);
    }
  }

  /** Rebuilds the modules and loads them anew in all running nodes. */
  synchronized void reload(Consumer<String> progress) throws IOException, InterruptedException {
    if (shape == null) {
      throw new LabException("no node runs: 'e2e/lab up' comes first");
    }
    repository.buildGuestPrograms();
    repository.buildModules(shape.kernel());
    List<Vm> running = vms.values().stream().filter(Vm::running).toList();
    KerrighedCluster kerrighed = kerrighed();
    kerrighed.stop(running);
    kerrighed.unload(running);
    kerrighed.start(running, progress);
    shape = new Shape(shape.nodes(), shape.kernel(), true, shape.mtu(), shape.memoryMb());
  }

  Vm vm(int node) {
    Vm vm = vms.get(node);
    if (vm == null) {
      throw new LabException("this lab has no node %d".formatted(node));
    }
    return vm;
  }

  /** All nodes in the order of their ids. */
  List<Vm> vms() {
    return List.copyOf(vms.values());
  }

  /** Powers off all nodes and closes the switch. */
  @Override
  public void close() throws IOException {
    for (Vm vm : vms()) {
      try {
        vm.powerOff();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    network.close();
  }
}
