// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The agent's memory on disk. Replaced atomically and synced: after a crash or a power cut there is
 * the old content or the new one, whole.
 */
public final class MemoryFile {
  private static final Logger LOG = System.getLogger(MemoryFile.class.getName());

  private final Path file;
  private final ObjectMapper json = new ObjectMapper();

  /**
   * @param directory is made if it is missing
   */
  public MemoryFile(Path directory) {
    this.file = directory.resolve("agent.json");
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the state directory " + directory, e);
    }
  }

  /** What was stored last. A file that cannot be understood is kept aside under another name. */
  public AgentMemory load() {
    try {
      return json.readValue(Files.readAllBytes(file), AgentMemory.class);
    } catch (NoSuchFileException e) {
      return AgentMemory.EMPTY;
    } catch (JsonProcessingException e) {
      Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
      LOG.log(
          Level.ERROR,
          "{0} cannot be understood ({1}); kept as {2}, starting without it",
          file,
          e.getOriginalMessage(),
          aside);
      try {
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException moving) {
        throw new UncheckedIOException("cannot move " + file + " to " + aside, moving);
      }
      return AgentMemory.EMPTY;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Replaces the content. */
  public void store(AgentMemory memory) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      byte[] bytes = json.writerWithDefaultPrettyPrinter().writeValueAsBytes(memory);
      try (FileChannel channel =
          FileChannel.open(
              fresh,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write " + file + "; is the disk full or read-only?", e);
    }
  }
}
