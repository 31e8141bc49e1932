// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import io.fabric8.kubernetes.client.OAuthTokenProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The agent's token: the one it was installed with until it has renewed it, then the newest, which
 * it keeps in its state directory.
 */
final class TokenStore implements OAuthTokenProvider {
  private static final Logger LOG = System.getLogger(TokenStore.class.getName());

  private final Path file;
  private final Token installed;
  private volatile Token token;

  TokenStore(Path stateDirectory, String installed) {
    this.file = stateDirectory.resolve("token");
    this.installed = Token.parse(installed);
    this.token = newest();
  }

  /** A kept token of another account is not used: somebody has installed the node anew. */
  private Token newest() {
    try {
      Token kept = Token.parse(Files.readString(file));
      boolean sameAccount =
          kept.account().equals(installed.account())
              && kept.namespace().equals(installed.namespace());
      return sameAccount && !kept.issued().isBefore(installed.issued()) ? kept : installed;
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(Level.DEBUG, "no renewed token in {0}", file);
      return installed;
    }
  }

  /** The one that somebody put there. */
  Token installed() {
    return installed;
  }

  Token token() {
    return token;
  }

  @Override
  public String getToken() {
    return token.text();
  }

  /** From now on this one; readable by the agent's user only. */
  void replace(String text) {
    Token renewed = Token.parse(text);
    Path fresh = file.resolveSibling("token.new");
    try {
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(fresh, renewed.text());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep the renewed token in " + file, e);
    }
    token = renewed;
  }
}
