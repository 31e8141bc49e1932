// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs one guest command to its end and keeps what it printed. */
final class GuestRunner implements ControlChannel.Listener {
  private final ControlChannel control;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();

  private GuestRunner(ControlChannel control) {
    this.control = control;
  }

  /**
   * Runs a command without input.
   *
   * @throws LabException if it takes longer than {@code limit} (it is killed then) or the node goes
   *     away meanwhile
   */
  static CommandResult run(Vm vm, List<String> arguments, String name, Duration limit)
      throws InterruptedException {
    ControlChannel control = vm.control();
    GuestRunner runner = new GuestRunner(control);
    try {
      int channel =
          control.open(new GuestCommand(arguments, vm.environment(), null, false), runner);
      int code;
      try {
        code = runner.exit.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        control.send(new Frame(channel, Frame.CANCEL, new byte[0]));
        throw new LabException(
            "'%s' on node %d was killed after %s; stdout: %s%nstderr: %s"
                .formatted(name, vm.id(), limit, runner.output, runner.errors),
            e);
      }
      return new CommandResult(
          name, code, runner.output.toByteArray(), runner.errors.toByteArray());
    } catch (IOException | ExecutionException e) {
      throw new LabException("node %d went away while '%s' ran".formatted(vm.id(), name), e);
    }
  }

  @Override
  public void frame(Frame frame) {
    switch (frame.type()) {
      case Frame.STDOUT -> take(frame, output);
      case Frame.STDERR -> take(frame, errors);
      case Frame.EXIT -> exit.complete(frame.number());
      default -> {}
    }
  }

  private void take(Frame frame, ByteArrayOutputStream to) {
    to.writeBytes(frame.payload());
    try {
      control.send(Frame.number(frame.channel(), Frame.CREDIT, frame.payload().length));
    } catch (IOException e) {
      lost();
    }
  }

  @Override
  public void lost() {
    exit.completeExceptionally(new IOException("the control channel ended"));
  }
}
