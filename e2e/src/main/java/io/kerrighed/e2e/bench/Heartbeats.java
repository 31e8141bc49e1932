// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.lab.LabException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What some processes of {@code e2e/programs/heartbeat.c} write into {@code /shared}. */
final class Heartbeats {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String OK = "ok";

  private final List<Path> beats = new ArrayList<>();
  private final List<Path> gaps = new ArrayList<>();
  private final List<Integer> gapsBefore = new ArrayList<>();

  /** Of processes that will be started as {@link #files} says; what earlier ones left is gone. */
  Heartbeats(Path shared, int processes) throws IOException {
    for (int i = 0; i < processes; i++) {
      beats.add(shared.resolve("beats-" + i));
      gaps.add(shared.resolve("gaps-" + i));
      Files.deleteIfExists(beats.get(i));
      Files.deleteIfExists(gaps.get(i));
    }
  }

  /** The first two arguments of a process. */
  static String files(String number) {
    return "/shared/beats-%s /shared/gaps-%s".formatted(number, number);
  }

  /** Waits until each process has made so many beats more. */
  void await(long more) throws IOException, InterruptedException {
    for (Path file : beats) {
      await(file, more);
    }
  }

  private static void await(Path file, long more) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    long begin = -1;
    while (System.nanoTime() < deadline) {
      byte[] content = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      if (content.length == Long.BYTES) {
        long count = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (begin < 0) {
          begin = count;
        } else if (count >= begin + more) {
          return;
        }
      }
      Thread.sleep(20);
    }
    throw new LabException("there is no heartbeat in " + file);
  }

  /** Gaps from now on are those that count. */
  void begin() throws IOException {
    gapsBefore.clear();
    for (Path file : gaps) {
      gapsBefore.add(Files.readAllLines(file).size());
    }
  }

  /** The longest gap of any process since {@link #begin}, in ms. */
  double longestGap() throws IOException {
    double longest = 0;
    for (int i = 0; i < gaps.size(); i++) {
      longest =
          Files.readAllLines(gaps.get(i)).stream()
              .skip(gapsBefore.get(i))
              .mapToDouble(us -> Double.parseDouble(us) / 1000)
              .reduce(longest, Math::max);
    }
    if (longest == 0) {
      throw new LabException("no process stood still at all");
    }
    return longest;
  }

  /** Waits for what the processes say of their memory after SIGTERM. */
  void requireWhole() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    for (Path file : gaps) {
      String verdict = verdict(file);
      while (verdict.matches("\\d*") && System.nanoTime() < deadline) {
        Thread.sleep(20);
        verdict = verdict(file);
      }
      if (!verdict.equals(OK)) {
        throw new LabException("the memory of a moved process: '%s'".formatted(verdict));
      }
    }
  }

  private static String verdict(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }
}
