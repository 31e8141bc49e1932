// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

import io.kerrighed.api.v1alpha1.Verification.Signed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevTag;
import org.eclipse.jgit.revwalk.RevWalk;

/** Decides whether people who may do so have signed a revision. */
public final class Signatures {
  private Signatures() {}

  /**
   * @param fetched what the reference pointed to: a commit, or an annotated tag that leads to it
   * @param name of the reference
   * @param signed which of them must be signed
   * @param keys texts with public keys
   * @return who signed, for people
   * @throws VerificationException unless everything that must be signed is so with one of the keys
   */
  public static String verify(
      Repository repository, ObjectId fetched, String name, Signed signed, Collection<String> keys)
      throws VerificationException, IOException {
    TrustedKeys trusted = TrustedKeys.parse(keys);
    List<String> signers = new ArrayList<>();
    try (RevWalk walk = new RevWalk(repository)) {
      RevObject object = walk.parseAny(fetched);
      if (signed != Signed.COMMIT) {
        if (!(object instanceof RevTag tag)) {
          throw new VerificationException(
              "tag %s is a lightweight one, which nobody can sign: use git tag -s".formatted(name));
        }
        if (!tag.getTagName().equals(name)) {
          throw new VerificationException(
              "tag %s was signed as %s: somebody has given it another name"
                  .formatted(name, tag.getTagName()));
        }
        signers.add(check(repository, "tag " + name, SignedObject.of(tag), trusted));
      }
      if (signed != Signed.TAG) {
        RevCommit commit = walk.parseCommit(fetched);
        signers.add(check(repository, "commit " + commit.name(), SignedObject.of(commit), trusted));
      }
    }
    return String.join(" and ", signers);
  }

  private static String check(
      Repository repository, String name, Optional<SignedObject> object, TrustedKeys trusted)
      throws VerificationException {
    SignedObject found =
        object.orElseThrow(
            () ->
                new VerificationException(
                    name + " is not signed: sign it with git commit -S or git tag -s"));
    if (found.isKind("SSH SIGNATURE")) {
      return SshSignature.verify(repository, found, trusted.ssh());
    }
    if (found.isKind("PGP SIGNATURE")) {
      return OpenPgp.verify(found, trusted.openPgp());
    }
    throw new VerificationException(
        found.name() + " has a signature of another kind than OpenPGP and SSH");
  }
}
