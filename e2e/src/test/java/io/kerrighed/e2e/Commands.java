// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.e2e.lab.CommandResult;
import io.kerrighed.e2e.lab.Node;

/** Commands in a node's container, and what they print. */
final class Commands {
  private Commands() {}

  /** It ends with 0. */
  static String says(Node node, String command) throws InterruptedException {
    return node.sh(command).orFail().stdout().strip();
  }

  /** It ends with 1. */
  static String fails(Node node, String command) throws InterruptedException {
    CommandResult result = node.sh(command);
    assertThat(result.exit()).as("%s", result).isEqualTo(1);
    return result.stdout().strip();
  }
}
