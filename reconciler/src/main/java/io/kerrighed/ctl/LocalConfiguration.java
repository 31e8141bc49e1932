// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.api.model.HasMetadata;
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
  /**
   * @param overlay as ConfigSource's overlay; null if there is none
   * @param others objects of other sources that it may refer to
   */
  static LocalConfiguration read(Path directory, String overlay, List<HasMetadata> others)
      throws IOException {
    List<SourceFile> files = files(directory, overlay == null ? "" : "base/");
    List<SourceFile> changes =
        overlay == null ? List.of() : files(directory, "overlays/" + overlay + "/");
    return new LocalConfiguration(
        Configuration.read(files, changes, others), files.size() + changes.size());
  }

  private static List<SourceFile> files(Path directory, String folder) throws IOException {
    Path below = directory.resolve(folder);
    if (!Files.isDirectory(below)) {
      throw new IOException(
          below + " is not a directory: name the folder that ConfigSource's path names");
    }
    List<SourceFile> files =
        SourceFile.below(below).stream()
            .map(file -> new SourceFile(folder + file.path(), file.content()))
            .toList();
    if (files.isEmpty()) {
      throw new IOException("no YAML file is below " + below);
    }
    return files;
  }
}
