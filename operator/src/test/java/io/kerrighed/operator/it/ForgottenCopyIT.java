// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the operator keeps on disk of a source goes with the source. */
class ForgottenCopyIT {
  private static final Lab lab = Lab.shared();
  private static final Path COPIES =
      lab.repository().directory().resolveSibling("cache").resolve("sources");

  @AfterEach
  void running() {
    lab.kubectl("delete", "cfgsrc", "short", "--ignore-not-found").orFail();
  }

  @Test
  void goesWithTheSource() {
    fetched();
    lab.kubectl("delete", "cfgsrc", "short").orFail();
    soon().until(() -> Files.notExists(COPIES.resolve("short")));
  }

  @Test
  void goesAtTheNextStartIfNobodySawTheSourceGo() throws Exception {
    fetched();
    lab.plane().stopOperator();
    try {
      lab.kubectl("delete", "cfgsrc", "short").orFail();
    } finally {
      lab.plane().startOperator();
    }
    soon().until(() -> Files.notExists(COPIES.resolve("short")));
    soon().until(() -> Files.exists(COPIES.resolve("lab")));
  }

  private static void fetched() {
    lab.apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata: {name: short}
            spec: {url: "%s", path: nowhere}
            """
                .formatted(lab.repository().url()))
        .orFail();
    soon().until(() -> lab.kubectl("get", "cfgsrc", "short").orFail().contains("PathNotFound"));
    soon().until(() -> Files.exists(COPIES.resolve("short")));
  }
}
