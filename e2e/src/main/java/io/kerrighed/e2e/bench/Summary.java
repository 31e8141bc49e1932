// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import java.util.Arrays;
import java.util.List;

/** Median, quartiles and 95th percentile of some samples. */
record Summary(double lower, double median, double upper, double p95) {
  /**
   * Summarises samples; what lies between two is interpolated between the neighbours.
   *
   * @throws IllegalArgumentException without samples
   */
  static Summary of(List<Double> samples) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException("there are no samples");
    }
    double[] sorted = samples.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return new Summary(at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75), at(sorted, 0.95));
  }

  private static double at(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
