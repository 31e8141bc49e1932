// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceStatus;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows the configuration that is in force and where each node stands.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:every source and node is Ready",
      "1:one is not, or there is none",
      "2:the API server could not be asked"
    })
final class StatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ApiAccess api;
  @Mixin private Output output;

  /** Where one ConfigSource stands. */
  record Source(String name, String applied, String ready, String reason, String message) {
    static Source of(ConfigSource source) {
      Optional<ConfigSourceStatus> status = Optional.ofNullable(source.getStatus());
      Optional<Condition> ready =
          readiness(status.map(ConfigSourceStatus::conditions).orElse(List.of()));
      return new Source(
          source.getMetadata().getName(),
          status.map(ConfigSourceStatus::lastAppliedRevision).orElse(null),
          ready.map(Condition::status).orElse("Unknown"),
          ready.map(Condition::reason).orElse("Pending"),
          ready.map(Condition::message).orElse("not fetched yet: is the operator running?"));
    }
  }

  /** Where one node stands. */
  record Node(
      String name,
      int id,
      String desired,
      String state,
      String ready,
      String reason,
      Integer cpus,
      Integer processes,
      String message) {
    static Node of(KerrighedNode node) {
      Optional<KerrighedNodeStatus> status = Optional.ofNullable(node.getStatus());
      Optional<Condition> ready =
          readiness(status.map(KerrighedNodeStatus::conditions).orElse(List.of()));
      return new Node(
          node.getMetadata().getName(),
          node.getSpec().nodeId(),
          written(node.getSpec().state()),
          status.map(KerrighedNodeStatus::state).map(Object::toString).orElse(null),
          ready.map(Condition::status).orElse("Unknown"),
          ready.map(Condition::reason).orElse("Pending"),
          status.map(KerrighedNodeStatus::cpus).orElse(null),
          status.map(KerrighedNodeStatus::processes).orElse(null),
          ready.map(Condition::message).orElse("its agent has not reported yet"));
    }
  }

  /** Everything that this command knows. */
  record Standing(List<Source> sources, List<Node> nodes) {
    @JsonIgnore
    boolean isGood() {
      return !(sources.isEmpty() && nodes.isEmpty())
          && Stream.concat(sources.stream().map(Source::ready), nodes.stream().map(Node::ready))
              .allMatch("True"::equals);
    }
  }

  @Override
  public Integer call() throws IOException {
    try (KubernetesClient client = api.client()) {
      Standing standing =
          new Standing(
              client.resources(ConfigSource.class).list().getItems().stream()
                  .map(Source::of)
                  .toList(),
              client.resources(KerrighedNode.class).list().getItems().stream()
                  .map(Node::of)
                  .sorted(Comparator.comparing(Node::id))
                  .toList());
      PrintWriter out = spec.commandLine().getOut();
      if (output.isTable()) {
        print(out, standing);
      } else {
        out.print(output.text(standing));
        out.flush();
      }
      return standing.isGood() ? 0 : KrgCtl.NO;
    }
  }

  private static void print(PrintWriter out, Standing standing) {
    if (standing.sources().isEmpty() && standing.nodes().isEmpty()) {
      out.println("no configuration: push one, and make a ConfigSource that names its repository");
      return;
    }
    Table sources = new Table("SOURCE", "APPLIED", "READY", "MESSAGE");
    for (Source source : standing.sources()) {
      sources.add(source.name(), source.applied(), source.ready(), source.message());
    }
    Table nodes =
        new Table("NODE", "ID", "DESIRED", "STATE", "READY", "CPUS", "PROCESSES", "MESSAGE");
    for (Node node : standing.nodes()) {
      nodes.add(
          node.name(),
          node.id(),
          node.desired(),
          node.state(),
          node.ready(),
          node.cpus(),
          node.processes(),
          node.message());
    }
    sources.print(out);
    out.println();
    nodes.print(out);
  }

  private static Optional<Condition> readiness(List<Condition> conditions) {
    return conditions.stream()
        .filter(condition -> condition.type().equals(Condition.READY))
        .findFirst();
  }

  /** As in YAML: Online for ONLINE. */
  private static String written(Enum<?> value) {
    String name = value.name();
    return name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
  }
}
