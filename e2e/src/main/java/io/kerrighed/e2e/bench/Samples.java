// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.bench.Benchmark.Ratio;
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
  private static final String NONE = "-";

  private record Key(String caseName, String metric) {}

  private final List<String> variants;
  private final List<Ratio> ratios;
  private final Writer csv;
  private final Map<Key, Map<String, List<Double>>> values = new LinkedHashMap<>();

  /** Opens the CSV file; the table gets a column for each variant and each ratio. */
  Samples(Path file, List<String> variants, List<Ratio> ratios) throws IOException {
    this.variants = variants;
    this.ratios = ratios;
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
              quoted(caseName),
              quoted(variant),
              quoted(metric.getKey()),
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

  /** As CSV has it (RFC 4180): a comma belongs to the text only between quotes. */
  private static String quoted(String text) {
    return text.contains(",") ? '"' + text + '"' : text;
  }

  /**
   * In Markdown: median [lower quartile, upper quartile] 95th percentile of each variant, and the
   * ratios of the medians.
   */
  String table() {
    StringBuilder out = new StringBuilder();
    out.append("| %-18s | %-20s |".formatted("case", "metric"));
    variants.forEach(v -> out.append(" %32s |".formatted(v)));
    ratios.forEach(r -> out.append(" %24s |".formatted(r.of() + "/" + r.to())));
    out.append(System.lineSeparator());
    out.append("|---".repeat(2 + variants.size() + ratios.size())).append('|');
    out.append(System.lineSeparator());
    values.forEach(
        (key, byVariant) -> {
          Map<String, Summary> summaries = new LinkedHashMap<>();
          byVariant.forEach((variant, samples) -> summaries.put(variant, Summary.of(samples)));
          out.append("| %-18s | %-20s |".formatted(key.caseName, key.metric));
          variants.forEach(v -> out.append(" %32s |".formatted(cell(summaries.get(v)))));
          ratios.forEach(
              r ->
                  out.append(
                      " %24s |".formatted(ratio(summaries.get(r.of()), summaries.get(r.to())))));
          out.append(System.lineSeparator());
        });
    return out.toString();
  }

  private static String cell(Summary s) {
    return s == null
        ? NONE
        : "%s [%s, %s] %s"
            .formatted(number(s.median()), number(s.lower()), number(s.upper()), number(s.p95()));
  }

  /** With three digits at least. */
  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.1f" : "%.0f", value);
  }

  private static String ratio(Summary of, Summary to) {
    return of == null || to == null
        ? NONE
        : String.format(Locale.ROOT, "%.3f", of.median() / to.median());
  }

  @Override
  public void close() throws IOException {
    csv.close();
  }
}
