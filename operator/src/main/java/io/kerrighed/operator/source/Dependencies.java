// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kerrighed.api.v1alpha1.Condition;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.operator.status.Conditions;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The sources that a source builds on. */
@ApplicationScoped
class Dependencies {
  private final KubernetesClient client;

  Dependencies(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Checks that what a source builds on is there.
   *
   * @throws SourceException if one of its sources is not Ready, or waits for this one
   */
  void check(ConfigSource source) throws SourceException {
    if (source.getSpec().dependsOn().isEmpty()) {
      return;
    }
    Map<String, ConfigSource> sources = sources();
    Optional<List<String>> cycle =
        cycle(source.getMetadata().getName(), source.getMetadata().getName(), sources, List.of());
    if (cycle.isPresent()) {
      throw new SourceException(
          "DependencyCycle",
          String.join(" waits for ", cycle.get()) + ": remove one of them from spec.dependsOn");
    }
    for (String name : source.getSpec().dependsOn()) {
      ConfigSource other = sources.get(name);
      if (other == null) {
        throw SourceException.waiting("DependencyNotReady", "there is no ConfigSource " + name);
      }
      checkReady(other);
    }
  }

  /**
   * The objects that the sources which this one depends on have in force; its own files may refer
   * to them.
   */
  List<HasMetadata> objects(ConfigSource source) {
    if (source.getSpec().dependsOn().isEmpty()) {
      return List.of();
    }
    Map<String, ConfigSource> sources = sources();
    return source.getSpec().dependsOn().stream()
        .map(sources::get)
        .filter(other -> other != null && other.getStatus() != null)
        .flatMap(other -> other.getStatus().inventory().stream())
        .<HasMetadata>map(
            entry -> client.resources(Pruner.TYPES.get(entry.kind())).withName(entry.name()).get())
        .filter(Objects::nonNull)
        .toList();
  }

  private Map<String, ConfigSource> sources() {
    return client.resources(ConfigSource.class).list().getItems().stream()
        .collect(Collectors.toMap(other -> other.getMetadata().getName(), Function.identity()));
  }

  private static void checkReady(ConfigSource other) throws SourceException {
    Optional<Condition> ready =
        other.getStatus() == null
            ? Optional.empty()
            : Conditions.find(other.getStatus().conditions(), Condition.READY);
    boolean current =
        ready
            .filter(
                condition ->
                    Objects.equals(
                        condition.observedGeneration(), other.getMetadata().getGeneration()))
            .isPresent();
    if (!current || !ready.get().status().equals("True")) {
      throw SourceException.waiting(
          "DependencyNotReady",
          "ConfigSource %s is not Ready%s"
              .formatted(
                  other.getMetadata().getName(), current ? ": " + ready.get().reason() : " yet"));
    }
  }

  /** The way from a source back to the first one, if there is one. */
  private static Optional<List<String>> cycle(
      String name, String first, Map<String, ConfigSource> sources, List<String> way) {
    List<String> longer = new ArrayList<>(way);
    longer.add(name);
    if (!way.isEmpty() && name.equals(first)) {
      return Optional.of(longer);
    }
    if (way.contains(name) || !sources.containsKey(name)) {
      return Optional.empty();
    }
    return sources.get(name).getSpec().dependsOn().stream()
        .map(next -> cycle(next, first, sources, longer))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
