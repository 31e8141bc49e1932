// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.kerrighed.api.manifest.Configuration;
import io.kerrighed.api.manifest.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The configuration in a folder, read as the operator will read it when it is pushed.
 *
 * @param files how many were read
 */
record LocalConfiguration(Configuration configuration, int files) {
  static LocalConfiguration read(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(
          directory + " is not a directory: name the folder that ConfigSource's path names");
    }
    List<SourceFile> files = SourceFile.below(directory);
    if (files.isEmpty()) {
      throw new IOException("no YAML file is below " + directory);
    }
    return new LocalConfiguration(Configuration.read(files), files.size());
  }
}
