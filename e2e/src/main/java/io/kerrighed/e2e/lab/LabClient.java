// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Sends one request to a running lab and passes the streams through. */
final class LabClient {
  private final InstancePaths paths;

  LabClient(InstancePaths paths) {
    this.paths = paths;
  }

  boolean labRuns() {
    try (Frame.Wire wire = new Frame.Wire(Sockets.connect(paths.socket()))) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Runs a request.
   *
   * @param input is sent on until its end, or null
   * @return the exit status
   */
  int request(List<String> words, InputStream input, OutputStream out, OutputStream err)
      throws IOException {
    Frame.Wire wire;
    try {
      wire = new Frame.Wire(Sockets.connect(paths.socket()));
    } catch (IOException e) {
      throw new LabException("no lab '%s' runs: 'e2e/lab up' starts it".formatted(paths.name()), e);
    }
    try (wire) {
      wire.write(Frame.strings(0, Frame.REQUEST, words));
      Semaphore window = new Semaphore(Frame.STREAM_WINDOW);
      if (input != null) {
        Thread sender = new Thread(() -> sendInput(wire, input, window), "input");
        sender.setDaemon(true);
        sender.start();
      }
      boolean exec = words.get(0).equals("exec");
      while (true) {
        Frame frame = wire.read();
        switch (frame.type()) {
          case Frame.STDOUT -> deliver(wire, frame, out, exec);
          case Frame.STDERR -> deliver(wire, frame, err, exec);
          case Frame.STDIN_CREDIT -> window.release(frame.number());
          case Frame.EXIT -> {
            return frame.number();
          }
          default -> throw new LabException("unknown answer of the lab: " + frame.type());
        }
      }
    } catch (EOFException e) {
      throw new LabException("the lab ended during the request; see " + paths.log(), e);
    }
  }

  private static void deliver(Frame.Wire wire, Frame frame, OutputStream to, boolean exec)
      throws IOException {
    to.write(frame.payload());
    to.flush();
    if (exec) {
      try {
        wire.write(Frame.number(0, Frame.CREDIT, frame.payload().length));
      } catch (IOException e) {
        // The command has ended already; what it still said is read on.
      }
    }
  }

  private static void sendInput(Frame.Wire wire, InputStream input, Semaphore window) {
    byte[] buffer = new byte[32 * 1024];
    try {
      int n;
      while ((n = input.read(buffer)) >= 0) {
        window.acquire(n);
        wire.write(new Frame(0, Frame.STDIN, Arrays.copyOf(buffer, n)));
      }
      wire.write(new Frame(0, Frame.STDIN_END, new byte[0]));
    } catch (IOException e) {
      // The command has ended, and the connection with it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
