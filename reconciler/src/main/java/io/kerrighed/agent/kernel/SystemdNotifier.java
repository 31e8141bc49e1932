// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The protocol of sd_notify(3): one datagram a message. Java 17 has no datagram unix sockets. */
public final class SystemdNotifier {
  private static final int ADDRESS_SIZE = 110;

  private final String socketPath;

  /**
   * @param socketPath what systemd says in {@code NOTIFY_SOCKET}; null or empty when it did not
   *     start us, and nothing is sent then
   */
  public SystemdNotifier(String socketPath) {
    this.socketPath = socketPath == null ? "" : socketPath;
  }

  /** Tells systemd that the service is up. */
  public void ready() {
    send("READY=1");
  }

  /** The line that {@code systemctl status} shows. */
  public void status(String text) {
    send("STATUS=" + text.replace('\n', ' '));
  }

  /** Tells systemd that the service is going down as it was asked to. */
  public void stopping() {
    send("STOPPING=1");
  }

  private void send(String message) {
    if (socketPath.isEmpty()) {
      return;
    }
    byte[] path = socketPath.getBytes(StandardCharsets.UTF_8);
    if (path[0] == '@') {
      path[0] = 0;
    }
    byte[] address =
        ByteBuffer.allocate(ADDRESS_SIZE)
            .order(ByteOrder.nativeOrder())
            .putShort((short) Libc.AF_UNIX)
            .put(path)
            .array();
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    try {
      int fd = Libc.C.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM_CLOEXEC, 0);
      try {
        Libc.C.sendto(fd, bytes, new NativeLong(bytes.length), 0, address, 2 + path.length);
      } finally {
        Libc.C.close(fd);
      }
    } catch (LastErrorException e) {
      throw Libc.failure("cannot notify systemd at " + socketPath, e, "");
    }
  }
}
