// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.GpgConfig;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.SignatureVerifier.SignatureVerification;
import org.eclipse.jgit.lib.SignatureVerifier.TrustLevel;
import org.eclipse.jgit.signing.ssh.SshSignatureVerifierFactory;

/** Signatures as {@code git commit -S} makes them with {@code gpg.format=ssh}. */
final class SshSignature {
  private SshSignature() {}

  /**
   * @return who signed, for people
   */
  static String verify(Repository repository, SignedObject object, List<String> trusted)
      throws VerificationException {
    try {
      Path signers = Files.createTempFile("kerrighed", ".signers");
      try {
        // A key is what is trusted, whatever name and address it is used with.
        Files.write(signers, trusted.stream().map(key -> "* namespaces=\"git\" " + key).toList());
        Config config = new Config();
        config.setString("gpg", "ssh", "allowedSignersFile", signers.toString());
        SignatureVerification result =
            new SshSignatureVerifierFactory()
                .create()
                .verify(repository, new GpgConfig(config), object.content(), object.signature());
        if (!result.verified()
            || result.expired()
            || result.trustLevel().compareTo(TrustLevel.FULL) < 0) {
          throw new VerificationException(
              "%s is signed with SSH, but not with a key of spec.verify: %s %s"
                  .formatted(object.name(), result.message(), result.keyFingerprint()));
        }
        return "SSH key " + result.keyFingerprint();
      } finally {
        Files.delete(signers);
      }
    } catch (IOException e) {
      throw new VerificationException(
          "the SSH signature of %s cannot be read: %s".formatted(object.name(), e.getMessage()), e);
    }
  }
}
