// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One node as a test or a benchmark sees it. */
public final class Node {
  /** Long enough for everything a test asks for, on a busy machine without KVM. */
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private static final String SPAWN =
      """
      setsid sh -c "exec $1" </dev/null >"$2" 2>&1 &
      echo $!""";

  private final Lab lab;
  private final int id;

  Node(Lab lab, int id) {
    this.lab = lab;
    this.id = id;
  }

  /** The node id. */
  public int id() {
    return id;
  }

  /** Runs a command through {@code sh -c}, as root inside the node's Kerrighed container. */
  public CommandResult sh(String command) throws InterruptedException {
    return sh(command, LIMIT);
  }

  /**
   * Runs a command inside the container, for no longer than {@code limit}.
   *
   * @throws LabException if it takes longer (it is killed), or the node goes away meanwhile
   */
  public CommandResult sh(String command, Duration limit) throws InterruptedException {
    return run(GuestCommand.inContainer(GuestCommand.shell(command)), command, limit);
  }

  /** Runs a command inside the container as a user. */
  public CommandResult shAs(String user, String command) throws InterruptedException {
    List<String> arguments = GuestCommand.asUser(user, GuestCommand.shell(command));
    return run(GuestCommand.inContainer(arguments), command, LIMIT);
  }

  /** Runs a command through {@code sh -c}, as root outside of the container. */
  public CommandResult host(String command) throws InterruptedException {
    return run(GuestCommand.shell(command), command, LIMIT);
  }

  /**
   * Starts a program in the background inside the container, in a session of its own, with
   * /dev/null as input.
   *
   * @param command one simple command: it is exec'ed
   * @param output the file that gets both output streams
   * @return its PID in the container
   */
  public int spawn(String command, String output) throws InterruptedException {
    List<String> arguments = new ArrayList<>(GuestCommand.shell(SPAWN));
    arguments.addAll(List.of("sh", command, output));
    CommandResult result = run(GuestCommand.inContainer(arguments), command, LIMIT).orFail();
    return Integer.parseInt(result.stdout().strip());
  }

  private CommandResult run(List<String> arguments, String name, Duration limit)
      throws InterruptedException {
    return GuestRunner.run(lab.vm(id), arguments, name, limit);
  }

  /** {@code running}, {@code paused}, {@code off}, or {@code ended} if it went down by itself. */
  public String state() {
    return lab.vm(id).state();
  }

  /** Powers off without warning. */
  public void kill() throws IOException, InterruptedException {
    lab.kill(id);
  }

  /** Boots again, and rejoins the cluster if there is one. */
  public void start() throws IOException, InterruptedException {
    lab.start(id, line -> {});
  }

  /** Stops the processor. */
  public void pause() throws IOException {
    lab.vm(id).pause();
  }

  /** Lets a paused node go on. */
  public void resume() throws IOException {
    lab.vm(id).resume();
  }

  /** The console log since the lab came up. */
  public List<String> console() {
    return lab.vm(id).console();
  }
}
