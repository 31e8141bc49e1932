// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.bench;

import io.kerrighed.e2e.ApiServer;
import io.kerrighed.e2e.ControlPlane;
import io.kerrighed.e2e.NodeAgent;
import io.kerrighed.e2e.PushedRepository;
import io.kerrighed.e2e.lab.Cluster;
import io.kerrighed.e2e.lab.LabException;
import io.kerrighed.e2e.lab.Node;
import io.kerrighed.e2e.lab.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * From the end of {@code git push} until the nodes' kernels show what was pushed, with the
 * operator, the API server and the agents between. A pushed rule has to be in the table of every
 * node; a drained node, with nothing on it to move, has to be gone from another node's view.
 *
 * <p>A repository on the operator's machine is watched, others are fetched once an interval: then
 * each push comes at a random moment of it.
 *
 * <p>The other way round, what somebody changes in a kernel by hand has to be put back.
 *
 * <p>The last cases have operator and agents trace their pushes, which shows where the time goes.
 */
final class GitopsBenchmark implements Benchmark {
  private static final Path REPOSITORY = Path.of(System.getProperty("lab.repository", ""));
  private static final Path WORK = REPOSITORY.resolve("target/bench/gitops");
  private static final String RULES = "/proc/kerrighed/capability_rules";
  private static final String NODES = "/proc/nodes/nrnodes";

  private static final String SET =
      """
      apiVersion: kerrighed.io/v1alpha1
      kind: CapabilitySet
      metadata: {name: many%d}
      spec: {match: {executable: %s}, effective: [CAN_MIGRATE]}
      """;

  /** Starts no process between the change and its repair, and looks every 10 ms. */
  private static final String DRIFT =
      """
      bash -c '
        quiet=$(mktemp -u) && mkfifo "$quiet" && exec 3<>"$quiet" && rm "$quiet" || exit
        mapfile -t before <"$1"
        ((${#before[@]} > 0)) || exit
        begin=${EPOCHREALTIME/./}
        echo >"$1"
        while ((SECONDS < 60)); do
          mapfile -t now <"$1" && [[ ${now[*]} == "${before[*]}" ]] && break
          read -rt 0.01 <&3
        done
        ((SECONDS < 60)) && echo $((${EPOCHREALTIME/./} - begin))' bash '%s'""";

  private static final Duration SETTLE_LIMIT = Duration.ofMinutes(5);
  private static final String STARTED = "agent of node";
  private static final String COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT";

  private enum Source {
    WATCHED(Duration.ofSeconds(30)),
    POLLED_OFTEN(Duration.ofSeconds(1)),
    POLLED(Duration.ofSeconds(30));

    private final Duration interval;

    Source(Duration interval) {
      this.interval = interval;
    }
  }

  /** Repeatable moments of pushes. */
  private final Random random = new Random(1);

  private final Map<String, Source> rules = new LinkedHashMap<>();
  private final Map<String, Integer> pushes = new LinkedHashMap<>();
  private final Map<String, Integer> traced = new LinkedHashMap<>();
  private SpanCollector spans;
  private HttpsGitServer server;
  private ControlPlane control;
  private PushedRepository repository;
  private Path watched;
  private Path served;
  private Source followed;
  private int rulesPushed;

  GitopsBenchmark() {
    rules.put("rule, watched", Source.WATCHED);
    rules.put("rule, each 1 s", Source.POLLED_OFTEN);
    rules.put("rule, each 30 s", Source.POLLED);
    for (int objects : new int[] {1, 10, 100}) {
      pushes.put("push of " + objects, objects);
      traced.put("stages of " + objects, objects);
    }
  }

  @Override
  public String name() {
    return "gitops";
  }

  @Override
  public String description() {
    return "from 'git push' to the kernels of 3 nodes: rules, a node drained and brought back; drift";
  }

  @Override
  public int nodes() {
    return 3;
  }

  @Override
  public boolean started() {
    return false;
  }

  @Override
  public List<String> cases() {
    List<String> cases = new ArrayList<>(List.of("rule, watched", "node, watched"));
    cases.addAll(List.of("rule, each 1 s", "rule, each 30 s", "drift", "memory", "start"));
    // The last ones, because they leave their sets behind, and then operator and agents that trace.
    cases.addAll(pushes.keySet());
    cases.addAll(traced.keySet());
    return cases;
  }

  @Override
  public List<String> variants() {
    return List.of("kerrighed");
  }

  @Override
  public void prepare(Cluster cluster) throws Exception {
    cluster.buildModules();
    ControlPlane.build(REPOSITORY);
    Trees.delete(WORK);
    Files.createDirectories(WORK);
    repository = new PushedRepository(WORK, REPOSITORY.resolve("git-examples/pc-lab"));
    watched = repository.makeBare("watched.git");
    served = repository.makeBare("served.git");
    server = new HttpsGitServer(WORK, WORK);
    control = new ControlPlane(REPOSITORY, WORK, server.trustOptions());
    follow(Source.WATCHED);
    for (Node node : cluster.nodes()) {
      String account = "serviceaccount/node" + node.id();
      awaitOutput(account, "-n", "kerrighed", "get", account, "--ignore-not-found", "-o", "name");
      NodeAgent.install(api(), cluster, node);
      NodeAgent.start(REPOSITORY, api(), node);
    }
    api().kubectl("wait", "--for=condition=Ready", "--timeout=600s", "krgnodes", "--all");
  }

