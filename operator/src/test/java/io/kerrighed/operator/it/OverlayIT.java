// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import static io.kerrighed.operator.it.Lab.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.kerrighed.api.v1alpha1.KerrighedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two clusters in one repository, of which this is one. */
class OverlayIT {
  private static final Lab lab = Lab.shared();
  private static final Path EXAMPLE = Path.of("../git-examples/two-sites");

  private final List<String> written = new ArrayList<>();

  @BeforeEach
  void twoSites() throws IOException {
    lab.restore();
    lab.patchSource("{\"spec\":{\"suspend\":true,\"path\":\"sites\",\"overlay\":\"office\"}}");
    try (var files = Files.walk(EXAMPLE)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        String name = "sites/" + EXAMPLE.relativize(file);
        lab.repository().write(name, Files.readString(file));
        written.add(name);
      }
    }
    String revision = lab.repository().push("two sites");
    lab.patchSource("{\"spec\":{\"suspend\":false}}");
    lab.applied(revision);
  }

  @AfterEach
  void oneSite() throws IOException {
    for (String file : written) {
      lab.repository().delete(file);
    }
    lab.repository().push("one site");
    lab.patchSource("{\"spec\":{\"suspend\":false,\"path\":\".\",\"overlay\":null}}");
  }

  @Test
  void anOverlayPatchesTheBase() {
    var spec = lab.client().resources(KerrighedCluster.class).withName("cluster").get().getSpec();
    assertThat(spec.sessionId()).isEqualTo(12);
    assertThat(spec.interconnect().devices()).containsExactly("eth0", "eth1");
    assertThat(spec.sharedMounts()).containsExactly("/shared");
    assertThat(lab.configs().keySet()).containsExactly("desk1", "desk2", "desk3");
    assertThat(lab.configs().get("desk1").getSpec().capabilityRules()).hasSize(1);
  }

  @Test
  void aMistakeIsToldWhereItIs() throws IOException {
    lab.repository().replace("sites/overlays/office/cluster.yaml", "sessionId: 12", "sesionId: 12");
    lab.repository().push("a mistake");
    soon()
        .until(
            () ->
                lab.ready()
                    .message()
                    .startsWith(
                        "sites/overlays/office/cluster.yaml:7:3: unknown field spec.sesionId"));
    lab.patchSource("{\"spec\":{\"overlay\":\"moon\"}}");
    soon()
        .untilAsserted(
            () -> {
              assertThat(lab.ready().reason()).isEqualTo("PathNotFound");
              assertThat(lab.ready().message()).contains("no folder sites/overlays/moon");
            });
    lab.repository().revert();
    lab.patchSource("{\"spec\":{\"overlay\":\"office\"}}");
  }
}
