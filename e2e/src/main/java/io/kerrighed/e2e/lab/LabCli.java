// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code e2e/lab}: see {@code --help}. Every verb exits with the status of what it ran. */
@Command(
    name = "e2e/lab",
    description = {
      "Runs Kerrighed nodes in virtual machines on this PC.",
      "KRG_LAB names the lab instance (default: default); several run side by side."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "VERB")
public final class LabCli {
  private final InstancePaths paths = InstancePaths.fromEnvironment(System.getenv());
  private final Repository repository = Repository.find();
  private final LabClient client = new LabClient(paths);

  /** Entry point. */
  public static void main(String[] arguments) {
    CommandLine line;
    try {
      line = new CommandLine(new LabCli());
    } catch (LabException e) {
      System.err.println("lab: " + e.getMessage());
      System.exit(1);
      return;
    }
    line.setExecutionExceptionHandler(
        (e, commandLine, result) -> {
          if (e instanceof LabException || e instanceof IOException) {
            System.err.println("lab: " + e.getMessage());
          } else {
            e.printStackTrace();
          }
          return 1;
        });
    // What follows the node belongs to the command that runs there, options included.
    line.getSubcommands().get("sh").setStopAtPositional(true);
    System.exit(line.execute(arguments));
  }

  private int ask(String... words) throws IOException {
    return client.request(List.of(words), null, System.out, System.err);
  }

  @Command(
      description = "Boots nodes 1 to N and starts the Kerrighed cluster on them.",
      mixinStandardHelpOptions = true)
  int up(
      @Parameters(paramLabel = "N", arity = "0..1", defaultValue = "3") int nodes,
      @Option(names = "--kernel", defaultValue = "6.12", description = "6.12 (default) or 6.1")
          String kernel,
      @Option(
              names = "--mtu",
              paramLabel = "BYTES",
              defaultValue = "" + Shape.DEFAULT_MTU,
              description =
                  "of the cluster network (default: ${DEFAULT-VALUE}; many PCs have 1500)")
          int mtu,
      @Option(names = "--no-cluster", description = "boot only, load no modules") boolean noCluster)
      throws IOException, InterruptedException {
    boolean fresh = !client.labRuns();
    if (fresh) {
      new LabProcess(paths, repository).start();
    }
    int status =
        ask(
            "up",
            Integer.toString(nodes),
            kernel,
            Boolean.toString(!noCluster),
            Integer.toString(mtu));
    if (status != 0) {
      System.err.printf("lab: 'e2e/lab status' shows what runs, 'e2e/lab down' ends it%n");
    }
    return status;
  }

  @Command(
      description = {
        "Runs a shell, or one command through sh -c, as root inside the node's Kerrighed container."
      },
      mixinStandardHelpOptions = true)
  int sh(
      @Option(names = "--host", description = "outside the container") boolean host,
      @Option(names = "--user", paramLabel = "NAME", description = "as this user") String user,
      @Parameters(paramLabel = "NODE", index = "0") int node,
      @Parameters(paramLabel = "COMMAND", index = "1..*", arity = "0..*") List<String> words)
      throws IOException, InterruptedException {
    List<String> rest = words == null ? new ArrayList<>() : new ArrayList<>(words);
    // e2e/lab sh NODE --host COMMAND reads as naturally as the options first.
    while (!rest.isEmpty() && rest.get(0).startsWith("--")) {
      String option = rest.remove(0);
      if (option.equals("--host")) {
        host = true;
      } else if (option.equals("--user") && !rest.isEmpty()) {
        user = rest.remove(0);
      } else {
        throw new LabException("sh has no option '%s'".formatted(option));
      }
    }
    String command = rest.isEmpty() ? null : String.join(" ", rest);
    List<String> arguments = GuestCommand.shell(command);
    if (user != null) {
      arguments = GuestCommand.asUser(user, arguments);
    }
    if (!host) {
      arguments = GuestCommand.inContainer(arguments);
    }
    return LabShell.run(client, node, arguments, command == null);
  }

  @Command(
      description = "Copies files into a node (FILE… NODE:PATH) or out of it (NODE:PATH DIR).",
      mixinStandardHelpOptions = true)
  int cp(@Parameters(paramLabel = "FROM… TO", arity = "2..*") List<String> places)
      throws IOException, InterruptedException {
    return LabCopy.run(client, places);
  }

  @Command(
      description = "Rebuilds the modules and reloads them in all nodes.",
      mixinStandardHelpOptions = true)
  int reload() throws IOException {
    return ask("reload");
  }

  @Command(description = "Powers a node off without warning.", mixinStandardHelpOptions = true)
  int kill(@Parameters(paramLabel = "NODE") int node) throws IOException {
    return ask("kill", Integer.toString(node));
  }

  @Command(description = "Boots a node again and rejoins it.", mixinStandardHelpOptions = true)
  int start(@Parameters(paramLabel = "NODE") int node) throws IOException {
    return ask("start", Integer.toString(node));
  }

  @Command(description = "Stops a node's processor.", mixinStandardHelpOptions = true)
  int pause(@Parameters(paramLabel = "NODE") int node) throws IOException {
    return ask("pause", Integer.toString(node));
  }

  @Command(description = "Lets a paused node go on.", mixinStandardHelpOptions = true)
  int resume(@Parameters(paramLabel = "NODE") int node) throws IOException {
    return ask("resume", Integer.toString(node));
  }

  @Command(
      description = "Changes what the network between the nodes does.",
      footer = {"", NetCommand.USAGE},
      mixinStandardHelpOptions = true)
  int net(@Parameters(paramLabel = "WHAT", arity = "1..*") List<String> words) throws IOException {
    List<String> request = new ArrayList<>(List.of("net"));
    request.addAll(words);
    if (words.get(0).equals("record") && words.size() == 2 && !words.get(1).equals("off")) {
      request.set(2, Path.of(words.get(1)).toAbsolutePath().toString());
    }
    return client.request(request, null, System.out, System.err);
  }

  @Command(description = "Prints a node's console log.", mixinStandardHelpOptions = true)
  int console(@Parameters(paramLabel = "NODE") int node) throws IOException {
    Path log = paths.console(node);
    if (!Files.exists(log)) {
      throw new LabException("lab '%s' has no node %d".formatted(paths.name(), node));
    }
    try (InputStream in = Files.newInputStream(log)) {
      in.transferTo(System.out);
    }
    System.out.flush();
    return 0;
  }

  @Command(
      description = "Exits with 1 and prints the lines if a console shows a kernel complaint.",
      mixinStandardHelpOptions = true)
  int health() throws IOException {
    int status = 0;
    for (int id = 1; id <= Shape.MAX_NODES; id++) {
      for (String line : ConsoleScan.complaints(ConsoleScan.readLines(paths.console(id)))) {
        System.out.printf("node %d: %s%n", id, line);
        status = 1;
      }
    }
    return status;
  }

  @Command(description = "Shows what runs.", mixinStandardHelpOptions = true)
  int status() throws IOException {
    return ask("status");
  }

  @Command(
      description = "Stops everything, also after a crash of the lab itself.",
      mixinStandardHelpOptions = true)
  int down() throws IOException, InterruptedException {
    if (client.labRuns()) {
      ask("down");
    }
    new LabProcess(paths, repository).cleanUp();
    return 0;
  }
}
