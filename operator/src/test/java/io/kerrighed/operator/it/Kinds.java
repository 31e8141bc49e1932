// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.Crds;
import io.kerrighed.api.v1alpha1.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A server that has the kinds but no operator, and samples that have every field of every kind. */
public final class Kinds {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SAMPLES = Path.of("src/test/resources/samples");

  private final ControlPlane plane;
  private final KubernetesClient client;

  public Kinds(Path directory) throws IOException {
    plane = ControlPlane.withoutOperator(directory);
    client = plane.client();
    for (CustomResourceDefinition crd : Crds.all()) {
      client.resource(crd).serverSideApply();
    }
    plane.awaitKinds();
  }

  ControlPlane plane() {
    return plane;
  }

  /** Applies objects as the administrator. */
  public void apply(String yaml) {
    plane.apply(yaml).orFail();
  }

  public KubernetesClient client() {
    return client;
  }

  public void close() {
    client.close();
    plane.close();
  }

  static String kind(CustomResourceDefinition crd) {
    return crd.getSpec().getNames().getKind();
  }

  static String plural(CustomResourceDefinition crd) {
    return crd.getSpec().getNames().getPlural();
  }

  /** Several if no single object can have all fields at once. */
  static List<JsonNode> samples(CustomResourceDefinition crd) {
    try {
      return documents(Files.readString(SAMPLES.resolve(plural(crd) + ".yaml")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<JsonNode> documents(String yaml) {
    Iterable<Object> documents = new Load(LoadSettings.builder().build()).loadAllFromString(yaml);
    return StreamSupport.stream(documents.spliterator(), false)
        .<JsonNode>map(JSON::valueToTree)
        .toList();
  }

  /** Makes an object, with its status. */
  void store(CustomResourceDefinition crd, JsonNode sample) {
    String path = "/apis/" + Api.API_VERSION + "/" + plural(crd);
    client.raw(path + "?fieldValidation=Strict", "POST", sample.toString());
    client.raw(status(crd, sample) + "?fieldValidation=Strict", "PUT", current(crd, sample));
  }

  /**
   * Sends an object without storing it.
   *
   * @return what the server says against it; null if nothing
   */
  String refusal(CustomResourceDefinition crd, JsonNode object, boolean status) {
    String path = "/apis/" + Api.API_VERSION + "/" + plural(crd);
    try {
      if (status) {
        client.raw(
            status(crd, object) + "?dryRun=All&fieldValidation=Strict",
            "PUT",
            current(crd, object));
      } else {
        ObjectNode other = object.deepCopy();
        ((ObjectNode) other.get("metadata")).put("name", "another");
        client.raw(path + "?dryRun=All&fieldValidation=Strict", "POST", other.toString());
      }
      return null;
    } catch (KubernetesClientException e) {
      return e.getCode() + " " + e.getMessage();
    }
  }

  /** The object as an update of the one that is stored. */
  private String current(CustomResourceDefinition crd, JsonNode object) {
    String path = status(crd, object).replaceFirst("/status$", "");
    ObjectNode update = object.deepCopy();
    try {
      JsonNode stored = JSON.readTree(client.raw(path)).at("/metadata/resourceVersion");
      ((ObjectNode) update.get("metadata")).set("resourceVersion", stored);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return update.toString();
  }

  private static String status(CustomResourceDefinition crd, JsonNode object) {
    return "/apis/%s/%s/%s/status"
        .formatted(Api.API_VERSION, plural(crd), object.at("/metadata/name").asText());
  }
}
