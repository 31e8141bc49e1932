// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Connects one client of the lab with one command in a guest. Frames pass unchanged; the window of
 * each stream is granted by its last reader, so the queue here stays small. A client that goes away
 * ends its command.
 */
final class ExecBridge implements ControlChannel.Listener {
  private static final Frame LOST = Frame.number(0, Frame.EXIT, 255);

  private final Vm vm;
  private final Frame.Wire client;
  private final BlockingQueue<Frame> toClient = new LinkedBlockingQueue<>();

  ExecBridge(Vm vm, Frame.Wire client) {
    this.vm = vm;
    this.client = client;
  }

  void run(GuestCommand command) throws IOException, InterruptedException {
    ControlChannel control = vm.control();
    int channel = control.open(command, this);
    Thread input = new Thread(() -> passInput(control, channel), "exec-input");
    input.setDaemon(true);
    input.start();
    while (true) {
      Frame frame = toClient.take();
      if (frame == LOST) {
        byte[] why = "lab: node %d went away%n".formatted(vm.id()).getBytes(StandardCharsets.UTF_8);
        client.write(new Frame(0, Frame.STDERR, why));
      }
      client.write(new Frame(0, frame.type(), frame.payload()));
      if (frame.type() == Frame.EXIT) {
        return;
      }
    }
  }

  private void passInput(ControlChannel control, int channel) {
    try {
      try {
        while (true) {
          Frame frame = client.read();
          control.send(new Frame(channel, frame.type(), frame.payload()));
        }
      } catch (IOException e) {
        control.send(new Frame(channel, Frame.CANCEL, new byte[0]));
      }
    } catch (IOException e) {
      // The node is gone, and its command with it.
    }
  }

  @Override
  public void frame(Frame frame) {
    toClient.add(frame);
  }

  @Override
  public void lost() {
    toClient.add(LOST);
  }
}
