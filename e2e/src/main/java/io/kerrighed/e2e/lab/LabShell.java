// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Runs a command in a node on behalf of a user at a terminal, or of a script. */
final class LabShell {
  private LabShell() {}

  /**
   * Runs a command with this process's own streams.
   *
   * @param interactive gives the command a terminal if this process has one
   */
  static int run(LabClient client, int node, List<String> arguments, boolean interactive)
      throws IOException, InterruptedException {
    String before = interactive && System.console() != null ? stty("-g") : null;
    int rows = 0;
    int columns = 0;
    if (before != null) {
      String[] size = stty("size").split(" ");
      rows = size[0].equals("0") ? 24 : Integer.parseInt(size[0]);
      columns = size[1].equals("0") ? 80 : Integer.parseInt(size[1]);
      String restored = before;
      Runtime.getRuntime().addShutdownHook(new Thread(() -> restore(restored)));
      stty("raw", "-echo");
    }
    List<String> request = new ArrayList<>();
    request.add("exec");
    request.add(Integer.toString(node));
    request.add(Integer.toString(rows));
    request.add(Integer.toString(columns));
    request.add(System.getenv().getOrDefault("TERM", "dumb"));
    request.addAll(arguments);
    return client.request(
        request,
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err));
  }

  private static void restore(String settings) {
    try {
      stty(settings);
    } catch (IOException | InterruptedException e) {
      System.err.println("lab: the terminal's settings could not be restored: " + e);
    }
  }

  private static String stty(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.INHERIT).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new LabException("this terminal's settings cannot be read (stty)");
    }
    return output;
  }
}
