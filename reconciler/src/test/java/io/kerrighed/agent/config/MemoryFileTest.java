// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.agent.NodeConfigs;
import io.kerrighed.api.v1alpha1.Drift;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryFileTest {
  @TempDir Path directory;

  private AgentMemory memory() {
    return new AgentMemory(
        NodeConfigs.online(), "boot", "2026-11-22T10:00:00Z", new Drift(3L, "t", "m"));
  }

  @Test
  void nothingStoredIsEmpty() {
    assertThat(new MemoryFile(directory.resolve("new")).load()).isEqualTo(AgentMemory.EMPTY);
  }

  @Test
  void givesBackWhatWasStored() {
    new MemoryFile(directory).store(memory());
    AgentMemory loaded = new MemoryFile(directory).load();
    assertThat(loaded.config().getSpec()).isEqualTo(memory().config().getSpec());
    assertThat(loaded.config().getMetadata().getGeneration()).isEqualTo(1);
    assertThat(loaded.withConfig(null)).isEqualTo(memory().withConfig(null));
  }

  @Test
  void aWriteThatWasCutShortLeavesTheOldContent() throws IOException {
    MemoryFile file = new MemoryFile(directory);
    file.store(memory());
    Files.writeString(directory.resolve("agent.json.new"), "{\"config\": {\"meta");
    assertThat(new MemoryFile(directory).load().settled()).isEqualTo("boot");
    file.store(memory().withSettled("next"));
    assertThat(file.load().settled()).isEqualTo("next");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).as("no left-overs").hasSize(1);
    }
  }

  @Test
  void aDamagedFileIsKeptAsideAndNotBelieved() throws IOException {
    MemoryFile file = new MemoryFile(directory);
    file.store(memory());
    Files.writeString(directory.resolve("agent.json"), "{\"config\": 7");
    assertThat(file.load()).isEqualTo(AgentMemory.EMPTY);
    assertThat(directory.resolve("agent.json.unreadable")).hasContent("{\"config\": 7");
  }

  @Test
  void fieldsOfANewerAgentAreNoDamage() throws IOException {
    Files.writeString(directory.resolve("agent.json"), "{\"settled\": \"b\", \"later\": [1]}");
    assertThat(new MemoryFile(directory).load().settled()).isEqualTo("b");
  }
}
