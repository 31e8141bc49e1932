// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.kerrighed.e2e.lab.HostCommand;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Git's own {@code http-backend} behind TLS on the loopback address, so that the operator fetches
 * as it does from any Git host: nothing tells it of a push.
 */
final class HttpsGitServer implements Closeable {
  private static final String PASSWORD = "changeit";

  private final Path repositories;
  private final Path trust;
  private final HttpsServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool();

  /**
   * Starts it.
   *
   * @param repositories the directory whose bare repositories it serves
   * @param work an existing directory for its key and certificate
   */
  HttpsGitServer(Path repositories, Path work)
      throws IOException, InterruptedException, GeneralSecurityException {
    this.repositories = repositories;
    Path keys = work.resolve("git-server.p12");
    trust = work.resolve("git-trust.p12");
    makeCertificate(work, keys);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(keys)));
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  /** How the operator reaches a repository. */
  String url(Path repository) {
    return "https://localhost:%d/%s".formatted(server.getAddress().getPort(), repository);
  }

  /** What makes a Java machine trust this server. */
  List<String> trustOptions() {
    return List.of(
        "-Djavax.net.ssl.trustStore=" + trust, "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
  }

  private void makeCertificate(Path work, Path keys) throws InterruptedException {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String certificate = work.resolve("git-server.crt").toString();
    HostCommand.run(
        work,
        keytool,
        "-genkeypair",
        "-keystore",
        keys.toString(),
        "-storepass",
        PASSWORD,
        "-alias",
        "git",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "san=dns:localhost");
    HostCommand.run(
        work,
        keytool,
        "-exportcert",
        "-rfc",
        "-keystore",
        keys.toString(),
        "-storepass",
        PASSWORD,
        "-alias",
        "git",
        "-file",
        certificate);
    HostCommand.run(
        work,
        keytool,
        "-importcert",
        "-noprompt",
        "-keystore",
        trust.toString(),
        "-storepass",
        PASSWORD,
        "-alias",
        "git",
        "-file",
        certificate);
  }

  private static SSLContext context(Path keys) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  /** One CGI request. */
  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      ProcessBuilder builder =
          new ProcessBuilder("git", "http-backend").redirectError(ProcessBuilder.Redirect.INHERIT);
      Map<String, String> environment = builder.environment();
      environment.put("GIT_PROJECT_ROOT", repositories.toString());
      environment.put("GIT_HTTP_EXPORT_ALL", "1");
      environment.put("REQUEST_METHOD", exchange.getRequestMethod());
      environment.put("PATH_INFO", exchange.getRequestURI().getPath());
      put(environment, "QUERY_STRING", exchange.getRequestURI().getRawQuery());
      put(environment, "CONTENT_TYPE", exchange.getRequestHeaders().getFirst("Content-Type"));
      put(
          environment,
          "HTTP_CONTENT_ENCODING",
          exchange.getRequestHeaders().getFirst("Content-Encoding"));
      put(environment, "GIT_PROTOCOL", exchange.getRequestHeaders().getFirst("Git-Protocol"));
      byte[] request = exchange.getRequestBody().readAllBytes();
      Process backend = builder.start();
      try (OutputStream input = backend.getOutputStream()) {
        input.write(request);
      }
      answer(exchange, backend.getInputStream());
    }
  }

  private static void put(Map<String, String> environment, String name, String value) {
    environment.put(name, value == null ? "" : value);
  }

  private static void answer(HttpExchange exchange, InputStream output) throws IOException {
    int status = 200;
    for (String line = line(output); !line.isEmpty(); line = line(output)) {
      String[] header = line.split(": ", 2);
      if (header[0].equals("Status")) {
        status = Integer.parseInt(header[1].substring(0, 3));
      } else {
        exchange.getResponseHeaders().add(header[0], header[1]);
      }
    }
    byte[] body = output.readAllBytes();
    if (body.length == 0) {
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static String line(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = input.read(); c >= 0 && c != '\n'; c = input.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
