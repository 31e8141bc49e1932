// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps the spans that operator and agents send, as an OpenTelemetry collector does. */
final class SpanCollector implements Closeable {
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  /** Listens on the host's loopback. */
  SpanCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  private void take(HttpExchange call) throws IOException {
    ExportTraceServiceRequest.parseFrom(call.getRequestBody())
        .getResourceSpansList()
        .forEach(
            resource ->
                resource.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList())));
    call.sendResponseHeaders(200, -1);
    call.close();
  }

  /** Where it is, for programs that see the host's loopback as {@code address}. */
  String endpoint(String address) {
    return "http://" + address + ":" + server.getAddress().getPort();
  }

  /** All spans of the traces in which a span has this attribute. */
  List<Span> traceWith(String attribute, String value) {
    List<ByteString> traces =
        spans.stream()
            .filter(span -> attribute(span, attribute).equals(value))
            .map(Span::getTraceId)
            .toList();
    return spans.stream().filter(span -> traces.contains(span.getTraceId())).toList();
  }

  /** The text of an attribute; empty if a span does not have it. */
  static String attribute(Span span, String name) {
    return span.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals(name))
        .map(attribute -> attribute.getValue().getStringValue())
        .findFirst()
        .orElse("");
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
