// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The API server's own program, on the machine that it runs on: it alone knows its store. */
final class ServerProgram {
  @Option(
      names = "--data",
      paramLabel = "DIRECTORY",
      defaultValue = "/var/lib/kerrighed-apiserver",
      description = "where the API server keeps everything (default: ${DEFAULT-VALUE})")
  private Path data;

  @Option(
      names = "--program",
      paramLabel = "FILE",
      defaultValue = "${env:KERRIGHED_APISERVER:-/usr/sbin/kerrighed-apiserver}",
      description = "the API server's program (default: ${DEFAULT-VALUE})")
  private Path program;

  /** Runs one of its commands; what that says goes where this command's own words go. */
  int run(String command, Path file) throws IOException, InterruptedException {
    List<String> words =
        List.of(program.toString(), "--data", data.toString(), command, file.toString());
    try {
      int exit = new ProcessBuilder(words).inheritIO().start().waitFor();
      return exit == 0 ? 0 : KrgCtl.ERROR;
    } catch (IOException e) {
      throw new IOException(
          program
              + " cannot be run: do this on the machine of the API server, or name its program"
              + " with --program",
          e);
    }
  }
}
