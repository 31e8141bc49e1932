// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.manifest.Configuration;
import io.kerrighed.api.manifest.Manifest;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.InventoryEntry;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.validation.Problem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = "Shows what the cluster would become if a configuration were pushed.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:nothing would change", "1:something would", "2:it would be refused"})
final class DiffCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ApiAccess api;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description = "the ConfigSource that it would be pushed to; needed if there are several")
  private String source;

  @Option(
      names = "--overlay",
      paramLabel = "NAME",
      description = "read the folders base and overlays/NAME, as ConfigSource's overlay says")
  private String overlay;

  @Parameters(paramLabel = "DIRECTORY", description = "root of the configuration")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    try (KubernetesClient client = api.client()) {
      Optional<ConfigSource> target = target(client);
      Configuration configuration =
          LocalConfiguration.read(directory, overlay, dependencies(client, target)).configuration();
      if (!configuration.problems().isEmpty()) {
        return refused(configuration.problems());
      }
      Push push = new Push(client, target);
      List<Problem> problems = new ArrayList<>();
      List<Push.Change> changes = new ArrayList<>();
      for (Manifest manifest : configuration.manifests()) {
        push.apply(manifest, problems::add).ifPresent(changes::add);
      }
      if (!problems.isEmpty()) {
        return refused(problems);
      }
      changes.addAll(push.prune(configuration.manifests()));
      PrintWriter out = spec.commandLine().getOut();
      changes.forEach(change -> change.print(out));
      return changes.isEmpty() ? 0 : KrgCtl.NO;
    }
  }

  /** What the sources that this one depends on have in force. */
  private static List<HasMetadata> dependencies(
      KubernetesClient client, Optional<ConfigSource> target) throws IOException {
    Set<InventoryEntry> entries = new HashSet<>();
    for (String name : target.map(one -> one.getSpec().dependsOn()).orElse(List.of())) {
      ConfigSource other = client.resources(ConfigSource.class).withName(name).get();
      if (other == null) {
        throw new IOException(
            "ConfigSource %s waits for ConfigSource %s, which is not there: make it first"
                .formatted(target.get().getMetadata().getName(), name));
      }
      if (other.getStatus() != null) {
        entries.addAll(other.getStatus().inventory());
      }
    }
    return entries.isEmpty()
        ? List.of()
        : Stream.of(KerrighedCluster.class, KerrighedNode.class, CapabilitySet.class)
            .<HasMetadata>flatMap(kind -> client.resources(kind).list().getItems().stream())
            .filter(
                object ->
                    entries.contains(
                        new InventoryEntry(object.getKind(), object.getMetadata().getName())))
            .toList();
  }

  private int refused(List<Problem> problems) {
    PrintWriter err = spec.commandLine().getErr();
    problems.forEach(err::println);
    return KrgCtl.ERROR;
  }

  private Optional<ConfigSource> target(KubernetesClient client) throws IOException {
    List<ConfigSource> all = client.resources(ConfigSource.class).list().getItems();
    List<ConfigSource> meant =
        source == null
            ? all
            : all.stream().filter(one -> one.getMetadata().getName().equals(source)).toList();
    if (meant.size() > 1 || source != null && meant.isEmpty()) {
      throw new IOException(
          (source == null ? "which ConfigSource? " : "no ConfigSource " + source + ": ")
              + "give --source with one of "
              + all.stream()
                  .map(one -> one.getMetadata().getName())
                  .collect(Collectors.joining(", ")));
    }
    return meant.stream().findFirst();
  }
}