  @Override
  public Map<String, Double> measure(Cluster cluster, String caseName, String variant)
      throws Exception {
    Source source = rules.getOrDefault(caseName, Source.WATCHED);
    follow(source);
    return switch (caseName) {
      case "node, watched" -> drainAndBack(cluster);
      case "drift" -> drift(cluster.node(1));
      case "memory" -> memory(cluster);
      case "start" -> start(cluster.node(3));
      default -> {
        if (traced.containsKey(caseName)) {
          yield stages(cluster, traced.get(caseName));
        }
        yield rules.containsKey(caseName)
            ? rule(cluster, source)
            : push(cluster, pushes.get(caseName));
      }
    };
  }

  private Map<String, Double> rule(Cluster cluster, Source source) throws Exception {
    String executable = "/shared/bin%d/*".formatted(++rulesPushed);
    String commit =
        repository.commit(
            "capabilities.yaml",
            text -> text.replaceFirst("executable: \\S+", "executable: " + executable));
    return pushed(cluster, source, commit, executable);
  }

  private Map<String, Double> push(Cluster cluster, int objects) throws Exception {
    String folder = nextFolder();
    return pushed(cluster, Source.WATCHED, commit(objects, folder), folder + objects);
  }

  private String nextFolder() {
    return "/shared/many%d/".formatted(++rulesPushed);
  }

  /** So many sets, each of them changed. The kernel takes all rules or none. */
  private String commit(int objects, String folder) throws Exception {
    return repository.commit(
        "many.yaml",
        text ->
            IntStream.rangeClosed(1, objects)
                .mapToObj(i -> SET.formatted(i, folder + i))
                .collect(Collectors.joining("---\n")));
  }

  /** The same push, as operator and agents trace it. */
  private Map<String, Double> stages(Cluster cluster, int objects) throws Exception {
    trace(cluster);
    String commit = commit(objects, nextFolder());
    repository.push(followedRepository());
    long pushed = PushStages.now();
    awaitApplied(cluster, commit);
    Map<String, Long> aheads = new LinkedHashMap<>();
    for (Node node : cluster.nodes()) {
      aheads.put("node" + node.id(), PushStages.ahead(node));
    }
    long end = System.nanoTime() + SETTLE_LIMIT.toNanos();
    while (true) {
      PushStages stages =
          new PushStages(spans.traceWith("kerrighed.revision", "main@sha1:" + commit), aheads);
      if (stages.isWhole()) {
        return stages.milliseconds(pushed);
      }
      if (System.nanoTime() > end) {
        throw new LabException("the trace of " + commit + " does not reach every kernel");
      }
      Thread.sleep(200);
    }
  }

  /** From now on operator and agents send their spans here. */
  private void trace(Cluster cluster) throws Exception {
    if (spans != null) {
      return;
    }
    spans = new SpanCollector();
    control.restartOperator(Map.of(COLLECTOR, spans.endpoint("127.0.0.1")));
    for (Node node : cluster.nodes()) {
      stop(node);
      NodeAgent.start(
          REPOSITORY,
          api(),
          node,
          NodeAgent.builtModules(REPOSITORY),
          COLLECTOR + "=" + spans.endpoint(ApiServer.HOST));
      get(KernelWatch.await(node, NodeAgent.LOG, STARTED));
    }
  }

  /** Ends the agent of a node, and the log of what it did. */
  private static void stop(Node node) throws InterruptedException {
    node.host(
            """
            agent=$(cat /run/agent.pid) && kill $agent || exit
            while [ -d /proc/$agent ]; do sleep 0.1; done
            rm %s"""
                .formatted(NodeAgent.LOG))
        .orFail();
  }

  /** Pushes what is committed, and waits until the last rule of it is in every kernel. */
  private Map<String, Double> pushed(
      Cluster cluster, Source source, String commit, String executable) throws Exception {
    List<CompletableFuture<Long>> watches =
        cluster.nodes().stream()
            .map(node -> KernelWatch.await(node, RULES, "exe=" + executable + " "))
            .toList();
    if (source != Source.WATCHED) {
      Thread.sleep(random.nextLong(source.interval.toMillis()));
    }
    repository.push(followedRepository());
    long begin = System.nanoTime();
    long first = Long.MAX_VALUE;
    long last = 0;
    for (CompletableFuture<Long> watch : watches) {
      long seen = get(watch) - begin;
      first = Math.min(first, seen);
      last = Math.max(last, seen);
    }
    awaitApplied(cluster, commit);
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("first node ms", first / 1e6);
    metrics.put("all nodes ms", last / 1e6);
    return metrics;
  }

  /** Takes the rules away as somebody would, and has the node itself say how long that was. */
  private static Map<String, Double> drift(Node node) throws InterruptedException {
    String micros = node.host(DRIFT.formatted(RULES)).orFail().stdout().strip();
    return Map.of("repaired ms", Long.parseLong(micros) / 1e3);
  }

