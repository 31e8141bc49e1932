// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Every sample of a run: written to a CSV file as it comes, and summed up in a table. */
final class Samples implements AutoCloseable {
  private record Key(String caseName, String metric) {}

  private final List<String> variants;
  private final Writer csv;
  private final Map<Key, Map<String, List<Double>>> values = new LinkedHashMap<>();

  /** Opens the CSV file; variants are the table's columns, the last one is the peer. */
  Samples(Path file, List<String> variants) throws IOException {
    this.variants = variants;
    csv = Files.newBufferedWriter(file);
    csv.write("case,variant,metric,round,warm_up,value\n");
  }

  /** Notes one measurement; a warm-up is kept in the file but not in the table. */
  void add(String caseName, String variant, int round, boolean warmUp, Map<String, Double> metrics)
      throws IOException {
    for (Map.Entry<String, Double> metric : metrics.entrySet()) {
      csv.write(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%d,%b,%.6f%n",
              caseName,
              variant,
              metric.getKey(),
              round,
              warmUp,
              metric.getValue()));
      if (!warmUp) {
        values
            .computeIfAbsent(new Key(caseName, metric.getKey()), k -> new LinkedHashMap<>())
            .computeIfAbsent(variant, v -> new ArrayList<>())
            .add(metric.getValue());
      }
    }
    csv.flush();
  }

  /**
   * Median [lower quartile, upper quartile] of each variant, and its ratio to the peer's median.
   */
  String table() {
    StringBuilder out = new StringBuilder();
    out.append("%-16s %-14s".formatted("case", "metric"));
    variants.forEach(v -> out.append(" %28s".formatted(v)));
    String peer = variants.get(variants.size() - 1);
    variants.stream()
        .filter(v -> !v.equals(peer))
        .forEach(v -> out.append(" %20s".formatted(v + "/" + peer)));
    out.append(System.lineSeparator());
    values.forEach(
        (key, byVariant) -> {
          out.append("%-16s %-14s".formatted(key.caseName, key.metric));
          double reference = Summary.of(byVariant.get(peer)).median();
          StringBuilder ratios = new StringBuilder();
          for (String variant : variants) {
            Summary s = Summary.of(byVariant.get(variant));
            String cell =
                String.format(Locale.ROOT, "%.1f [%.1f, %.1f]", s.median(), s.lower(), s.upper());
            out.append(" %28s".formatted(cell));
            if (!variant.equals(peer)) {
              ratios.append(String.format(Locale.ROOT, " %20.2f", s.median() / reference));
            }
          }
          out.append(ratios).append(System.lineSeparator());
        });
    return out.toString();
  }

  @Override
  public void close() throws IOException {
    csv.close();
  }
}
