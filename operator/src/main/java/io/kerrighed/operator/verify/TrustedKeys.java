// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPPublicKeyRingCollection;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.bc.BcKeyFingerprintCalculator;

/**
 * Public keys whose signatures count.
 *
 * @param ssh lines of a type and a key in base64
 */
record TrustedKeys(List<String> ssh, List<PGPPublicKeyRing> openPgp) {
  private static final String PGP = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

  /**
   * @param texts each with SSH keys, one a line, or with armored OpenPGP keys
   * @throws VerificationException if there is none, or something else among them
   */
  static TrustedKeys parse(Collection<String> texts) throws VerificationException {
    List<String> ssh = new ArrayList<>();
    List<PGPPublicKeyRing> openPgp = new ArrayList<>();
    for (String text : texts) {
      if (text.contains(PGP)) {
        openPgp.addAll(rings(text));
      } else {
        for (String line : text.lines().map(String::strip).toList()) {
          if (!line.isEmpty() && !line.startsWith("#")) {
            ssh.add(sshKey(line));
          }
        }
      }
    }
    if (ssh.isEmpty() && openPgp.isEmpty()) {
      throw new VerificationException("spec.verify has no key: nobody's signature would count");
    }
    return new TrustedKeys(List.copyOf(ssh), List.copyOf(openPgp));
  }

  private static List<PGPPublicKeyRing> rings(String text) throws VerificationException {
    List<PGPPublicKeyRing> rings = new ArrayList<>();
    // A reader stops at the end of the first block.
    for (int at = text.indexOf(PGP); at >= 0; at = text.indexOf(PGP, at + 1)) {
      byte[] block = text.substring(at).getBytes(StandardCharsets.UTF_8);
      try (var in = PGPUtil.getDecoderStream(new ByteArrayInputStream(block))) {
        new PGPPublicKeyRingCollection(in, new BcKeyFingerprintCalculator()).forEach(rings::add);
      } catch (IOException | PGPException | RuntimeException e) {
        throw new VerificationException(
            "an OpenPGP key of spec.verify cannot be read: " + e.getMessage(), e);
      }
    }
    return rings;
  }

  private static String sshKey(String line) throws VerificationException {
    try {
      PublicKeyEntry entry = PublicKeyEntry.parsePublicKeyEntry(line);
      entry.resolvePublicKey(null, null, null);
      return line.split("\\s+")[0] + " " + line.split("\\s+")[1];
    } catch (IOException | java.security.GeneralSecurityException | RuntimeException e) {
      String begin = line.length() > 30 ? line.substring(0, 30) + "..." : line;
      throw new VerificationException(
          "'%s' of spec.verify is no public key: write ssh-ed25519 AAAA..., or an armored OpenPGP key"
              .formatted(begin),
          e);
    }
  }
}
