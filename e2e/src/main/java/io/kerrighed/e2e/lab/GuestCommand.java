// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A command for a guest.
 *
 * @param arguments program and arguments
 * @param environment all of it
 * @param terminal null for pipes, else the size of the terminal it gets
 * @param input whether the lab will send input; else it reads from /dev/null
 */
record GuestCommand(
    List<String> arguments, Map<String, String> environment, Terminal terminal, boolean input) {
  private static final int PTY = 1;
  private static final int STDIN = 2;

  /** For busybox, which is not linked at its start: emulated, that takes longer than the rest. */
  private static final String ENTER_CONTAINER =
      """
      { read -r pid </run/krginit.pid; } 2>/dev/null && [ -d "/proc/$pid" ] || {
        echo "lab: no Kerrighed container runs on this node (--host runs outside of it)" >&2
        exit 125
      }
      exec nsenter -t "$pid" -m -p -i -- "$@"
      """;

  /** Size in characters. */
  record Terminal(int rows, int columns) {}

  /** A shell, or one command through {@code sh -c}. */
  static List<String> shell(String command) {
    return command == null ? List.of("/bin/bash", "-i") : List.of("/bin/sh", "-c", command);
  }

  /** Makes a command run as a user. */
  static List<String> asUser(String user, List<String> arguments) {
    return prefixed(List.of("/sbin/runuser", "-u", user, "--"), arguments);
  }

  /** Makes a command run inside the node's Kerrighed container. */
  static List<String> inContainer(List<String> arguments) {
    return prefixed(List.of("busybox", "sh", "-c", ENTER_CONTAINER, "sh"), arguments);
  }

  private static List<String> prefixed(List<String> prefix, List<String> arguments) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(arguments);
    return all;
  }

  Frame frame(int channel) {
    List<String> strings = new ArrayList<>();
    strings.add("/");
    strings.add(Integer.toString(arguments.size()));
    strings.addAll(arguments);
    environment.forEach((k, v) -> strings.add(k + "=" + v));

    int flags = (terminal != null ? PTY : 0) | (input ? STDIN : 0);
    ByteBuffer head = ByteBuffer.allocate(5).put((byte) flags);
    head.putShort((short) (terminal != null ? terminal.rows : 0));
    head.putShort((short) (terminal != null ? terminal.columns : 0));
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    payload.writeBytes(head.array());
    for (String s : strings) {
      if (s.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("an argument holds a NUL character");
      }
      payload.writeBytes(s.getBytes(StandardCharsets.UTF_8));
      payload.write(0);
    }
    if (payload.size() > Frame.MAX) {
      throw new IllegalArgumentException(
          "a command of %d bytes is too long, %d are possible"
              .formatted(payload.size(), Frame.MAX));
    }
    return new Frame(channel, Frame.OPEN, payload.toByteArray());
  }
}
