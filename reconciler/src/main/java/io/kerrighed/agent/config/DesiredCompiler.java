// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.config;

import io.kerrighed.agent.node.CapabilityRule;
import io.kerrighed.agent.node.Identity;
import io.kerrighed.agent.node.KernelException;
import io.kerrighed.agent.plan.Desired;
import io.kerrighed.api.v1alpha1.Capability;
import io.kerrighed.api.v1alpha1.DesiredState;
import io.kerrighed.api.v1alpha1.Durations;
import io.kerrighed.api.v1alpha1.ItemStatus;
import io.kerrighed.api.v1alpha1.Member;
import io.kerrighed.api.v1alpha1.NodeConfigSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Turns the spec of a NodeConfig into what the kernel of this machine should be. */
public final class DesiredCompiler {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private static final Duration USUAL_TOLERANCE = Duration.ofMillis(1500);
  private static final Duration LEAST_TOLERANCE = Duration.ofMillis(100);
  private static final Duration MOST_TOLERANCE = Duration.ofSeconds(30);

  private final Function<String, OptionalInt> users;

  /**
   * @param users finds the uid of a user name on this machine
   */
  public DesiredCompiler(Function<String, OptionalInt> users) {
    this.users = users;
  }

  /**
   * What a NodeConfig means here.
   *
   * @param failures by name of the item, why it cannot be applied on this machine
   */
  public record Compiled(Desired desired, SortedMap<String, String> failures) {}

  /**
   * Compiles; what cannot be applied is left out and named in the failures.
   *
   * @param installed finds the version of the modules on disk, when it is needed
   * @param loaded finds that of the modules that are loaded
   */
  public Compiled compile(
      NodeConfigSpec spec, Supplier<String> installed, Supplier<Optional<String>> loaded) {
    SortedMap<String, String> failures = new TreeMap<>();
    Duration tolerance = Durations.parse(spec.failureTolerance());
    if (tolerance.compareTo(LEAST_TOLERANCE) < 0 || tolerance.compareTo(MOST_TOLERANCE) > 0) {
      failures.put(
          "failureTolerance",
          "%s is not from 100ms to 30s; 1.5s is applied".formatted(spec.failureTolerance()));
      tolerance = USUAL_TOLERANCE;
    }
    List<CapabilityRule> rules = new ArrayList<>();
    for (io.kerrighed.api.v1alpha1.CapabilityRule rule : spec.capabilityRules()) {
      OptionalInt uid = rule.user() == null ? OptionalInt.empty() : uid(rule.user());
      if (rule.user() != null && uid.isEmpty()) {
        failures.put(
            ItemStatus.CAPABILITIES + rule.name(),
            "user '"
                + rule.user()
                + "' does not exist on this node; create it, or name the user by number");
        continue;
      }
      rules.add(
          new CapabilityRule(
              rule.name(),
              rule.executable() == null ? "" : rule.executable(),
              uid,
              mask(rule.effective()),
              mask(rule.permitted()),
              mask(rule.inheritablePermitted()),
              mask(rule.inheritableEffective())));
    }
    Desired desired =
        new Desired(
            spec.state(),
            new Identity(spec.nodeId(), spec.sessionId()),
            spec.founder(),
            new TreeSet<>(spec.interconnect().devices()),
            tolerance,
            new TreeSet<>(spec.sharedMounts()),
            rules,
            others(spec),
            unavailable(spec),
            Durations.parse(spec.drainTimeout()),
            spec.drainPolicy(),
            version(spec, installed, loaded, failures));
    return new Compiled(desired, failures);
  }

  private static Optional<String> version(
      NodeConfigSpec spec,
      Supplier<String> installed,
      Supplier<Optional<String>> loaded,
      SortedMap<String, String> failures) {
    String wanted = spec.moduleVersion();
    if (wanted == null || spec.state() == DesiredState.ABSENT) {
      return Optional.empty();
    }
    String refusal;
    try {
      String found = installed.get();
      if (found.equals(wanted)) {
        return Optional.of(wanted);
      }
      refusal = "this node has modules %s on its disk, not %s".formatted(found, wanted);
    } catch (KernelException e) {
      refusal = e.getMessage();
    }
    if (loaded.get().equals(Optional.of(wanted))) {
      return Optional.of(wanted);
    }
    failures.put("moduleVersion", refusal + ": install modules " + wanted + " there");
    return Optional.empty();
  }

  private OptionalInt uid(String user) {
    return NUMBER.matcher(user).matches()
        ? OptionalInt.of(Integer.parseInt(user))
        : users.apply(user);
  }

  private static int mask(List<Capability> capabilities) {
    return capabilities.stream().mapToInt(Capability::mask).reduce(0, (a, b) -> a | b);
  }

  private static Set<Integer> others(NodeConfigSpec spec) {
    return spec.members().stream()
        .filter(member -> member.state() == DesiredState.ONLINE)
        .map(Member::nodeId)
        .filter(id -> !id.equals(spec.nodeId()))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<Integer> unavailable(NodeConfigSpec spec) {
    return spec.members().stream()
        .filter(member -> member.state() != DesiredState.ONLINE)
        .map(Member::nodeId)
        .collect(Collectors.toUnmodifiableSet());
  }
}
