// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Sends spans to an OpenTelemetry collector. From one program to the next the context travels as a
 * W3C {@code traceparent} in the API's objects. Thread-safe.
 */
public final class Tracing implements AutoCloseable {
  /** Environment variable that every OpenTelemetry program knows; unset: no traces. */
  public static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

  private static final String HEADER = "traceparent";
  private static final String SCOPE = "io.kerrighed";

  /** People watch a push; a second more is as good as at once. */
  private static final Duration DELAY = Duration.ofSeconds(1);

  private static final TextMapGetter<Map<String, String>> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
          return carrier.keySet();
        }

        @Override
        public String get(Map<String, String> carrier, String key) {
          return carrier.get(key);
        }
      };

  private final Tracer tracer;
  private final Runnable end;

  private Tracing(TracerProvider provider, Runnable end) {
    this.tracer = provider.get(SCOPE);
    this.end = end;
  }

  /**
   * Traces to a collector, or none.
   *
   * @param endpoint its address, as {@code http://collector:4318}; empty or blank: trace nothing
   * @param service name of the program
   * @param instance which one of its kind
   */
  public static Tracing to(Optional<String> endpoint, String service, String instance) {
    Optional<String> address = endpoint.map(String::strip).filter(text -> !text.isEmpty());
    if (address.isEmpty()) {
      return new Tracing(TracerProvider.noop(), () -> {});
    }
    return to(
        OtlpHttpSpanExporter.builder()
            .setEndpoint(address.get().replaceAll("/+$", "") + "/v1/traces")
            .build(),
        service,
        instance);
  }

  /** Traces to an exporter, which is shut down with this. */
  public static Tracing to(SpanExporter exporter, String service, String instance) {
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.create(
                    Attributes.of(
                        AttributeKey.stringKey("service.name"),
                        service,
                        AttributeKey.stringKey("service.instance.id"),
                        instance)))
            .addSpanProcessor(BatchSpanProcessor.builder(exporter).setScheduleDelay(DELAY).build())
            .build();
    return new Tracing(provider, provider::close);
  }

  /**
   * Begins a span. One that is never ended is never sent.
   *
   * @param parent traceparent of the span that led to this one; null or not one: it begins a trace
   */
  public Span begin(String name, String parent, Instant began) {
    Map<String, String> carrier = parent == null ? Map.of() : Map.of(HEADER, parent);
    Context context =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), carrier, GETTER);
    return tracer.spanBuilder(name).setParent(context).setStartTimestamp(began).startSpan();
  }

  /** What another program has to know to go on with a trace; empty if nothing is traced. */
  public static Optional<String> traceparent(Span span) {
    Map<String, String> carrier = new HashMap<>();
    W3CTraceContextPropagator.getInstance().inject(Context.root().with(span), carrier, Map::put);
    return Optional.ofNullable(carrier.get(HEADER));
  }

  /** Sends what is left, and no more. */
  @Override
  public void close() {
    end.run();
  }
}
