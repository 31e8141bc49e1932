// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.bouncycastle.bcpg.ArmoredInputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentVerifierBuilderProvider;

/** Signatures as {@code git commit -S} makes them with gpg. */
final class OpenPgp {
  private static final Set<Integer> BROKEN_HASHES =
      Set.of(HashAlgorithmTags.MD5, HashAlgorithmTags.SHA1, HashAlgorithmTags.RIPEMD160);

  private OpenPgp() {}

  /**
   * @return who signed, for people
   */
  static String verify(SignedObject object, List<PGPPublicKeyRing> trusted)
      throws VerificationException {
    try {
      PGPSignature signature = signature(object);
      PGPPublicKeyRing ring =
          trusted.stream()
              .filter(candidate -> candidate.getPublicKey(signature.getKeyID()) != null)
              .findFirst()
              .orElseThrow(
                  () ->
                      new VerificationException(
                          "%s is signed with the OpenPGP key %016X, which is not among spec.verify"
                              .formatted(object.name(), signature.getKeyID())));
      PGPPublicKey key = ring.getPublicKey(signature.getKeyID());
      signature.init(new BcPGPContentVerifierBuilderProvider(), key);
      signature.update(object.content());
      if (!signature.verify()) {
        throw new VerificationException(
            object.name() + " was changed after it was signed: its OpenPGP signature is bad");
      }
      check(object, signature, key);
      check(object, signature, ring.getPublicKey());
      return "OpenPGP key "
          + HexFormat.of().withUpperCase().formatHex(ring.getPublicKey().getFingerprint());
    } catch (IOException | PGPException | RuntimeException e) {
      throw new VerificationException(
          "the OpenPGP signature of %s cannot be read: %s".formatted(object.name(), e.getMessage()),
          e);
    }
  }

  private static PGPSignature signature(SignedObject object)
      throws IOException, VerificationException {
    try (var in = new ArmoredInputStream(new ByteArrayInputStream(object.signature()))) {
      if (new BcPGPObjectFactory(in).nextObject() instanceof PGPSignatureList list
          && !list.isEmpty()
          && list.get(0).getSignatureType() == PGPSignature.BINARY_DOCUMENT) {
        return list.get(0);
      }
    }
    throw new VerificationException(object.name() + " has something else than a signature");
  }

  private static void check(SignedObject object, PGPSignature signature, PGPPublicKey key)
      throws VerificationException {
    String name = "%016X".formatted(key.getKeyID());
    if (BROKEN_HASHES.contains(signature.getHashAlgorithm())) {
      throw new VerificationException(
          object.name() + " is signed with a broken hash: sign it with SHA-256 or better");
    }
    if (key.hasRevocation()) {
      throw new VerificationException(
          "%s is signed with the OpenPGP key %s, which is revoked".formatted(object.name(), name));
    }
    Instant end = key.getCreationTime().toInstant().plus(Duration.ofSeconds(key.getValidSeconds()));
    if (key.getValidSeconds() > 0 && end.isBefore(Instant.now())) {
      throw new VerificationException(
          "%s is signed with the OpenPGP key %s, which has expired on %s: renew it there and here"
              .formatted(object.name(), name, end));
    }
  }
}
