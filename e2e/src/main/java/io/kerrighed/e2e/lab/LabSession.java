// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** One request of {@code e2e/lab}: answers with output frames and one EXIT frame. */
final class LabSession {
  private final Lab lab;
  private final LabServer server;
  private final Frame.Wire client;

  LabSession(Lab lab, LabServer server, Frame.Wire client) {
    this.lab = lab;
    this.server = server;
    this.client = client;
  }

  void serve() {
    try (client) {
      List<String> request = client.read().strings();
      try {
        dispatch(request.get(0), request.subList(1, request.size()));
      } catch (LabException | IllegalArgumentException e) {
        print(Frame.STDERR, "lab: " + e.getMessage());
        exit(1);
      } catch (RuntimeException e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        print(Frame.STDERR, "lab: " + trace);
        exit(1);
      }
      if (request.get(0).equals("down")) {
        server.end();
      }
    } catch (IOException e) {
      // The client went away; what it asked for is cancelled or done.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void dispatch(String verb, List<String> arguments)
      throws IOException, InterruptedException {
    Consumer<String> progress = line -> tryPrint(line);
    switch (verb) {
      case "exec" -> {
        Vm vm = lab.vm(node(arguments.get(0)));
        new ExecBridge(vm, client).run(command(vm, arguments));
        return;
      }
      case "up" ->
          lab.up(
              new Shape(
                  Integer.parseInt(arguments.get(0)),
                  arguments.get(1),
                  Boolean.parseBoolean(arguments.get(2)),
                  Integer.parseInt(arguments.get(3))),
              progress);
      case "kill" -> lab.kill(node(arguments.get(0)));
      case "start" -> lab.start(node(arguments.get(0)), progress);
      case "pause" -> lab.vm(node(arguments.get(0))).pause();
      case "resume" -> lab.vm(node(arguments.get(0))).resume();
      case "reload" -> lab.reload(progress);
      case "net" -> NetCommand.run(lab.network(), arguments);
      case "status" -> status();
      case "down" -> lab.close();
      default -> throw new LabException("unknown request '%s'".formatted(verb));
    }
    exit(0);
  }

  private static int node(String text) {
    return Integer.parseInt(text);
  }

  /** Arguments: node, rows, columns (0 without a terminal), TERM, program, its arguments… */
  private static GuestCommand command(Vm vm, List<String> arguments) {
    int rows = Integer.parseInt(arguments.get(1));
    int columns = Integer.parseInt(arguments.get(2));
    GuestCommand.Terminal terminal = rows == 0 ? null : new GuestCommand.Terminal(rows, columns);
    Map<String, String> environment = new TreeMap<>(vm.environment());
    environment.put("TERM", arguments.get(3));
    return new GuestCommand(
        new ArrayList<>(arguments.subList(4, arguments.size())), environment, terminal, true);
  }

  private void status() throws IOException {
    if (lab.shape() == null) {
      print(Frame.STDOUT, "lab %s, no nodes yet".formatted(lab.paths().name()));
      return;
    }
    print(
        Frame.STDOUT,
        "lab %s, kernel %s, MTU %d, %s"
            .formatted(
                lab.paths().name(),
                lab.shape().kernel(),
                lab.shape().mtu(),
                lab.paths().directory()));
    for (Vm vm : lab.vms()) {
      print(Frame.STDOUT, "node %d: %s".formatted(vm.id(), vm.state()));
    }
  }

  private void print(int type, String line) throws IOException {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i += Frame.MAX) {
      client.write(
          new Frame(
              0,
              type,
              java.util.Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + Frame.MAX))));
    }
  }

  private void tryPrint(String line) {
    try {
      print(Frame.STDOUT, line);
    } catch (IOException e) {
      // Nobody listens any more; the work goes on.
    }
  }

  private void exit(int code) throws IOException {
    client.write(Frame.number(0, Frame.EXIT, code));
  }
}
