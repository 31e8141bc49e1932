// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import java.util.Collection;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import org.semver4j.Semver;
import org.semver4j.range.RangeList;
import org.semver4j.range.RangeListFactory;

/** Chooses among tags that are semantic versions. */
final class TagRange {
  private TagRange() {}

  private record Version(String tag, Semver semver) {}

  /** The tag of the highest version in a range; other tags than versions are skipped. */
  static Optional<String> highest(Collection<String> tags, String range) {
    RangeList allowed = RangeListFactory.create(range);
    return tags.stream()
        .map(TagRange::version)
        .filter(Objects::nonNull)
        .filter(version -> version.semver().satisfies(allowed))
        .max(Comparator.comparing(Version::semver).thenComparing(Version::tag))
        .map(Version::tag);
  }

  private static Version version(String tag) {
    Semver semver = Semver.parse(tag);
    return semver == null ? null : new Version(tag, semver);
  }
}
