// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.status;

import io.kerrighed.api.v1alpha1.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Conditions by the rules of kstatus: Ready always, Reconciling and Stalled only when true. */
public final class Conditions {
  private static final String HALF = "Applying";

  private Conditions() {}

  public static List<Condition> ready(Long generation, String reason, String message) {
    return List.of(condition(Condition.READY, "True", generation, reason, message));
  }

  /** On the way: nothing for a person to do. */
  public static List<Condition> reconciling(Long generation, String reason, String message) {
    return List.of(
        condition(Condition.READY, "False", generation, reason, message),
        condition(Condition.RECONCILING, "True", generation, reason, message));
  }

  /** Part of a change is made and part is not. */
  public static List<Condition> half(Long generation, String reason, String message) {
    return List.of(
        condition(Condition.READY, "False", generation, reason, message),
        condition(Condition.RECONCILING, "True", generation, HALF, message));
  }

  /** Would reading the objects now give a state that nobody has asked for? */
  public static boolean isHalf(List<Condition> conditions) {
    return find(conditions, Condition.RECONCILING)
        .filter(condition -> condition.reason().equals(HALF))
        .isPresent();
  }

  /** Will not get better by itself. */
  public static List<Condition> stalled(Long generation, String reason, String message) {
    return List.of(
        condition(Condition.READY, "False", generation, reason, message),
        condition(Condition.STALLED, "True", generation, reason, message));
  }

  public static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> condition.type().equals(type)).findFirst();
  }

  public static boolean isTrue(List<Condition> conditions, String type) {
    return find(conditions, type)
        .filter(condition -> condition.status().equals("True"))
        .isPresent();
  }

  /** Gives each condition the time since when it has its status. */
  public static List<Condition> timed(List<Condition> fresh, List<Condition> old, Instant now) {
    String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    return fresh.stream()
        .map(
            condition ->
                condition.withTime(
                    find(old, condition.type())
                        .filter(before -> before.status().equals(condition.status()))
                        .map(Condition::lastTransitionTime)
                        .orElse(time)))
        .toList();
  }

  private static Condition condition(
      String type, String status, Long generation, String reason, String message) {
    return new Condition(type, status, generation, null, reason, message);
  }
}
