// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.trace.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TracingTest {
  private final List<byte[]> received = new CopyOnWriteArrayList<>();
  private HttpServer collector;

  @BeforeEach
  void startCollector() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        call -> {
          received.add(call.getRequestBody().readAllBytes());
          call.sendResponseHeaders(200, -1);
          call.close();
        });
    collector.start();
  }

  @AfterEach
  void stopCollector() {
    collector.stop(0);
  }

  @Test
  void sendsWhatHasEnded() {
    String traceparent;
    try (Tracing tracing = tracing("http://127.0.0.1:" + collector.getAddress().getPort() + "/")) {
      Span push = tracing.begin("push", null, Instant.now());
      traceparent = Tracing.traceparent(push).orElseThrow();
      tracing.begin("fetch", traceparent, Instant.now()).end();
      tracing.begin("never ended", traceparent, Instant.now());
      push.end();
    }
    assertThat(traceparent).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    String trace = text(HexFormat.of().parseHex(traceparent.substring(3, 35)));
    assertThat(received)
        .singleElement()
        .satisfies(
            body ->
                assertThat(text(body))
                    .contains("kerrighed-test", "pc1", "push", "fetch", trace)
                    .doesNotContain("never ended"));
  }

  @Test
  void goesOnWithATraceOfAnotherProgram() {
    try (Tracing tracing = tracing("http://127.0.0.1:" + collector.getAddress().getPort())) {
      String other = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
      Span span = tracing.begin("plan", other, Instant.now());
      assertThat(span.getSpanContext().getTraceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
      assertThat(span.getSpanContext().getSpanId()).isNotEqualTo("00f067aa0ba902b7");
      Span fresh = tracing.begin("plan", "nonsense", Instant.now());
      assertThat(fresh.getSpanContext().isValid()).isTrue();
      assertThat(fresh.getSpanContext().getTraceId())
          .isNotEqualTo(span.getSpanContext().getTraceId());
    }
  }

  @Test
  void tracesNothingWithoutACollector() {
    for (Optional<String> endpoint : List.of(Optional.<String>empty(), Optional.of(" "))) {
      try (Tracing tracing = Tracing.to(endpoint, "kerrighed-test", "pc1")) {
        Span span = tracing.begin("push", null, Instant.now());
        assertThat(Tracing.traceparent(span)).isEmpty();
        span.end();
      }
    }
  }

  private static Tracing tracing(String endpoint) {
    return Tracing.to(Optional.of(endpoint), "kerrighed-test", "pc1");
  }

  /** Each byte as the character of its number. */
  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
