// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "lint",
    mixinStandardHelpOptions = true,
    description = "Checks a configuration as the operator will when it is pushed.")
final class LintCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--overlay",
      paramLabel = "NAME",
      description = "read the folders base and overlays/NAME, as ConfigSource's overlay says")
  private String overlay;

  @Parameters(paramLabel = "DIRECTORY", description = "root of the configuration")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    LocalConfiguration local = LocalConfiguration.read(directory, overlay, List.of());
    local.configuration().problems().forEach(out::println);
    if (!local.configuration().problems().isEmpty()) {
      return KrgCtl.NO;
    }
    out.printf(
        "%d objects in %d files, no mistakes%n",
        local.configuration().manifests().size(), local.files());
    return 0;
  }
}
