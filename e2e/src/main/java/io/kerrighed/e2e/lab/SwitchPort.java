// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * One port of the switch: a unix stream socket to which QEMU's {@code -netdev stream} connects;
 * each Ethernet frame has its length in 4 bytes before it.
 *
 * <p>What is sent waits in a queue with its due time, and one thread writes it: a card that takes
 * nothing (a paused node) holds up nobody else. A full queue loses frames, as in any switch, and so
 * does a port without a card.
 */
final class SwitchPort implements Closeable {
  static final int LARGEST_FRAME = 256 * 1024;
  private static final int QUEUE_LIMIT = 8192;

  private final ServerSocketChannel server;
  private final Consumer<byte[]> receiver;
  private final DelayQueue<Waiting> queue = new DelayQueue<>();
  private final AtomicLong sequence = new AtomicLong();
  private volatile SocketChannel card;
  private volatile boolean closed;

  SwitchPort(Path socket, String name, Consumer<byte[]> receiver) throws IOException {
    this.receiver = receiver;
    server = Sockets.listen(socket);
    Thread reader = new Thread(this::serveCards, "switch-from-" + name);
    reader.setDaemon(true);
    reader.start();
  }

  boolean connected() {
    return card != null;
  }

  synchronized void send(byte[] frame, long delayNanos) {
    if (card != null && queue.size() < QUEUE_LIMIT) {
      queue.add(new Waiting(System.nanoTime() + delayNanos, sequence.getAndIncrement(), frame));
    }
  }

  private void serveCards() {
    while (!closed) {
      Thread writer = null;
      try (SocketChannel socket = server.accept()) {
        attach(socket);
        writer = new Thread(() -> writeTo(socket), "switch-to-" + Thread.currentThread().getName());
        writer.setDaemon(true);
        writer.start();
        readFrom(socket);
      } catch (IOException e) {
        // The card is gone (its QEMU ended), or this port was closed: wait for the next card.
      } finally {
        attach(null);
        if (writer != null) {
          writer.interrupt();
        }
      }
    }
  }

  /** A new card gets nothing that was for the one before. */
  private synchronized void attach(SocketChannel socket) {
    card = socket;
    queue.clear();
  }

  private void readFrom(SocketChannel socket) throws IOException {
    ByteBuffer in = ByteBuffer.allocateDirect(LARGEST_FRAME + 4);
    while (socket.read(in) >= 0) {
      in.flip();
      byte[] frame;
      while ((frame = nextFrame(in)) != null) {
        receiver.accept(frame);
      }
      in.compact();
    }
  }

  /** Takes one whole frame out of a buffer, or null if it is not complete yet. */
  static byte[] nextFrame(ByteBuffer in) throws IOException {
    if (in.remaining() < 4) {
      return null;
    }
    int length = in.getInt(in.position());
    if (length < 0 || length > LARGEST_FRAME) {
      throw new IOException("a card sent a frame of %d bytes".formatted(length));
    }
    if (in.remaining() < 4 + length) {
      return null;
    }
    byte[] frame = new byte[length];
    in.position(in.position() + 4);
    in.get(frame);
    return frame;
  }

  private void writeTo(SocketChannel socket) {
    ByteBuffer out = ByteBuffer.allocateDirect(LARGEST_FRAME + 4);
    try {
      while (true) {
        Waiting next = queue.take();
        out.clear();
        do {
          out.putInt(next.frame.length).put(next.frame);
          next = out.remaining() > LARGEST_FRAME / 2 ? queue.poll() : null;
        } while (next != null);
        out.flip();
        while (out.hasRemaining()) {
          socket.write(out);
        }
      }
    } catch (IOException | InterruptedException e) {
      // The card is gone; the reader thread sees it too and waits for the next one.
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
      SocketChannel current = card;
      if (current != null) {
        current.close();
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private record Waiting(long dueNanos, long sequence, byte[] frame) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      Waiting o = (Waiting) other;
      int order = Long.compare(dueNanos - o.dueNanos, 0);
      return order != 0 ? order : Long.compare(sequence, o.sequence);
    }
  }
}
