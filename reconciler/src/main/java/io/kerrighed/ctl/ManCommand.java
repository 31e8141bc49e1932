// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "man",
    mixinStandardHelpOptions = true,
    description =
        "Prints the manual page of this command: krgctl man | man -l - shows it, and as"
            + " /usr/local/share/man/man1/krgctl.1 it is found by man krgctl.")
final class ManCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().getOut().print(ManPage.of(spec.root().commandLine()));
    spec.commandLine().getOut().flush();
  }
}
