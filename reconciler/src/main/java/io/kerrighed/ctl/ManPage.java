// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A command with its subcommands as a manual page: the macros of man(7), as {@code man} reads. */
final class ManPage {
  private static final String BOLD = "\\fB";
  private static final String ITALIC = "\\fI";
  private static final String ROMAN = "\\fR";

  private final StringBuilder page = new StringBuilder();

  private ManPage() {}

  /** The page of a whole command. */
  static String of(CommandLine command) {
    ManPage page = new ManPage();
    page.write(command);
    return page.page.toString();
  }

  private void write(CommandLine command) {
    CommandSpec root = command.getCommandSpec();
    line(".\\\" SPDX-License-Identifier: Apache-2.0");
    line(".TH " + root.name().toUpperCase(Locale.ROOT) + " 1");
    line(".nh"); // whatever people may have to type stays in one piece
    line(".SH NAME");
    String purpose = root.usageMessage().description()[0];
    line(text(root.name()) + " \\- " + text(purpose));
    line(".SH SYNOPSIS");
    line(bold(root.name()) + " " + italic("COMMAND") + " ...");
    line(".SH OPTIONS");
    arguments(root);
    line(".SH COMMANDS");
    command.getSubcommands().values().forEach(sub -> section(sub.getCommandSpec()));
    line(".SH EXIT STATUS");
    exitCodes(root);
  }

  private void section(CommandSpec command) {
    line(".SS " + bold(command.qualifiedName()));
    line(synopsis(command));
    for (String paragraph : command.usageMessage().description()) {
      line(".PP");
      line(text(paragraph));
    }
    arguments(command);
    if (!command.usageMessage().exitCodeList().isEmpty()) {
      line(".PP");
      line("Exit status:");
      exitCodes(command);
    }
  }

  private static String synopsis(CommandSpec command) {
    Stream<String> options =
        command.options().stream()
            .filter(option -> !option.usageHelp() && !option.versionHelp())
            .map(option -> "[" + bold(option.shortestName()) + parameter(option) + "]");
    Stream<String> parameters = command.positionalParameters().stream().map(ManPage::positional);
    return Stream.concat(
            Stream.of(bold(command.qualifiedName())), Stream.concat(options, parameters))
        .collect(Collectors.joining(" "));
  }

  private static String positional(PositionalParamSpec parameter) {
    String label = italic(parameter.paramLabel());
    String repeated = parameter.arity().max() > 1 ? label + " ..." : label;
    return parameter.arity().min() == 0 ? "[" + repeated + "]" : repeated;
  }

  private static String parameter(OptionSpec option) {
    return option.arity().max() == 0 ? "" : " " + italic(option.paramLabel());
  }

  private void arguments(CommandSpec command) {
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      item(italic(parameter.paramLabel()), parameter);
    }
    for (OptionSpec option : command.options()) {
      String names = Stream.of(option.names()).map(ManPage::bold).collect(Collectors.joining(", "));
      item(names + parameter(option), option);
    }
  }

  private void item(String tag, ArgSpec argument) {
    line(".TP");
    line(tag);
    line(text(String.join(" ", argument.description())));
  }

  private void exitCodes(CommandSpec command) {
    for (Map.Entry<String, String> code : command.usageMessage().exitCodeList().entrySet()) {
      line(".TP");
      line(bold(code.getKey().strip()));
      line(text(code.getValue()));
    }
  }

  private static String bold(String text) {
    return BOLD + text(text) + ROMAN;
  }

  private static String italic(String text) {
    return ITALIC + text(text) + ROMAN;
  }

  /** Such that groff takes nothing of it as a request, and shows every dash as it is typed. */
  private static String text(String text) {
    String shown = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
    return shown.startsWith(".") ? "\\&" + shown : shown;
  }

  private void line(String line) {
    page.append(line).append('\n');
  }
}
