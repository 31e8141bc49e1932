// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import java.io.PrintWriter;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The administrator's command. */
@Command(
    name = "krgctl",
    mixinStandardHelpOptions = true,
    description = "Looks after a Kerrighed cluster.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all is well",
      "1:the answer is no: mistakes were found, or something is not ready",
      "2:the question could not be asked"
    },
    subcommands = {
      StatusCommand.class,
      LogsCommand.class,
      LintCommand.class,
      DiffCommand.class,
      GetKubeconfigCommand.class,
      JoinTokenCommand.class,
      RevokeCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      CompletionCommand.class,
      ManCommand.class
    })
public final class KrgCtl implements Runnable {
  static final int NO = 1;
  static final int ERROR = 2;

  /** Held, because java.util.logging forgets the level of a logger that nobody holds. */
  private static final Logger CLIENT = Logger.getLogger("io.fabric8");

  @Spec private CommandSpec spec;

  private KrgCtl() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(
        run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments));
  }

  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CLIENT.setLevel(Level.OFF);
    IExecutionExceptionHandler failures =
        (problem, command, parsed) -> {
          command.getErr().println("krgctl: " + Failures.sentence(problem));
          return ERROR;
        };
    return commandLine()
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler(failures)
        .execute(arguments);
  }

  /** The whole command, for those who describe it. */
  static CommandLine commandLine() {
    return new CommandLine(new KrgCtl());
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }
}
