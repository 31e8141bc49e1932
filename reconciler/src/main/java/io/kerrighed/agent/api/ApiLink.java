// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.kerrighed.api.v1alpha1.NodeConfigStatus;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The agent's link to the API server. It may come and go: configurations arrive when it is there,
 * the newest status is delivered when it is there, and nothing here ever keeps the node waiting.
 */
public final class ApiLink implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ApiLink.class.getName());
  private static final String FIELD_MANAGER = "kerrighed-agent";
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  /** The API server takes no other number of digits. */
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final long RETRY_SECONDS = 5;
  private static final long TOKEN_CHECK_SECONDS = 30;

  /** More than a request may last, should one not end by itself when it is interrupted. */
  private static final long CLOSE_SECONDS = 30;

  private final String node;
  private final TokenStore tokens;
  private final Clock clock;
  private final TokenRenewer renewer;
  private final KubernetesClient client;
  private final Resource<NodeConfig> resource;
  private final SharedIndexInformer<NodeConfig> informer;
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "api");
            thread.setDaemon(true);
            return thread;
          });
  private final AtomicReference<NodeConfigStatus> newest = new AtomicReference<>();
  private NodeConfigStatus delivered;
  private boolean eventsForbidden;

  /**
   * Starts to watch; returns at once, whether or not the API server is there.
   *
   * @param node name of this node's NodeConfig
   * @param clock this PC's
   * @param configs is given every version of it
   */
  public ApiLink(
      String node,
      Connection connection,
      Path stateDirectory,
      Clock clock,
      Consumer<NodeConfig> configs) {
    this.node = node;
    this.clock = clock;
    this.tokens = new TokenStore(stateDirectory, connection.installedToken());
    this.client =
        new KubernetesClientBuilder()
            .withConfig(connection.config(tokens))
            .withHttpClientFactory(new JdkHttpClientFactory())
            .withKubernetesSerialization(fewKinds())
            .build();
    this.renewer = new TokenRenewer(client, tokens, clock);
    this.resource = client.resources(NodeConfig.class).withName(node);
    this.informer = resource.runnableInformer(0);
    informer.addEventHandler(new Handler(configs));
    informer.exceptionHandler(
        (started, problem) -> {
          LOG.log(Level.WARNING, "no configuration from the API server: {0}", reason(problem));
          return true;
        });
    informer.start();
    worker.scheduleWithFixedDelay(this::deliver, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    worker.scheduleWithFixedDelay(this::renewToken, 0, TOKEN_CHECK_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * The kinds that watching brings. By itself the client would load the classes of all 300 that it
   * knows, which take more memory than all the rest of the agent's.
   */
  private static KubernetesSerialization fewKinds() {
    KubernetesSerialization kinds = new KubernetesSerialization(new ObjectMapper(), false);
    kinds.registerKubernetesResource(NodeConfig.class);
    kinds.registerKubernetesResource(Status.class);
    return kinds;
  }

  private final class Handler implements ResourceEventHandler<NodeConfig> {
    private final Consumer<NodeConfig> configs;

    Handler(Consumer<NodeConfig> configs) {
      this.configs = configs;
    }

    /** Also when it was made anew: then it has no status yet. */
    @Override
    public void onAdd(NodeConfig config) {
      worker.execute(
          () -> {
            delivered = null;
            deliver();
          });
      configs.accept(config);
    }

    @Override
    public void onUpdate(NodeConfig old, NodeConfig config) {
      configs.accept(config);
    }

    /** The API server's store may be lost; it is filled again from Git. */
    @Override
    public void onDelete(NodeConfig config, boolean stateUnknown) {
      LOG.log(
          Level.WARNING,
          "NodeConfig {0} was deleted; the node stays as it is (to take it out, push state:"
              + " Absent)",
          config.getMetadata().getName());
    }
  }

  /** Delivers this status as soon as it can, unless a newer one comes before. */
  public void report(NodeConfigStatus status) {
    newest.set(status);
    worker.execute(this::deliver);
  }

  private void deliver() {
    NodeConfigStatus status = newest.get();
    if (status == null || status.equals(delivered)) {
      return;
    }
    NodeConfig patch = new NodeConfig();
    patch.setMetadata(new ObjectMetaBuilder().withName(node).build());
    patch.setStatus(status);
    try {
      resource
          .subresource("status")
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.SERVER_SIDE_APPLY)
                  .withFieldManager(FIELD_MANAGER)
                  .withForce(true)
                  .build(),
              patch);
      delivered = status;
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "status not delivered, will be tried again: {0}", reason(e));
    }
  }

  /** Tells of a repair as an event of the NodeConfig; the status has it too. */
  public void event(String reason, String message) {
    worker.execute(() -> sendEvent(reason, message));
  }

  private void sendEvent(String reason, String message) {
    if (eventsForbidden) {
      return;
    }
    NodeConfig about = informer.getStore().getByKey(node);
    if (about == null) {
      return;
    }
    Instant now = clock.instant();
    try {
      client
          .v1()
          .events()
          .inNamespace("default")
          .resource(
              new EventBuilder()
                  .withNewMetadata()
                  .withName(
                      node
                          + "."
                          + Long.toHexString(now.toEpochMilli() * 1000 + now.getNano() % 1000))
                  .endMetadata()
                  .withNewInvolvedObject()
                  .withApiVersion(about.getApiVersion())
                  .withKind(about.getKind())
                  .withName(node)
                  .withUid(about.getMetadata().getUid())
                  .endInvolvedObject()
                  .withReason(reason)
                  .withMessage(message)
                  .withType("Warning")
                  .withAction("Repair")
                  .withEventTime(new MicroTime(MICROS.format(now)))
                  .withReportingComponent("kerrighed.io/agent")
                  .withReportingInstance(node)
                  .build())
          .create();
    } catch (KubernetesClientException e) {
      eventsForbidden = e.getCode() == FORBIDDEN;
      LOG.log(Level.WARNING, "event not sent: {0}", reason(e));
    }
  }

  private void renewToken() {
    try {
      renewer.run();
    } catch (RuntimeException e) {
      LOG.log(
          Level.WARNING, "{0} not renewed, will be tried again: {1}", tokens.token(), reason(e));
    }
  }

  /** The sentence of the innermost cause; a connection's is the telling one. */
  private String reason(Throwable problem) {
    Throwable cause = problem;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    if (cause instanceof KubernetesClientException refused && refused.getCode() == UNAUTHORIZED) {
      return "the API server does not accept the token: it was used, has ended or was revoked;"
          + " make another with 'krgctl join-token "
          + node
          + "' and start the agent with it";
    }
    if (cause instanceof CertificateNotYetValidException
        || cause instanceof CertificateExpiredException) {
      return "by this PC's clock, %s, the API server's certificate is not valid (%s): set the clock"
          .formatted(clock.instant(), cause.getMessage());
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /** Breaks off what is under way, and waits for its end: nobody writes to the state after this. */
  @Override
  public void close() {
    informer.close();
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "a request to the API server is still under way");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
