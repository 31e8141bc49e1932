// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of a configuration.
 *
 * @param path as messages name it, relative to the root of the configuration's repository
 */
public record SourceFile(String path, byte[] content) {
  /** Is this the name of a file that is read at all? */
  public static boolean isManifest(String path) {
    return path.endsWith(".yaml") || path.endsWith(".yml");
  }

  /** Every manifest below a directory, in the order of their paths; links are not followed. */
  public static List<SourceFile> below(Path directory) throws IOException {
    List<Path> paths;
    try (var walk = Files.walk(directory)) {
      paths =
          walk.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
              .filter(path -> isManifest(path.toString()))
              .sorted()
              .toList();
    }
    List<SourceFile> files = new ArrayList<>();
    for (Path path : paths) {
      files.add(new SourceFile(directory.relativize(path).toString(), Files.readAllBytes(path)));
    }
    return files;
  }
}
