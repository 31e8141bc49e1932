// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description =
        "Prints what bash and zsh need to complete this command: source <(krgctl completion).")
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().print(AutoComplete.bash("krgctl", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
  }
}
