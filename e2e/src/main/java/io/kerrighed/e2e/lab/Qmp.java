// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** QEMU's machine protocol, as far as the lab needs it: commands without arguments. */
final class Qmp {
  private Qmp() {}

  /**
   * Runs one command, for example {@code stop}.
   *
   * @throws LabException with QEMU's answer if it refuses
   */
  static void execute(Path socket, String command) throws IOException {
    try (SocketChannel channel = Sockets.connect(socket)) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
      in.readLine(); // the greeting
      call(channel, in, "qmp_capabilities");
      call(channel, in, command);
    }
  }

  private static void call(SocketChannel channel, BufferedReader in, String command)
      throws IOException {
    String request = "{\"execute\":\"%s\"}%n".formatted(command);
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
    String line;
    while ((line = in.readLine()) != null) {
      if (line.startsWith("{\"return\"")) {
        return;
      }
      if (line.startsWith("{\"error\"")) {
        throw new LabException("QEMU refused '%s': %s".formatted(command, line));
      }
    }
    throw new LabException("QEMU ended during '%s'".formatted(command));
  }
}
