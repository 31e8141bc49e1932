// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.metrics;

import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;

/** Serves metrics at {@code /metrics}, without TLS. */
public final class MetricsServer implements AutoCloseable {
  private final HTTPServer server;

  /**
   * Listens.
   *
   * @param address host and port as {@code 10.0.0.1:9481} or {@code [::1]:9481}; port 0: any
   * @throws IOException if it is no address of this machine, or in use
   */
  public MetricsServer(String address, PrometheusRegistry registry) throws IOException {
    URI parsed = parse(address);
    try {
      server =
          HTTPServer.builder()
              .inetAddress(InetAddress.getByName(parsed.getHost()))
              .port(parsed.getPort())
              .registry(registry)
              .buildAndStart();
    } catch (IOException e) {
      throw new IOException("cannot serve metrics on " + address + ": " + e.getMessage(), e);
    }
  }

  private static URI parse(String address) throws IOException {
    try {
      URI parsed = new URI("http://" + address);
      if (parsed.getHost() != null && parsed.getPort() >= 0 && parsed.getPath().isEmpty()) {
        return parsed;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw new IOException(address + " is not HOST:PORT, such as 127.0.0.1:9481");
  }

  /** The port that it listens on. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.close();
  }
}
