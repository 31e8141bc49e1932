// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.git;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Git's own HTTP server program behind TLS, with a certificate that no machine knows, for all
 * repositories in a directory. Whoever is let in may push, unless that is refused.
 */
public final class GitHttpsServer implements AutoCloseable {
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Path root;
  private final TestCertificate certificate = TestCertificate.forLoopback();
  private final Set<String> allowed = ConcurrentHashMap.newKeySet();

  private volatile boolean readOnly;

  public GitHttpsServer(Path root) throws Exception {
    this.root = root;
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    KeyStore store = certificate.keyStore();
    keys.init(store, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  public String url(String repository) {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/" + repository;
  }

  /** The certificate to trust. */
  public String ca() throws Exception {
    return certificate.pem();
  }

  /** Lets in who sends exactly this Authorization header, and nobody without one. */
  public void allowOnly(String authorization) {
    allowed.clear();
    allowed.add(authorization);
  }

  /** Lets everybody only read from now on. */
  public void refusePushes() {
    readOnly = true;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      if (!allowed.isEmpty() && (authorization == null || !allowed.contains(authorization))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      answer(exchange, run(exchange));
    }
  }

  private byte[] run(HttpExchange exchange) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("git", "http-backend");
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Map<String, String> environment = builder.environment();
    environment.put("GIT_PROJECT_ROOT", root.toString());
    environment.put("GIT_HTTP_EXPORT_ALL", "1");
    if (!readOnly) {
      environment.put("REMOTE_USER", "test");
    }
    environment.put("REQUEST_METHOD", exchange.getRequestMethod());
    environment.put("PATH_INFO", exchange.getRequestURI().getPath());
    String query = exchange.getRequestURI().getQuery();
    environment.put("QUERY_STRING", query == null ? "" : query);
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              String variable = name.toUpperCase(Locale.ROOT).replace('-', '_');
              environment.put("HTTP_" + variable, values.get(0));
              if (variable.equals("CONTENT_TYPE") || variable.equals("GIT_PROTOCOL")) {
                environment.put(variable, values.get(0));
              }
            });
    byte[] body = exchange.getRequestBody().readAllBytes();
    environment.put("CONTENT_LENGTH", String.valueOf(body.length));
    Process process = builder.start();
    threads.execute(
        () -> {
          try (var in = process.getOutputStream()) {
            in.write(body);
          } catch (IOException e) {
            process.destroy();
          }
        });
    byte[] output = process.getInputStream().readAllBytes();
    process.onExit().join();
    return output;
  }

  private static void answer(HttpExchange exchange, byte[] output) throws IOException {
    InputStream in = new java.io.ByteArrayInputStream(output);
    int status = 200;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String[] header = line.split(": ", 2);
      if (header[0].equals("Status")) {
        status = Integer.parseInt(header[1].substring(0, 3));
      } else {
        exchange.getResponseHeaders().set(header[0], header[1]);
      }
    }
    byte[] body = in.readAllBytes();
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != -1 && b != '\n'; b = in.read()) {
      line.write(b);
    }
    return line.toString(StandardCharsets.US_ASCII).stripTrailing();
  }

  /** Returns when no program of git runs any longer. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new AssertionError("an answer has no end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
