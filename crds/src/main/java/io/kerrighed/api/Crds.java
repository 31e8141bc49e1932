// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.kerrighed.api.v1alpha1.Api;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The CustomResourceDefinitions of this API; they are in the jar. */
public final class Crds {
  private static final List<String> PLURALS =
      List.of(
          "configsources", "kerrighedclusters", "kerrighednodes", "capabilitysets", "nodeconfigs");

  private Crds() {}

  /** New objects at each call: they may be changed. */
  public static List<CustomResourceDefinition> all() {
    KubernetesSerialization serialization = new KubernetesSerialization();
    return PLURALS.stream().map(plural -> load(plural, serialization)).toList();
  }

  /** The schema of a whole object of this CRD. */
  public static JSONSchemaProps schema(CustomResourceDefinition crd) {
    return crd.getSpec().getVersions().get(0).getSchema().getOpenAPIV3Schema();
  }

  private static CustomResourceDefinition load(
      String plural, KubernetesSerialization serialization) {
    String name = "/META-INF/fabric8/" + plural + "." + Api.GROUP + "-v1.yml";
    try (InputStream in = Crds.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return serialization.unmarshal(in, CustomResourceDefinition.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
