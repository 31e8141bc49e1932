// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.kerrighed.api.manifest.Configuration;
import io.kerrighed.api.manifest.SourceFile;
import io.kerrighed.api.validation.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "lint",
    mixinStandardHelpOptions = true,
    description = "Checks a configuration as the operator will when it is pushed.")
final class LintCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIRECTORY", description = "root of the configuration")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory");
    }
    List<SourceFile> files = SourceFile.below(directory);
    if (files.isEmpty()) {
      throw new IOException("no YAML file is below " + directory);
    }
    PrintWriter out = spec.commandLine().getOut();
    Configuration configuration = Configuration.read(files);
    for (Problem problem : configuration.problems()) {
      out.println(problem);
    }
    if (!configuration.problems().isEmpty()) {
      return KrgCtl.NO;
    }
    out.printf(
        "%d objects in %d files, no mistakes%n", configuration.manifests().size(), files.size());
    return 0;
  }
}
