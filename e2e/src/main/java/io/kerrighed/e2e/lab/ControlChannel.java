// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The lab's end of a guest's virtio-serial port: carries any number of commands at once. */
final class ControlChannel implements Closeable {
  /** Gets the frames of one command, on the channel's reader thread: must not block. */
  interface Listener {
    void frame(Frame frame);

    /** The guest is gone; no further frame comes. */
    void lost();
  }

  private final Frame.Wire wire;
  private final Map<Integer, Listener> listeners = new ConcurrentHashMap<>();
  private final AtomicInteger nextChannel = new AtomicInteger(1);
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private volatile boolean lost;

  ControlChannel(Frame.Wire wire, String name) {
    this.wire = wire;
    Thread reader = new Thread(this::read, "control-" + name);
    reader.setDaemon(true);
    reader.start();
  }

  /** Completes when the guest's agent runs; fails when the guest is gone. */
  CompletableFuture<Void> ready() {
    return ready;
  }

  /** Starts a command; returns the channel for the frames that belong to it. */
  int open(GuestCommand command, Listener listener) throws IOException {
    int channel = nextChannel.getAndIncrement();
    Frame open = command.frame(channel);
    listeners.put(channel, listener);
    if (lost) {
      listeners.remove(channel);
      throw new IOException("the node does not run");
    }
    wire.write(open);
    return channel;
  }

  void send(Frame frame) throws IOException {
    wire.write(frame);
  }

  private void read() {
    try {
      while (true) {
        Frame frame = wire.read();
        if (frame.type() == Frame.HELLO) {
          ready.complete(null);
          continue;
        }
        Listener listener =
            frame.type() == Frame.EXIT
                ? listeners.remove(frame.channel())
                : listeners.get(frame.channel());
        if (listener != null) {
          listener.frame(frame);
        }
      }
    } catch (IOException e) {
      lost = true;
      ready.completeExceptionally(e);
      listeners.values().forEach(Listener::lost);
      listeners.clear();
    }
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
