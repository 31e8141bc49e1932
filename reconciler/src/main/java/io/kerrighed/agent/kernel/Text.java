// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Small files of the kernel, as text. */
final class Text {
  private Text() {}

  /** The content without white space at its ends; empty when the file is not there. */
  static Optional<String> readIfThere(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (NoSuchFileException | FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** The lines that are not blank; none when the file is not there. */
  static List<String> lines(Path file) {
    return readIfThere(file).stream()
        .flatMap(String::lines)
        .filter(line -> !line.isBlank())
        .toList();
  }
}
