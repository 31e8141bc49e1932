// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.util.Comparator;
import java.util.Optional;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;

/** Runs test classes that want the same lab one after the other: their nodes are booted once. */
final class SameLabTogether implements ClassOrderer {
  @Override
  public void orderClasses(ClassOrdererContext context) {
    context
        .getClassDescriptors()
        .sort(
            Comparator.comparing(SameLabTogether::lab)
                .thenComparing(descriptor -> descriptor.getTestClass().getName()));
  }

  private static String lab(ClassDescriptor descriptor) {
    Optional<KrgCluster> wanted = descriptor.findAnnotation(KrgCluster.class);
    return wanted.map(cluster -> SuiteLab.shape(cluster).toString()).orElse("");
  }
}
