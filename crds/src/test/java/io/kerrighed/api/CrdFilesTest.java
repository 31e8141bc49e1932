// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.CustomResource;
import io.kerrighed.api.v1alpha1.CapabilitySet;
import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.KerrighedCluster;
import io.kerrighed.api.v1alpha1.KerrighedNode;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The committed CRDs are what the types say. With {@code -Dkerrighed.crds.write=true} they are
 * written anew instead of compared.
 */
class CrdFilesTest {
  private static final Path COMMITTED = Path.of("src/main/resources/META-INF/fabric8");
  private static final String SPDX = "# SPDX-License-Identifier: Apache-2.0\n";

  private static final List<Class<? extends CustomResource<?, ?>>> KINDS =
      List.of(
          ConfigSource.class,
          KerrighedCluster.class,
          KerrighedNode.class,
          CapabilitySet.class,
          NodeConfig.class);

  @Test
  void committedCrdsAreThoseOfTheTypes(@TempDir Path fresh) throws IOException {
    generate(fresh);
    if (Boolean.getBoolean("kerrighed.crds.write")) {
      for (Path file : listed(fresh)) {
        Files.writeString(COMMITTED.resolve(file.getFileName()), Files.readString(file));
      }
    }
    assertThat(names(COMMITTED)).isEqualTo(names(fresh)).hasSameSizeAs(KINDS);
    for (Path file : listed(fresh)) {
      assertThat(COMMITTED.resolve(file.getFileName()))
          .describedAs("write it with: mvn test -pl crds -Dkerrighed.crds.write=true")
          .hasSameTextualContentAs(file);
    }
  }

  @ParameterizedTest
  @MethodSource("crds")
  void everyFieldIsExplained(CustomResourceDefinition crd) {
    assertThat(SchemaFields.withoutDescription(crd)).isEmpty();
  }

  static List<CustomResourceDefinition> crds() {
    return Crds.all();
  }

  private static void generate(Path directory) throws IOException {
    new CRDGenerator()
        .inOutputDir(directory.toFile())
        .withPostProcessor(
            new CRDPostProcessor() {
              @Override
              public HasMetadata process(HasMetadata crd, String version) {
                return finish((CustomResourceDefinition) crd);
              }
            })
        .customResourceClasses(List.copyOf(KINDS))
        .generate();
    for (Path file : listed(directory)) {
      Files.writeString(file, SPDX + Files.readString(file));
    }
  }

  /** The generator sorts columns by path and drops what the kind itself is for. */
  private static CustomResourceDefinition finish(CustomResourceDefinition crd) {
    Class<?> kind =
        KINDS.stream()
            .collect(Collectors.toMap(Class::getSimpleName, Function.identity()))
            .get(crd.getSpec().getNames().getKind());
    List<String> order =
        Arrays.stream(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
            .map(AdditionalPrinterColumn::name)
            .toList();
    for (var version : crd.getSpec().getVersions()) {
      version
          .getAdditionalPrinterColumns()
          .sort(
              Comparator.comparingInt(
                  (CustomResourceColumnDefinition column) -> order.indexOf(column.getName())));
      var schema = version.getSchema().getOpenAPIV3Schema();
      schema.setDescription(kind.getAnnotation(JsonClassDescription.class).value());
      schema.setRequired(List.of("spec"));
      schema.getProperties().get("spec").setDescription("What should be.");
      schema.getProperties().get("status").setDescription("What is.");
    }
    return crd;
  }

  private static List<Path> listed(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private static List<String> names(Path directory) throws IOException {
    return listed(directory).stream().map(path -> path.getFileName().toString()).toList();
  }
}
