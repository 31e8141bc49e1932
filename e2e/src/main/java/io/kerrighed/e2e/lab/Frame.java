// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One frame of the control protocol: what {@code e2e/guest/protocol.h} describes, used between the
 * lab and its guests, and between {@code e2e/lab} and the lab.
 *
 * @param channel the command it belongs to
 * @param type one of the constants here
 * @param payload at most {@link #MAX} bytes
 */
record Frame(int channel, int type, byte[] payload) {
  static final int OPEN = 1;
  static final int STDIN = 2;
  static final int STDIN_END = 3;
  static final int CANCEL = 4;
  static final int CREDIT = 5;
  static final int HELLO = 16;
  static final int STDOUT = 17;
  static final int STDERR = 18;
  static final int STDIN_CREDIT = 19;
  static final int EXIT = 20;

  /** A request of {@code e2e/lab} to the lab: NUL-terminated strings, the verb first. */
  static final int REQUEST = 32;

  static final int MAX = 64 * 1024;
  static final int STREAM_WINDOW = 256 * 1024;

  private static final int HEADER = 9;

  static Frame number(int channel, int type, int value) {
    return new Frame(channel, type, ByteBuffer.allocate(4).putInt(value).array());
  }

  static Frame strings(int channel, int type, List<String> strings) {
    byte[] payload = (String.join("\0", strings) + "\0").getBytes(StandardCharsets.UTF_8);
    if (payload.length > MAX) {
      throw new IllegalArgumentException(
          "a command of %d bytes is too long, %d are possible".formatted(payload.length, MAX));
    }
    return new Frame(channel, type, payload);
  }

  int number() {
    return ByteBuffer.wrap(payload).getInt();
  }

  List<String> strings() {
    List<String> result = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < payload.length; i++) {
      if (payload[i] == 0) {
        result.add(new String(payload, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    return result;
  }

  /**
   * Both directions of a socket that carries frames. Reading is for one thread, writing for any.
   */
  static final class Wire implements Closeable {
    private final SocketChannel socket;

    Wire(SocketChannel socket) {
      this.socket = socket;
    }

    /**
     * Waits for the next frame.
     *
     * @throws EOFException at the end of the stream
     */
    Frame read() throws IOException {
      ByteBuffer header = fill(ByteBuffer.allocate(HEADER));
      int length = header.getInt();
      int channel = header.getInt();
      int type = header.get();
      if (length < 0 || length > MAX) {
        throw new IOException("a control frame claims %d bytes".formatted(length));
      }
      return new Frame(channel, type, fill(ByteBuffer.allocate(length)).array());
    }

    private ByteBuffer fill(ByteBuffer buffer) throws IOException {
      while (buffer.hasRemaining()) {
        if (socket.read(buffer) < 0) {
          throw new EOFException("the control channel was closed");
        }
      }
      return buffer.flip();
    }

    synchronized void write(Frame frame) throws IOException {
      ByteBuffer buffer =
          ByteBuffer.allocate(HEADER + frame.payload.length)
              .putInt(frame.payload.length)
              .putInt(frame.channel)
              .put((byte) frame.type)
              .put(frame.payload)
              .flip();
      while (buffer.hasRemaining()) {
        socket.write(buffer);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
