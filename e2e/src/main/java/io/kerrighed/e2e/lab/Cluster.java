// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** The nodes of a lab, and the network between them, as a test or a benchmark sees them. */
public final class Cluster {
  private final Lab lab;

  Cluster(Lab lab) {
    this.lab = lab;
  }

  Lab lab() {
    return lab;
  }

  /**
   * A node by its id, 1 to the number of nodes.
   *
   * @throws LabException if there is none
   */
  public Node node(int id) {
    return new Node(lab, lab.vm(id).id());
  }

  /** All nodes, in the order of their ids. */
  public List<Node> nodes() {
    return lab.vms().stream().map(vm -> new Node(lab, vm.id())).toList();
  }

  /** The kernel series that runs, for example {@code 6.12}. */
  public String kernel() {
    return lab.kernelVersion();
  }

  /** The host's directory that all nodes have as {@code /shared}. */
  public Path shared() {
    return lab.paths().shared();
  }

  /** Waits until all running nodes see each other, and nobody else, online. */
  public void awaitOnline() throws InterruptedException {
    lab.kerrighed().awaitOnline();
  }

  /** Builds the modules and tools for these nodes' kernel where stale; an agent loads them. */
  public void buildModules() throws IOException, InterruptedException {
    Repository.find().buildModules(kernel());
  }

  /** Where the modules for these nodes' kernel are built; the nodes have them at the same place. */
  public Path modules() {
    String release = lab.vm(1).kernel().release();
    return Repository.find().path("target/kmod").resolve(release);
  }

  /** Loads the modules in all nodes, starts the Kerrighed cluster, and waits for it. */
  public void load() throws InterruptedException {
    lab.kerrighed().start(lab.vms(), line -> {});
  }

  /** Stops the Kerrighed cluster on all nodes, and unloads its modules. */
  public void unload() throws InterruptedException {
    lab.kerrighed().stop(lab.vms());
    lab.kerrighed().unload(lab.vms());
  }

  /** Loses a share (0 to 1) of the frames between two nodes. */
  public void drop(int a, int b, double probability) {
    lab.network().rules().drop(a, b, probability);
  }

  /** Lets a share (0 to 1) of the frames between two nodes arrive twice. */
  public void duplicate(int a, int b, double probability) {
    lab.network().rules().duplicate(a, b, probability);
  }

  /** Delays each frame between two nodes. */
  public void delay(int a, int b, Duration delay) {
    lab.network().rules().delay(a, b, delay);
  }

  /** Cuts every link between nodes of different groups. */
  public void partition(List<? extends Collection<Integer>> groups) {
    lab.network().rules().partition(groups);
  }

  /** Makes all links perfect again. */
  public void heal() {
    lab.network().rules().heal();
  }
}
