// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.Node;

/** A command on a node that may take as long as it likes; what it says is in a file. */
final class Running {
  private final Node node;
  private final String output;
  final int pid;

  Running(Node node, String name, String command) throws Exception {
    this.node = node;
    output = "/shared/%s.out".formatted(name);
    node.sh("rm -f " + output).orFail();
    pid = node.spawn(command, output);
  }

  boolean isThere() throws Exception {
    return node.sh("kill -0 %d".formatted(pid)).exit() == 0;
  }

  /** What it has said when it said something. */
  String first() throws Exception {
    HomeProcess.await("a line in " + output, () -> !said().isEmpty());
    return said();
  }

  String end() throws Exception {
    HomeProcess.await("the end of %d, %s".formatted(pid, output), () -> !isThere());
    return said();
  }

  void kill() throws Exception {
    node.sh("kill -KILL %d".formatted(pid)).orFail();
  }

  String said() throws Exception {
    return node.sh("cat %s 2>/dev/null".formatted(output)).stdout().strip();
  }
}
