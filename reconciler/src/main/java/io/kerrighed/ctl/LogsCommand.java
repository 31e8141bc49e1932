// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kerrighed.api.v1alpha1.Api;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what happened to the cluster's objects, oldest first, as far back as the API server"
          + " remembers (an hour).",
      "What operator and agents write besides is in the journal of their machines."
    })
final class LogsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ApiAccess api;
  @Mixin private Output output;

  @Option(
      names = {"-f", "--follow"},
      description = "go on with what happens from now on")
  private boolean follow;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description = "only about objects of these names, such as node1 or KerrighedNode/node1")
  private List<String> names;

  /** Something that happened. */
  record Entry(String time, String type, String reason, String object, String message) {
    static Entry of(Event event) {
      String time =
          event.getLastTimestamp() != null
              ? event.getLastTimestamp()
              : event.getEventTime() != null
                  ? event.getEventTime().getTime()
                  : event.getMetadata().getCreationTimestamp();
      return new Entry(
          time,
          event.getType(),
          event.getReason(),
          event.getInvolvedObject().getKind() + "/" + event.getInvolvedObject().getName(),
          event.getMessage());
    }

    boolean isAbout(List<String> names) {
      return names == null
          || names.stream().anyMatch(name -> object.equals(name) || object.endsWith("/" + name));
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (KubernetesClient client = api.client()) {
      Printer printer = new Printer();
      client.v1().events().inAnyNamespace().list().getItems().stream()
          .sorted(Comparator.comparing(event -> Entry.of(event).time()))
          .forEach(printer::print);
      if (follow) {
        try (SharedIndexInformer<Event> informer =
            client.v1().events().inAnyNamespace().inform(printer)) {
          new CountDownLatch(1).await();
        }
      }
      return 0;
    }
  }

  /** Prints each event once, and again when it has happened again. */
  private final class Printer implements ResourceEventHandler<Event> {
    private final PrintWriter out = spec.commandLine().getOut();
    private final Map<String, String> printed = new HashMap<>();

    synchronized void print(Event event) {
      String version = event.getMetadata().getResourceVersion();
      Entry entry = Entry.of(event);
      if (!Api.API_VERSION.equals(event.getInvolvedObject().getApiVersion())
          || !entry.isAbout(names)
          || version.equals(printed.put(event.getMetadata().getUid(), version))) {
        return;
      }
      if (output.isTable()) {
        out.printf(
            "%s  %-7s  %s  %s: %s%n",
            entry.time(), entry.type(), entry.reason(), entry.object(), entry.message());
      } else {
        out.print(output.text(entry));
      }
      out.flush();
    }

    @Override
    public void onAdd(Event event) {
      print(event);
    }

    @Override
    public void onUpdate(Event old, Event event) {
      print(event);
    }

    @Override
    public synchronized void onDelete(Event event, boolean stateUnknown) {
      printed.remove(event.getMetadata().getUid());
    }
  }
}
