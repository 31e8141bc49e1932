// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import org.eclipse.jgit.lib.ObjectId;

/** A commit on a branch; written as {@code main@sha1:0123…}. */
record Revision(String branch, ObjectId commit) {
  @Override
  public String toString() {
    return branch + "@sha1:" + commit.name();
  }
}
