// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page as {@code man} shows it. */
class ManCommandTest {
  @TempDir Path directory;

  @Test
  void everyCommandAndEverythingThatItTakesIsThere() throws Exception {
    String shown = shown();
    assertThat(shown).contains("krgctl - Looks after a Kerrighed cluster.");
    CommandLine root = KrgCtl.commandLine();
    List<CommandSpec> commands = new ArrayList<>();
    root.getSubcommands().values().forEach(command -> commands.add(command.getCommandSpec()));
    assertThat(commands).hasSizeGreaterThan(5);
    for (CommandSpec command : commands) {
      String section = section(shown, command);
      assertThat(section)
          .as(command.qualifiedName())
          .contains(words(String.join(" ", command.usageMessage().description())));
      for (OptionSpec option : command.options()) {
        assertThat(section)
            .as(command.qualifiedName())
            .contains(option.names())
            .contains(words(String.join(" ", option.description())));
      }
      command
          .positionalParameters()
          .forEach(parameter -> assertThat(section).contains(parameter.paramLabel()));
      command
          .usageMessage()
          .exitCodeList()
          .forEach((code, meaning) -> assertThat(section).contains(code.strip() + " " + meaning));
    }
    root.getCommandSpec()
        .usageMessage()
        .exitCodeList()
        .forEach((code, meaning) -> assertThat(shown).contains(code.strip() + " " + meaning));
  }

  @Test
  void variablesOfTheDescriptionsAreFilledIn() throws Exception {
    assertThat(shown())
        .contains("join-token [--kubeconfig FILE]", "(default: 30)", "(default: $KUBECONFIG, else")
        .doesNotContain("${", "$$", "%n", "@|");
  }

  /** From a command's heading, which begins its synopsis too, to the next one. */
  private static String section(String shown, CommandSpec command) {
    String heading = " " + command.qualifiedName() + " " + command.qualifiedName() + " ";
    assertThat(shown).contains(heading);
    String rest = shown.substring(shown.indexOf(heading) + heading.length());
    int end = rest.indexOf(" krgctl ", 0);
    while (end >= 0 && !rest.substring(end).matches("(?s) (krgctl \\S+) \\1 .*")) {
      end = rest.indexOf(" krgctl ", end + 1);
    }
    return end < 0 ? rest : rest.substring(0, end);
  }

  /** Rendered with every warning of groff on, of which there is to be none; on one line. */
  private String shown() throws IOException, InterruptedException {
    Path page = directory.resolve("krgctl.1");
    Files.writeString(page, ControlPlane.run("man").orFail());
    Path warnings = directory.resolve("warnings");
    Process groff =
        new ProcessBuilder("groff", "-man", "-ww", "-Tascii", "-P-cbou", page.toString())
            .redirectError(warnings.toFile())
            .start();
    String out = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(groff.waitFor()).isZero();
    assertThat(warnings).isEmptyFile();
    return words(out);
  }

  private static String words(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
