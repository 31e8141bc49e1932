// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description = {
      "Copies the store and the keys of the running API server of this machine into one file.",
      "Whoever has the file has every right on the cluster."
    })
final class BackupCommand implements Callable<Integer> {
  @Mixin private ServerProgram server;

  @Parameters(paramLabel = "FILE", description = "the file to write; replaced if it exists")
  private Path file;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return server.run("backup", file);
  }
}
