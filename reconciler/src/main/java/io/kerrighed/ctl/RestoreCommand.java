// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the directory of an API server from a backup; it must be empty or missing.",
      "Agents, and everybody with a kubeconfig from before the backup, find it as they knew it."
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin private ServerProgram server;

  @Parameters(paramLabel = "FILE", description = "what 'krgctl backup' wrote")
  private Path file;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return server.run("restore", file);
  }
}
