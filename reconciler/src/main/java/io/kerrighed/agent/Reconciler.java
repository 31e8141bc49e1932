// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import io.kerrighed.agent.config.AgentMemory;
import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.DesiredCompiler.Compiled;
import io.kerrighed.agent.config.MachineCheck;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.node.Kernel;
import io.kerrighed.agent.node.KernelException;
import io.kerrighed.agent.node.Machine;
import io.kerrighed.agent.node.NodeProcess;
import io.kerrighed.agent.node.Observed;
import io.kerrighed.agent.plan.DrainProgress;
import io.kerrighed.agent.plan.Executor;
import io.kerrighed.agent.plan.Plan;
import io.kerrighed.agent.plan.Planner;
import io.kerrighed.agent.plan.Step;
import io.kerrighed.agent.plan.StepResult;
import io.kerrighed.agent.status.Round;
import io.kerrighed.api.v1alpha1.Drift;
import io.kerrighed.api.v1alpha1.NodeConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Brings the kernel to what the newest NodeConfig says. Keeps on disk what it must still know after
 * a restart; a new one goes on where the old one was and touches nothing that is right already.
 *
 * <p>Thread-safe: a configuration may come in while a reconciliation runs.
 */
public final class Reconciler {
  private static final Logger LOG = System.getLogger(Reconciler.class.getName());

  /** One to drain, one to leave and reload, one to find nothing left, and one to spare. */
  private static final int ROUNDS = 4;

  private final Kernel kernel;
  private final Machine machine;
  private final Executor executor;
  private final MemoryFile file;
  private final DesiredCompiler compiler;
  private final Clock clock;
  private final Clock uptime;
  private final Consumer<String> repairs;
  private final Function<Pass, Optional<String>> passes;
  private final Map<Integer, String> refusals = new HashMap<>();
  private AgentMemory memory;
  private NodeConfig unseen;

  /** At which the last pass failed: that it is tried again is no news, only how that ends. */
  private NodeConfig stuck;

  private String trace;

  /** One whose work nobody measures. */
  public Reconciler(
      Kernel kernel,
      MemoryFile file,
      DesiredCompiler compiler,
      Clock clock,
      Clock uptime,
      Consumer<String> repairs) {
    this(kernel, file, compiler, clock, uptime, repairs, pass -> Optional.empty());
  }

  /**
   * @param clock what date it is
   * @param uptime how long the machine is up, from any beginning: no correction of the date makes
   *     it jump, so that it ends no drain too soon
   * @param repairs is told each repair of drift in a sentence
   * @param passes is told each reconciliation when it has ended, and may say its traceparent
   */
  public Reconciler(
      Kernel kernel,
      MemoryFile file,
      DesiredCompiler compiler,
      Clock clock,
      Clock uptime,
      Consumer<String> repairs,
      Function<Pass, Optional<String>> passes) {
    this.kernel = kernel;
    this.machine = kernel.machine();
    this.executor = new Executor(kernel);
    this.file = file;
    this.compiler = compiler;
    this.clock = clock;
    this.uptime = uptime;
    this.repairs = repairs;
    this.passes = passes;
    this.memory = file.load();
  }

  /** Takes a configuration. It is on disk when this returns. */
  public synchronized void configure(NodeConfig config) {
    boolean sameSpec =
        memory.newestConfig().filter(old -> old.getSpec().equals(config.getSpec())).isPresent();
    boolean sameGeneration =
        memory
            .newestConfig()
            .filter(
                old ->
                    old.getMetadata().getGeneration().equals(config.getMetadata().getGeneration()))
            .isPresent();
    if (sameSpec && sameGeneration) {
      return;
    }
    LOG.log(
        Level.INFO,
        "configuration: revision {0}, state {1}",
        config.getSpec().revision(),
        config.getSpec().state());
    unseen = config;
    AgentMemory next = memory.withConfig(config);
    remember(sameSpec ? next : next.withSettled(null));
  }

  private synchronized void remember(AgentMemory next) {
    if (!next.equals(memory)) {
      file.store(next);
      memory = next;
    }
  }

  private synchronized void settle(NodeConfig config) {
    if (memory.config() == config) {
      remember(memory.withSettled(machine.bootId()));
    }
  }

  /** A newer one may mean the opposite: a drain that is called off must not go on. */
  private synchronized boolean isNewest(NodeConfig config) {
    return memory.config() == config;
  }

  private synchronized AgentMemory memory() {
    return memory;
  }

