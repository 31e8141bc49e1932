// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a good file, its reader says file and line and never fails itself. */
class MutationTest {
  private static final int MUTATIONS = 1_000;

  /** What YAML has a meaning for, what the schema has, and what neither expects. */
  private static final List<String> TEXTS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ":",
          ": ",
          "- ",
          "?",
          "&a ",
          "*a",
          "!!binary ",
          "!t ",
          "|\n",
          ">-\n",
          "#",
          "'",
          "\"",
          "\"\\x\"",
          "%YAML 9.9\n",
          "---\n",
          "...\n",
          "\t",
          "\r",
          "\u0000",
          "\ufeff",
          "\u2028",
          "\ud83d\ude00",
          "<<: *a\n",
          "null",
          "~",
          "true",
          "-1",
          "99999999999999999999",
          "1e400",
          ".nan",
          "0x1F",
          "[]",
          "{}",
          "spec:\n",
          "metadata: {name: x}\n",
          "kind: List\n",
          "  ",
          "\n");

  /** Problems about something that is nowhere: there is no line to name. */
  private static final Set<Reason> WHOLE = Set.of(Reason.CLUSTER_COUNT, Reason.NO_NODES);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyMutationIsReadOrRefusedWithItsPlace(boolean overlay) throws IOException {
    List<SourceFile> good = SourceFile.below(Path.of("../git-examples/pc-lab"));
    List<SourceFile> base =
        overlay
            ? good.stream()
                .map(file -> new SourceFile("base/" + file.path(), file.content()))
                .toList()
            : List.of();
    int refused = 0;
    for (int seed = 0; seed < MUTATIONS; seed++) {
      List<SourceFile> files = mutated(good, new Random(seed));
      List<Problem> problems = read(base, files, seed).problems();
      for (Problem problem : problems) {
        assertThat(problem.message()).describedAs("mutation %d", seed).isNotBlank();
        List<SourceFile> all = new ArrayList<>(files);
        all.addAll(base);
        assertNamesAPlace(problem, all, seed);
      }
      refused += problems.isEmpty() ? 0 : 1;
    }
    // Else the mutations are none.
    assertThat(refused).isBetween(MUTATIONS / 3, MUTATIONS - 1);
  }

  private static Configuration read(List<SourceFile> base, List<SourceFile> files, int seed) {
    try {
      return Configuration.read(base, files, List.of());
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError("mutation " + seed + " of\n" + text(files), e);
    }
  }

  private static void assertNamesAPlace(Problem problem, List<SourceFile> files, int seed) {
    if (problem.where().equals("configuration")) {
      assertThat(problem.reason()).describedAs("mutation %d", seed).isIn(WHOLE);
      return;
    }
    String[] place = problem.where().split(":");
    assertThat(place).describedAs("mutation %d: %s", seed, problem).hasSize(3);
    SourceFile file =
        files.stream()
            .filter(candidate -> candidate.path().equals(place[0]))
            .findFirst()
            .orElseThrow(() -> new AssertionError("mutation " + seed + ": no file " + place[0]));
    long lines =
        new String(file.content(), StandardCharsets.ISO_8859_1).split("\r\n|[\r\n]", -1).length;
    // YAML counts Unicode's line separators too; each of them is three bytes.
    long most = lines + count(file.content());
    assertThat(Long.parseLong(place[1]))
        .describedAs("mutation %d: %s in\n%s", seed, problem, text(files))
        .isBetween(1L, most);
    assertThat(Long.parseLong(place[2])).isPositive();
  }

  private static long count(byte[] content) {
    return new String(content, StandardCharsets.UTF_8)
        .chars()
        .filter(c -> c == 0x2028 || c == 0x2029 || c == 0x85)
        .count();
  }

  private static List<SourceFile> mutated(List<SourceFile> good, Random random) {
    List<SourceFile> files = new ArrayList<>(good);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      int index = random.nextInt(files.size());
      SourceFile file = files.get(index);
      files.set(index, new SourceFile(file.path(), mutated(file.content(), random)));
    }
    return files;
  }

  private static byte[] mutated(byte[] content, Random random) {
    int at = random.nextInt(content.length + 1);
    int end = Math.min(content.length, at + 1 + random.nextInt(12));
    return switch (random.nextInt(7)) {
      case 0 -> joined(content, 0, at, new byte[0], end);
      case 1 -> joined(content, 0, at, random(TEXTS, random), at);
      case 2 -> joined(content, 0, at, random(TEXTS, random), end);
      case 3 -> joined(content, 0, at, new byte[] {(byte) random.nextInt(256)}, end);
      case 4 -> joined(content, 0, at, new byte[0], content.length);
      case 5 -> lines(content, random);
      default -> joined(content, 0, at, random("[ {".split(" "), random), at);
    };
  }

  /** Takes a line out, doubles it, moves it, or gives it another indentation. */
  private static byte[] lines(byte[] content, Random random) {
    List<String> lines =
        new ArrayList<>(List.of(new String(content, StandardCharsets.ISO_8859_1).split("\n", -1)));
    String line = lines.remove(random.nextInt(lines.size()));
    int to = random.nextInt(lines.size() + 1);
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> {
        lines.add(to, line);
        lines.add(to, line);
      }
      case 2 -> lines.add(to, line);
      default -> lines.add(to, " ".repeat(random.nextInt(8)) + line.strip());
    }
    return String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] random(List<String> texts, Random random) {
    return texts.get(random.nextInt(texts.size())).getBytes(StandardCharsets.UTF_8);
  }

  /** Deep nesting. */
  private static byte[] random(String[] texts, Random random) {
    return texts[random.nextInt(texts.length)]
        .repeat(1 + random.nextInt(20_000))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] joined(byte[] content, int from, int to, byte[] middle, int rest) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(content, from, to - from);
    out.writeBytes(middle);
    out.write(content, rest, content.length - rest);
    return out.toByteArray();
  }

  private static String text(List<SourceFile> files) {
    StringBuilder text = new StringBuilder();
    for (SourceFile file : files) {
      String content = new String(file.content(), StandardCharsets.UTF_8);
      text.append("== ").append(file.path()).append('\n');
      text.append(content, 0, Math.min(content.length(), 4_000)).append('\n');
    }
    return text.toString();
  }
}
