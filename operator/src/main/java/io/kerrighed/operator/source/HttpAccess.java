// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.eclipse.jgit.transport.http.JDKHttpConnectionFactory;

/** Connections to one HTTPS server, with its CA and credentials; elsewhere they are not sent. */
final class HttpAccess implements HttpConnectionFactory {
  private final HttpConnectionFactory plain = new JDKHttpConnectionFactory();
  private final URI server;
  private final String authorization;
  private final TrustManager[] trust;

  private HttpAccess(URI server, String authorization, TrustManager[] trust) {
    this.server = server;
    this.authorization = authorization;
    this.trust = trust;
  }

  static HttpAccess of(String url, Map<String, String> secret) throws SourceException {
    return new HttpAccess(URI.create(url), authorization(secret), trust(secret.get("ca.crt")));
  }

  private static String authorization(Map<String, String> secret) throws SourceException {
    String token = secret.get("bearerToken");
    String user = secret.get("username");
    String password = secret.get("password");
    if (token != null && password != null) {
      throw new SourceException(
          "InvalidSecret", "the Secret has bearerToken and password: remove one of them");
    }
    if (token != null) {
      return "Bearer " + token.strip();
    }
    if (password == null && user == null) {
      return null;
    }
    if (password == null || user == null) {
      throw new SourceException(
          "InvalidSecret",
          "the Secret has only one of username and password: add the other; for a token without a"
              + " user name any username will do");
    }
    String both = user.strip() + ":" + password.strip();
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  /** The given CAs instead of the machine's; null if none are given. */
  private static TrustManager[] trust(String pem) throws SourceException {
    if (pem == null) {
      return null;
    }
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
      for (Certificate ca : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca" + store.size(), ca);
      }
      if (store.size() == 0) {
        throw new GeneralSecurityException("no certificate in it");
      }
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new SourceException(
          "InvalidSecret", "ca.crt of the Secret is no PEM certificate: " + e.getMessage(), e);
    }
  }

  @Override
  public HttpConnection create(URL url) throws IOException {
    return prepare(plain.create(url), url);
  }

  @Override
  public HttpConnection create(URL url, Proxy proxy) throws IOException {
    return prepare(plain.create(url, proxy), url);
  }

  private HttpConnection prepare(HttpConnection connection, URL url) throws IOException {
    boolean here =
        server.getScheme().equals(url.getProtocol())
            && server.getHost().equalsIgnoreCase(url.getHost())
            && port(server.toURL()) == port(url);
    if (here && authorization != null) {
      connection.setRequestProperty("Authorization", authorization);
    }
    if (here && trust != null) {
      try {
        connection.configure(null, trust, null);
      } catch (GeneralSecurityException e) {
        throw new IOException(e);
      }
    }
    return connection;
  }

  private static int port(URL url) {
    return url.getPort() == -1 ? url.getDefaultPort() : url.getPort();
  }
}