  /**
   * Observes, plans and applies until nothing is left to do or nothing more can be done now.
   *
   * @param progress is told how things stand before something is changed
   * @return empty while no configuration was ever given
   */
  public Optional<Round> reconcile(Consumer<Round> progress) {
    AgentMemory before = memory();
    if (before.newestConfig().isEmpty()) {
      return Optional.empty();
    }
    NodeConfig config = before.newestConfig().get();
    Compiled compiled =
        compiler.compile(
            config.getSpec(), kernel::installedVersion, () -> kernel.observe().moduleVersion());
    Optional<String> wrongMachine = MachineCheck.mismatch(config.getSpec().machine(), machine);
    if (wrongMachine.isPresent()) {
      return Optional.of(
          new Round(
              config,
              wrongMachine,
              compiled,
              kernel.observe(),
              Optional.empty(),
              new TreeMap<>(),
              false,
              before.drift(),
              trace));
    }
    return Optional.of(converge(config, compiled, progress));
  }

  private Round converge(NodeConfig config, Compiled compiled, Consumer<Round> progress) {
    boolean repairing = machine.bootId().equals(memory().settled());
    Instant began = clock.instant();
    List<StepResult> tried = new ArrayList<>();
    Optional<StepResult> failed = Optional.empty();
    for (int round = 0; round < ROUNDS; round++) {
      Observed observed = kernel.observe();
      Plan plan = Planner.plan(observed, compiled.desired(), drainProgress(observed, compiled));
      if (plan.steps().isEmpty()) {
        break;
      }
      if (round == 0 && config != stuck) {
        progress.accept(round(config, compiled, observed, plan, Optional.empty()));
      }
      List<StepResult> results = executor.run(plan.steps(), () -> isNewest(config));
      results.forEach(result -> note(result, repairing));
      tried.addAll(results);
      failed = results.stream().filter(r -> !r.succeeded() && !r.step().optional()).findFirst();
      if (failed.isPresent() || results.stream().noneMatch(StepResult::succeeded)) {
        break;
      }
    }
    Observed observed = kernel.observe();
    Plan left = Planner.plan(observed, compiled.desired(), drainProgress(observed, compiled));
    if (left.isEmpty()) {
      settle(config);
    }
    stuck = failed.isPresent() ? config : null;
    Optional<String> traced =
        passes.apply(new Pass(config, isFirst(config), repairing, began, clock.instant(), tried));
    if (!repairing && traced.isPresent()) {
      trace = traced.get();
    }
    return round(config, compiled, observed, left, failed);
  }

  private synchronized boolean isFirst(NodeConfig config) {
    boolean first = unseen == config;
    unseen = first ? null : unseen;
    return first;
  }

  private Round round(
      NodeConfig config,
      Compiled compiled,
      Observed observed,
      Plan plan,
      Optional<StepResult> failed) {
    SortedMap<Integer, String> holds = new TreeMap<>(plan.holds());
    refusals.forEach(holds::putIfAbsent);
    return new Round(
        config,
        Optional.empty(),
        compiled,
        observed,
        failed,
        holds,
        !plan.steps().isEmpty(),
        memory().drift(),
        trace);
  }

  private void note(StepResult result, boolean repairing) {
    if (result.succeeded()) {
      LOG.log(Level.INFO, "done: {0}", result.step());
      if (result.step() instanceof Step.Migrate migrate) {
        refusals.remove(migrate.pid());
      }
      if (repairing) {
        repaired(result.step().toString());
      }
      return;
    }
    KernelException error = result.error().orElseThrow();
    LOG.log(
        result.step().optional() ? Level.WARNING : Level.ERROR,
        "could not {0}: {1} ({2})",
        result.step(),
        error.getMessage(),
        error.errno());
    if (result.step() instanceof Step.Migrate migrate) {
      refusals.put(migrate.pid(), error.getMessage());
    }
  }

  private void repaired(String what) {
    Drift old = memory().drift();
    long count = old == null ? 1 : old.repairs() + 1;
    remember(memory().withDrift(new Drift(count, clock.instant().toString(), what)));
    LOG.log(Level.WARNING, "repaired drift: {0}", what);
    repairs.accept(what);
  }

  private DrainProgress drainProgress(Observed observed, Compiled compiled) {
    if (!Planner.isLeaving(observed, compiled.desired())) {
      refusals.clear();
      remember(memory().withDrainingSince(null));
      return DrainProgress.NONE;
    }
    Instant now = uptime.instant();
    String known = memory().drainingSince();
    // One that is yet to come is of another boot, which has nothing to do with this drain.
    if (known == null || Instant.parse(known).isAfter(now)) {
      remember(memory().withDrainingSince(now.toString()));
    }
    Set<Integer> here =
        observed.guests().stream().map(NodeProcess::pid).collect(Collectors.toSet());
    refusals.keySet().retainAll(here);
    Instant since = Instant.parse(memory().drainingSince());
    return new DrainProgress(Duration.between(since, now), refusals);
  }
}
