// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSourceSpec;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/** Says what a person can do about a remote that gives nothing. */
final class FetchFailure {
  private FetchFailure() {}

  /**
   * @param wanted what was to be fetched
   */
  static SourceException of(String wanted, ConfigSourceSpec spec, Exception e) {
    boolean ssh = spec.url().startsWith("ssh://");
    String told =
        causes(e)
            .map(Throwable::getMessage)
            .filter(message -> message != null)
            .collect(Collectors.joining(" "))
            .toLowerCase(Locale.ROOT);
    String message = "cannot fetch " + wanted + ": " + e.getMessage();
    if (causes(e).anyMatch(SSLException.class::isInstance)) {
      return new SourceException(
          "ServerNotTrusted",
          message
              + "; if its certificate is of a CA of your own, add that as ca.crt to the Secret"
              + " that spec.credentialsSecret names",
          e);
    }
    if (told.contains("server key did not validate") || told.contains("server key rejected")) {
      return new SourceException(
          "ServerNotTrusted",
          message
              + "; compare known_hosts in Secret "
              + spec.credentialsSecret()
              + " with the host key of the server",
          e);
    }
    if (Stream.of("not authorized", "authentication", "not permitted", "userauth", "log in")
        .anyMatch(told::contains)) {
      return new SourceException("AuthenticationFailed", message + "; " + advice(spec, ssh), e);
    }
    return new SourceException("FetchFailed", message, e);
  }

  private static String advice(ConfigSourceSpec spec, boolean ssh) {
    if (spec.credentialsSecret() == null) {
      return "name a Secret with username and password, or bearerToken, in spec.credentialsSecret";
    }
    return ssh
        ? "does the server know the public key of identity in Secret %s, and is the user in the URL right?"
            .formatted(spec.credentialsSecret())
        : "are the credentials in Secret %s right, and may they read this repository?"
            .formatted(spec.credentialsSecret());
  }

  private static Stream<Throwable> causes(Throwable e) {
    return Stream.iterate(e, cause -> cause != null, Throwable::getCause);
  }
}
