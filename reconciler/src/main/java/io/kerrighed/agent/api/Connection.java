// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How the API server is reached: a kubeconfig, or address, CA and token in files of their own. */
public final class Connection {
  private static final int CONNECT_MILLIS = 15_000;
  private static final int REQUEST_MILLIS = 30_000;

  private final Config config;
  private final String installedToken;

  private Connection(Config config, String installedToken) {
    this.config = config;
    this.installedToken = installedToken;
  }

  /** From a kubeconfig with a token. */
  public static Connection fromKubeconfig(Path file) throws IOException {
    Config config = Config.fromKubeconfig(Files.readString(file));
    String token = config.getAutoOAuthToken();
    if (token == null || token.isBlank()) {
      throw new IOException(file + " has no token; the agent cannot use client certificates");
    }
    return new Connection(config, token);
  }

  /**
   * From single files.
   *
   * @param server such as {@code https://10.0.0.1:6443}
   */
  public static Connection fromFiles(String server, Path ca, Path token) throws IOException {
    Config config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(server)
            .withCaCertData(Files.readString(ca))
            .build();
    return new Connection(config, Files.readString(token));
  }

  /** The token the agent was installed with. */
  String installedToken() {
    return installedToken;
  }

  /** One that gives up soon: the agent tries again by itself, and goes on meanwhile. */
  Config config(TokenStore tokens) {
    config.setAutoOAuthToken(null);
    config.setOauthTokenProvider(tokens);
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestTimeout(REQUEST_MILLIS);
    config.setRequestRetryBackoffLimit(0);
    // Over HTTP/2 the server ends the connection with its "401", and the JDK shows the end only.
    config.setHttp2Disable(true);
    return config;
  }
}
