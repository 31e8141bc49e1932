// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.api;

import io.kerrighed.api.trace.Tracing;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The operator's traces, of which there are none unless its environment names a collector. */
@ApplicationScoped
class Traces {
  @Produces
  @Singleton
  Tracing tracing(@ConfigProperty(name = "otel.exporter.otlp.endpoint") Optional<String> endpoint) {
    return Tracing.to(endpoint, "kerrighed-operator", "operator");
  }

  void end(@Disposes Tracing tracing) {
    tracing.close();
  }
}
