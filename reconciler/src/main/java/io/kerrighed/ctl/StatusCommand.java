// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.KerrighedNodeStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows the configuration that is in force and where each node stands.",
    exitCodeOnExecutionException = KrgCtl.ERROR)
final class StatusCommand implements Callable<Integer> {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int REQUEST_MILLIS = 10_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "${env:KUBECONFIG}",
      description = "how to reach the API server (default: $KUBECONFIG)")
  private Path kubeconfig;

  @Override
  public Integer call() throws IOException {
    try (KubernetesClient client = client()) {
      List<ConfigSource> sources = client.resources(ConfigSource.class).list().getItems();
      List<KerrighedNode> nodes =
          client.resources(KerrighedNode.class).list().getItems().stream()
              .sorted(Comparator.comparing(node -> node.getSpec().nodeId()))
              .toList();
      return print(spec.commandLine().getOut(), sources, nodes);
    }
  }

  private KubernetesClient client() throws IOException {
    if (kubeconfig == null || kubeconfig.toString().isBlank()) {
      throw new IOException("which API server? Set KUBECONFIG or give --kubeconfig FILE");
    }
    Config config = Config.fromKubeconfig(Files.readString(kubeconfig));
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestTimeout(REQUEST_MILLIS);
    config.setRequestRetryBackoffLimit(0);
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new JdkHttpClientFactory())
        .build();
  }

  private static int print(PrintWriter out, List<ConfigSource> sources, List<KerrighedNode> nodes) {
    boolean good = true;
    Table configurations = new Table("SOURCE", "APPLIED", "READY", "MESSAGE");
    for (ConfigSource source : sources) {
      Optional<Condition> ready =
          ready(source.getStatus() == null ? List.of() : source.getStatus().conditions());
      good &= isTrue(ready);
      configurations.add(
          source.getMetadata().getName(),
          source.getStatus() == null ? null : source.getStatus().lastAppliedRevision(),
          ready.map(Condition::status).orElse("Unknown"),
          ready.map(Condition::message).orElse("not fetched yet"));
    }
    Table table =
        new Table("NODE", "ID", "DESIRED", "STATE", "READY", "CPUS", "PROCESSES", "MESSAGE");
    for (KerrighedNode node : nodes) {
      KerrighedNodeStatus status = node.getStatus();
      Optional<Condition> ready = ready(status == null ? List.of() : status.conditions());
      good &= isTrue(ready);
      table.add(
          node.getMetadata().getName(),
          node.getSpec().nodeId(),
          written(node.getSpec().state()),
          status == null || status.state() == null ? null : written(status.state()),
          ready.map(Condition::status).orElse("Unknown"),
          status == null ? null : status.cpus(),
          status == null ? null : status.processes(),
          ready.map(Condition::message).orElse("its agent has not reported yet"));
    }
    if (sources.isEmpty() && nodes.isEmpty()) {
      out.println("no configuration: push one, and make a ConfigSource that names its repository");
      return KrgCtl.NO;
    }
    configurations.print(out);
    out.println();
    table.print(out);
    return good ? 0 : KrgCtl.NO;
  }

  private static Optional<Condition> ready(List<Condition> conditions) {
    return conditions.stream()
        .filter(condition -> condition.type().equals(Condition.READY))
        .findFirst();
  }

  private static boolean isTrue(Optional<Condition> ready) {
    return ready.filter(condition -> condition.status().equals("True")).isPresent();
  }

  /** As in YAML: Online for ONLINE. */
  private static String written(Enum<?> value) {
    String name = value.name();
    return name.charAt(0) + name.substring(1).toLowerCase(java.util.Locale.ROOT);
  }
}
