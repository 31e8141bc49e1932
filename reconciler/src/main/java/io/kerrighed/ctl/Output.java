// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The form in which a command prints what it found. */
final class Output {
  enum Form {
    TABLE,
    JSON,
    YAML
  }

  /** Lower case, as kubectl has it. */
  static final class Converter implements ITypeConverter<Form> {
    @Override
    public Form convert(String word) {
      for (Form form : Form.values()) {
        if (form.name().toLowerCase(Locale.ROOT).equals(word)) {
          return form;
        }
      }
      throw new TypeConversionException("'" + word + "' is none of table, json and yaml");
    }
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      converter = Converter.class,
      completionCandidates = Forms.class,
      defaultValue = "table",
      description = "table, json or yaml (default: ${DEFAULT-VALUE})")
  private Form form;

  static final class Forms extends java.util.ArrayList<String> {
    Forms() {
      super(java.util.List.of("table", "json", "yaml"));
    }
  }

  boolean isTable() {
    return form == Form.TABLE;
  }

  /** An object in the form asked for, which is not the table. */
  String text(Object object) {
    KubernetesSerialization serialization = new KubernetesSerialization();
    return form == Form.JSON
        ? serialization.asJson(object) + "\n"
        : "---\n" + Yaml.of(object, serialization);
  }
}
