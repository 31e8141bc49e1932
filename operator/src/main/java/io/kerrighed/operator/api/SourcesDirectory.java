// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Files on the operator's machine that say which repositories to follow, with their credentials:
 * what Git cannot hold, and what must be known again when the API server has lost its store.
 */
@ApplicationScoped
class SourcesDirectory {
  private static final Logger LOG = Logger.getLogger(SourcesDirectory.class);
  private static final Set<String> KINDS = Set.of("ConfigSource", "Secret");

  private final KubernetesClient client;
  private final Applier applier;
  private final Optional<Path> directory;

  SourcesDirectory(
      KubernetesClient client,
      Applier applier,
      @ConfigProperty(name = "kerrighed.sources-directory") Optional<Path> directory) {
    this.client = client;
    this.applier = applier;
    this.directory = directory;
  }

  /** A file with a mistake is named in the log; the others are applied. */
  void apply() {
    if (directory.isEmpty() || !Files.isDirectory(directory.get())) {
      return;
    }
    try (var files = Files.list(directory.get())) {
      files.filter(file -> file.toString().endsWith(".yaml")).sorted().forEach(this::apply);
    } catch (IOException e) {
      LOG.errorf("%s cannot be read: %s", directory.get(), e.getMessage());
    }
  }

  private void apply(Path file) {
    for (HasMetadata object : read(file)) {
      if (!KINDS.contains(object.getKind())) {
        LOG.errorf(
            "%s: kind %s is not read from here, only ConfigSource and Secret: put it into the"
                + " repository",
            file, object.getKind());
        continue;
      }
      try {
        applier.apply(object);
        LOG.infof("%s %s is as %s says", object.getKind(), object.getMetadata().getName(), file);
      } catch (KubernetesClientException e) {
        if (e.getCode() == 0) { // not refused: nobody answered
          throw e;
        }
        LOG.errorf("%s is refused: %s", file, e.getMessage());
      }
    }
  }

  private List<HasMetadata> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return client.load(in).items();
    } catch (IOException | RuntimeException e) { // of the parser
      LOG.errorf("%s cannot be read: %s", file, e.getMessage());
      return List.of();
    }
  }
}
