// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.git;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.eclipse.jgit.util.FileUtils;

/** Somebody who signs with the programs that people use. */
public final class Signer implements AutoCloseable {
  private final Path home;
  private final Map<String, String> configuration;
  private final String publicKey;
  private final boolean openPgp;

  private Signer(Path home, Map<String, String> configuration, String publicKey, boolean openPgp) {
    this.home = home;
    this.configuration = configuration;
    this.publicKey = publicKey;
    this.openPgp = openPgp;
  }

  /** With a new SSH key. */
  public static Signer ssh() throws IOException {
    Path home = home();
    Path key = home.resolve("key");
    run(home, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString());
    return new Signer(
        home,
        Map.of("gpg.format", "ssh", "user.signingKey", key + ".pub"),
        Files.readString(Path.of(key + ".pub")),
        false);
  }

  /** With a new OpenPGP key, and a subkey of it that signs. */
  public static Signer openPgp() throws IOException {
    return openPgp("gpg", "never");
  }

  /** With an OpenPGP key that was good on one day long ago, and signatures of that day. */
  public static Signer expiredOpenPgp() throws IOException {
    return openPgp("gpg --faked-system-time 20200101T120000", "1d");
  }

  private static Signer openPgp(String gpg, String expires) throws IOException {
    Path home = home();
    Path program = home.resolve("gpg");
    Files.writeString(
        program, "#!/bin/sh\nexec " + gpg + " --homedir '" + home + "' --batch -q \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    String user = "test@example.org";
    String me = program.toString();
    run(home, me, "--passphrase", "", "--quick-gen-key", user, "rsa2048", "cert", expires);
    String fingerprint =
        run(home, me, "--with-colons", "--list-keys", user)
            .lines()
            .filter(line -> line.startsWith("fpr:"))
            .findFirst()
            .orElseThrow()
            .split(":")[9];
    run(home, me, "--passphrase", "", "--quick-add-key", fingerprint, "ed25519", "sign", expires);
    return new Signer(
        home,
        Map.of("gpg.format", "openpgp", "gpg.program", me, "user.signingKey", fingerprint),
        run(home, me, "--armor", "--export", user),
        true);
  }

  /** The public key after its owner has revoked it. */
  public String revoked() throws IOException {
    String gpg = configuration.get("gpg.program");
    Path certificate =
        home.resolve("openpgp-revocs.d").resolve(configuration.get("user.signingKey") + ".rev");
    // The program puts a colon in front, so that nobody imports it by accident.
    Files.writeString(
        certificate, Files.readString(certificate).replace(":-----BEGIN", "-----BEGIN"));
    run(home, gpg, "--import", certificate.toString());
    return run(home, gpg, "--armor", "--export", "test@example.org");
  }

  public String publicKey() {
    return publicKey;
  }

  /** Options for git that make it sign as this one, for {@code -c}. */
  public List<String> options() {
    return configuration.entrySet().stream()
        .flatMap(entry -> java.util.stream.Stream.of("-c", entry.getKey() + "=" + entry.getValue()))
        .toList();
  }

  /** Short: the agent's socket in it has a path of at most 107 characters. */
  private static Path home() throws IOException {
    return Files.createTempDirectory("sign");
  }

  private static String run(Path directory, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(
          String.join(" ", command) + ": " + Files.readString(directory.resolve("errors")));
    }
    return out;
  }

  @Override
  public void close() throws IOException {
    if (openPgp) {
      run(home, "gpgconf", "--homedir", home.toString(), "--kill", "gpg-agent");
    }
    // The agent takes its sockets away at the same time.
    FileUtils.delete(home.toFile(), FileUtils.RECURSIVE | FileUtils.SKIP_MISSING | FileUtils.RETRY);
  }
}
