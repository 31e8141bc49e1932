// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import io.kerrighed.agent.api.ApiLink;
import io.kerrighed.agent.api.Connection;
import io.kerrighed.agent.config.DesiredCompiler;
import io.kerrighed.agent.config.MemoryFile;
import io.kerrighed.agent.kernel.KernelEvents;
import io.kerrighed.agent.kernel.LinuxKernel;
import io.kerrighed.agent.kernel.SystemdNotifier;
import io.kerrighed.agent.kernel.Uptime;
import io.kerrighed.agent.kernel.UserDatabase;
import io.kerrighed.agent.metrics.AgentMetrics;
import io.kerrighed.agent.metrics.MetricsServer;
import io.kerrighed.api.trace.Tracing;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The node agent's command line. */
@Command(
    name = "kerrighed-agent",
    mixinStandardHelpOptions = true,
    description = "Keeps this node's kernel as its NodeConfig says.",
    sortOptions = false)
public final class AgentMain implements Callable<Integer> {
  private static final Logger LOG = System.getLogger(AgentMain.class.getName());

  @Option(
      names = "--node",
      paramLabel = "NAME",
      defaultValue = "${env:KERRIGHED_NODE}",
      description = "name of this node's NodeConfig (default: the host name)")
  private String node;

  @ArgGroup(multiplicity = "1")
  private Api api;

  static final class Api {
    @Option(
        names = "--kubeconfig",
        paramLabel = "FILE",
        required = true,
        description = "how to reach the API server, with this node's token")
    private Path kubeconfig;

    @ArgGroup(exclusive = false)
    private Files files;
  }

  static final class Files {
    @Option(
        names = "--server",
        paramLabel = "URL",
        required = true,
        description = "address of the API server")
    private String server;

    @Option(
        names = "--ca",
        paramLabel = "FILE",
        required = true,
        description = "certificate of the authority that signed the API server's")
    private Path ca;

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        required = true,
        description = "this node's first token")
    private Path token;
  }

  @Option(
      names = "--modules",
      paramLabel = "DIRECTORY",
      required = true,
      defaultValue = "${env:KERRIGHED_MODULES}",
      description = "where the krg_*.ko files of the running kernel are")
  private Path modules;

  @Option(
      names = "--tools",
      paramLabel = "DIRECTORY",
      defaultValue = "/usr/sbin",
      description = "where krgboot is (default: ${DEFAULT-VALUE})")
  private Path tools;

  @Option(
      names = "--state",
      paramLabel = "DIRECTORY",
      defaultValue = "/var/lib/kerrighed",
      description = "what the agent remembers over a restart (default: ${DEFAULT-VALUE})")
  private Path state;

  @Option(
      names = "--period",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "how often to look for drift, at least (default: ${DEFAULT-VALUE})")
  private int period;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:KERRIGHED_METRICS}",
      description = "serve metrics for Prometheus at http://HOST:PORT/metrics (default: do not)")
  private String metricsAddress;

  @Option(names = "--verbose", description = "log the details too")
  private boolean verbose;

  private AgentMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new AgentMain()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    LogSetup.apply(verbose, System.getenv("JOURNAL_STREAM") != null);
    try (LinuxKernel kernel = new LinuxKernel(modules, tools)) {
      String name = node == null || node.isBlank() ? kernel.machine().hostname() : node;
      Optional<String> collector = Optional.ofNullable(System.getenv(Tracing.ENDPOINT));
      try (Tracing tracing = Tracing.to(collector, "kerrighed-agent", name)) {
        run(kernel, name, tracing);
      }
    }
    return 0;
  }

  private void run(LinuxKernel kernel, String name, Tracing tracing) throws IOException {
    Connection connection =
        api.kubeconfig != null
            ? Connection.fromKubeconfig(api.kubeconfig)
            : Connection.fromFiles(api.files.server, api.files.ca, api.files.token);
    SystemdNotifier systemd = new SystemdNotifier(System.getenv("NOTIFY_SOCKET"));
    KernelEvents events = kernel.events();
    AtomicReference<ApiLink> link = new AtomicReference<>();
    MemoryFile memory = new MemoryFile(state);
    PrometheusRegistry registry = new PrometheusRegistry();
    AgentMetrics metrics = new AgentMetrics(registry);
    PassTraces traces = new PassTraces(tracing, name);
    Reconciler reconciler =
        new Reconciler(
            kernel,
            memory,
            new DesiredCompiler(UserDatabase::uid),
            Clock.systemUTC(),
            new Uptime(),
            repair -> {
              metrics.repaired();
              link.get().event("DriftRepaired", repair);
            },
            pass -> {
              metrics.pass(pass);
              return traces.trace(pass);
            });
    Agent agent =
        new Agent(
            reconciler,
            kernel.machine(),
            Clock.systemUTC(),
            status -> {
              metrics.status(status);
              link.get().report(status);
              systemd.status(status.conditions().get(0).message());
            });
    CountDownLatch stopped = new CountDownLatch(1);
    Stop stop = new Stop(events, stopped);
    Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
    try (MetricsServer server = serve(registry)) {
      link.set(
          new ApiLink(
              name,
              connection,
              state,
              Clock.systemUTC(),
              config -> {
                reconciler.configure(config);
                events.wake();
              }));
      LOG.log(Level.INFO, "agent of node {0}, kernel {1}", name, kernel.machine().kernelRelease());
      systemd.ready();
      loop(agent, events, stop);
      systemd.stopping();
    } finally {
      if (link.get() != null) {
        link.get().close();
      }
      stopped.countDown();
    }
  }

  /**
   * @return null if nobody wants to know
   */
  private MetricsServer serve(PrometheusRegistry registry) throws IOException {
    return metricsAddress == null || metricsAddress.isBlank()
        ? null
        : new MetricsServer(metricsAddress, registry);
  }

  private void loop(Agent agent, KernelEvents events, Stop stop) {
    while (!stop.requested) {
      agent.runOnce();
      List<String> lines = events.await(Duration.ofSeconds(period));
      lines.forEach(line -> LOG.log(Level.DEBUG, "kernel: {0}", line));
    }
  }

  /** On SIGTERM: a step that has begun is finished. What runs on the node goes on. */
  private static final class Stop implements Runnable {
    private final KernelEvents events;
    private final CountDownLatch stopped;
    private volatile boolean requested;

    Stop(KernelEvents events, CountDownLatch stopped) {
      this.events = events;
      this.stopped = stopped;
    }

    @Override
    public void run() {
      requested = true;
      events.wake();
      try {
        stopped.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
