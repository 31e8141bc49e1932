// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.Verification;
import io.kerrighed.operator.verify.Signatures;
import io.kerrighed.operator.verify.VerificationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.lib.Repository;

/** Lets only those revisions pass that are signed as a source's spec asks for. */
final class SourceVerifier {
  private final GitCache cache;
  private final SourceSecrets secrets;

  SourceVerifier(GitCache cache, SourceSecrets secrets) {
    this.cache = cache;
    this.secrets = secrets;
  }

  /**
   * @return who signed, for people; empty if nobody has to
   */
  Optional<String> verify(ConfigSource source, Revision revision) throws SourceException {
    Verification verification = source.getSpec().verify();
    if (verification == null) {
      return Optional.empty();
    }
    List<String> keys = new ArrayList<>(verification.keys());
    keys.addAll(secrets.read(verification.keysSecret()).values());
    try (Repository repository = cache.open(source)) {
      return Optional.of(
          Signatures.verify(
              repository,
              GitFetcher.object(source, repository, revision),
              revision.reference(),
              verification.signed(),
              keys));
    } catch (VerificationException e) {
      throw new SourceException("NotVerified", e.getMessage(), e);
    } catch (IOException e) {
      throw new SourceException(
          "FetchFailed", "cannot read " + revision + ": " + e.getMessage(), e);
    }
  }
}