  private Map<String, Double> memory(Cluster cluster) throws Exception {
    double agent = 0;
    for (Node node : cluster.nodes()) {
      agent = Math.max(agent, NodeAgent.residentMegabytes(node));
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("agent MB", agent);
    metrics.put("operator MB", control.operatorResidentBytes() / 1048576.0);
    metrics.put("API server MB", api().residentBytes() / 1048576.0);
    return metrics;
  }

  /** From the start of the program until it says that it is ready. */
  private Map<String, Double> start(Node node) throws Exception {
    stop(node);
    CompletableFuture<Long> watch = KernelWatch.await(node, NodeAgent.LOG, STARTED);
    long begin = System.nanoTime();
    NodeAgent.start(REPOSITORY, api(), node);
    double agent = (get(watch) - begin) / 1e6;
    begin = System.nanoTime();
    control.restartOperator();
    double operator = (System.nanoTime() - begin) / 1e6;
    String request = "kerrighed.io/reconcileAt=" + begin;
    api().kubectl("annotate", "--overwrite", "cfgsrc", "pc-lab", request);
    awaitOutput(
        Long.toString(begin),
        "get",
        "cfgsrc",
        "pc-lab",
        "-o",
        "jsonpath={.status.lastHandledReconcileAt}");
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("agent ms", agent);
    metrics.put("operator ms", operator);
    metrics.put("API server ms", startApiServer());
    return metrics;
  }

  /** Another one, with a store of its own from the time before: the nodes need theirs. */
  private static double startApiServer() throws IOException {
    long begin = System.nanoTime();
    ApiServer started = new ApiServer(REPOSITORY, WORK.resolve("started"));
    double time = (System.nanoTime() - begin) / 1e6;
    started.close();
    return time;
  }

  private Map<String, Double> drainAndBack(Cluster cluster) throws Exception {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("drained ms", state(cluster, "Drained", "ONLINE:2"));
    metrics.put("online ms", state(cluster, "Online", "ONLINE:3"));
    return metrics;
  }

  /** Pushes a state of the last node; the first node's kernel tells when it is so. */
  private double state(Cluster cluster, String state, String shown) throws Exception {
    String commit =
        repository.commit(
            "nodes.yaml",
            text -> text.replaceFirst("(?s)(name: node3\\b.*state: )\\w+", "$1" + state));
    CompletableFuture<Long> watch = KernelWatch.await(cluster.node(1), NODES, shown);
    repository.push(followedRepository());
    long begin = System.nanoTime();
    double time = (get(watch) - begin) / 1e6;
    awaitApplied(cluster, commit);
    return time;
  }

  private static long get(CompletableFuture<Long> watch) throws InterruptedException {
    try {
      return watch.get();
    } catch (ExecutionException e) {
      throw new LabException("the change did not come: " + e.getCause().getMessage(), e);
    }
  }

  /** Until every agent has said that it is done: the next push meets a cluster at rest. */
  private void awaitApplied(Cluster cluster, String commit) throws Exception {
    for (Node node : cluster.nodes()) {
      awaitOutput(
          commit,
          "get",
          "nodeconfig",
          "node" + node.id(),
          "-o",
          "jsonpath={.status.appliedRevision}");
    }
  }

  private void follow(Source source) throws Exception {
    if (source == followed) {
      return;
    }
    followed = source;
    repository.push(followedRepository());
    String url = source == Source.WATCHED ? "file://" + watched : server.url(served.getFileName());
    api()
        .apply(
            """
            apiVersion: kerrighed.io/v1alpha1
            kind: ConfigSource
            metadata:
              name: pc-lab
            spec:
              url: %s
              branch: main
              interval: %ds
            """
                .formatted(url, source.interval.toSeconds()));
    String generation =
        api().kubectl("get", "cfgsrc", "pc-lab", "-o", "jsonpath={.metadata.generation}");
    awaitOutput(
        generation + " True",
        "get",
        "cfgsrc",
        "pc-lab",
        "-o",
        "jsonpath={.status.observedGeneration} {.status.conditions[?(@.type==\"Ready\")].status}");
  }

  /** Not the same for both: the operator would go on watching the first. */
  private Path followedRepository() {
    return followed == Source.WATCHED ? watched : served;
  }

  /** Until what kubectl prints has a text in it. */
  private void awaitOutput(String text, String... arguments)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + SETTLE_LIMIT.toNanos();
    String output = api().kubectl(arguments);
    while (!output.contains(text)) {
      if (System.nanoTime() > end) {
        throw new LabException(
            "kubectl %s says '%s', not '%s'".formatted(String.join(" ", arguments), output, text));
      }
      Thread.sleep(500);
      output = api().kubectl(arguments);
    }
  }

  private ApiServer api() {
    return control.api();
  }

  @Override
  public void close() {
    if (control != null) {
      control.close();
    }
    if (server != null) {
      server.close();
    }
    if (spans != null) {
      spans.close();
    }
  }
}
