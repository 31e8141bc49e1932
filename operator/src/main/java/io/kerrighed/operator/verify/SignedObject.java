// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevTag;
import org.eclipse.jgit.util.RawParseUtils;

/**
 * A commit or tag as its author signed it.
 *
 * @param name for messages
 * @param content the bytes that the signature is about
 * @param signature in its armor
 */
record SignedObject(String name, byte[] content, byte[] signature) {
  private static final byte[] HEADER = "gpgsig".getBytes(StandardCharsets.US_ASCII);

  /** Empty if the commit has no signature. Its body must have been parsed. */
  static Optional<SignedObject> of(RevCommit commit) {
    byte[] raw = commit.getRawBuffer();
    byte[] signature = commit.getRawGpgSignature();
    int start = RawParseUtils.headerStart(HEADER, raw, 0);
    if (signature == null || start < 0) {
      return Optional.empty();
    }
    int end = RawParseUtils.headerEnd(raw, start);
    ByteArrayOutputStream content = new ByteArrayOutputStream(raw.length);
    content.write(raw, 0, start - HEADER.length - 1);
    content.write(raw, end + 1, raw.length - end - 1);
    return Optional.of(
        new SignedObject("commit " + commit.name(), content.toByteArray(), signature));
  }

  /** Empty if the tag has no signature. Its body must have been parsed. */
  static Optional<SignedObject> of(RevTag tag) {
    byte[] raw = tag.getRawBuffer();
    byte[] signature = tag.getRawGpgSignature();
    if (signature == null) {
      return Optional.empty();
    }
    byte[] content = Arrays.copyOf(raw, raw.length - signature.length);
    return Optional.of(new SignedObject("tag " + tag.getTagName(), content, signature));
  }

  /** The first line of the armor says what kind of signature it is. */
  boolean isKind(String kind) {
    String begin = "-----BEGIN " + kind + "-----";
    return new String(signature, StandardCharsets.US_ASCII).startsWith(begin);
  }
}
