// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent;

import io.kerrighed.agent.plan.StepResult;
import io.kerrighed.api.trace.Tracing;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.NodeConfig;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.Map;
import java.util.Optional;

/** Goes on with the trace of a push where the operator's ends: at the kernel of this node. */
public final class PassTraces {
  private final Tracing tracing;
  private final String node;

  /**
   * @param node name of this node's NodeConfig
   */
  public PassTraces(Tracing tracing, String node) {
    this.tracing = tracing;
    this.node = node;
  }

  /**
   * Traces a reconciliation that has met a new configuration or has changed the kernel. A repair is
   * no part of a push: it is a trace of its own.
   *
   * @return its traceparent; empty if it is not traced
   */
  public Optional<String> trace(Pass pass) {
    if (!pass.first() && pass.results().isEmpty()) {
      return Optional.empty();
    }
    String parent = pass.repairing() ? null : traceparent(pass.config());
    Span span = tracing.begin(pass.repairing() ? "repair" : "reconcile", parent, pass.began());
    span.setAttribute("kerrighed.node", node);
    if (pass.config().getSpec().revision() != null) {
      span.setAttribute("kerrighed.revision", pass.config().getSpec().revision());
    }
    Optional<String> traceparent = Tracing.traceparent(span);
    pass.results().forEach(result -> trace(result, traceparent.orElse(null)));
    span.end(pass.ended());
    return traceparent;
  }

  private void trace(StepResult result, String parent) {
    Span span = tracing.begin(result.step().getClass().getSimpleName(), parent, result.began());
    span.setAttribute("kerrighed.step", result.step().toString());
    result
        .error()
        .ifPresent(
            error -> span.setStatus(StatusCode.ERROR, error.errno() + ": " + error.getMessage()));
    span.end(result.ended());
  }

  private static String traceparent(NodeConfig config) {
    Map<String, String> annotations = config.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(Api.TRACEPARENT);
  }
}
