// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.FileSystemException;
import javax.net.ssl.SSLException;

/** What went wrong, in a sentence that says what to do next. */
final class Failures {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  private Failures() {}

  static String sentence(Throwable problem) {
    if (problem instanceof FileSystemException file && file.getReason() == null) {
      return file.getMessage() + ": " + file.getClass().getSimpleName();
    }
    if (!(problem instanceof KubernetesClientException outer)) {
      return problem.getMessage() == null ? problem.toString() : problem.getMessage();
    }
    KubernetesClientException refused = answer(outer);
    return switch (refused.getCode()) {
      case UNAUTHORIZED ->
          "the API server does not know you: what the kubeconfig holds has ended or was revoked;"
              + " get another with 'krgctl get-kubeconfig' on the machine of the API server";
      case FORBIDDEN ->
          "you may not do that: "
              + text(refused)
              + "; use an administrator's kubeconfig, or ask one for the right";
      case NOT_FOUND ->
          refused.getStatus() == null || refused.getStatus().getDetails() == null
              ? "this API server does not have the kinds of Kerrighed: start the operator,"
                  + " it installs them"
              : text(refused);
      default -> connection(refused);
    };
  }

  /** The client wraps the server's answer into a sentence that says nothing. */
  private static KubernetesClientException answer(KubernetesClientException outer) {
    for (Throwable cause = outer; cause != null; cause = cause.getCause()) {
      if (cause instanceof KubernetesClientException inner && inner.getCode() > 0) {
        return inner;
      }
    }
    return outer;
  }

  private static String connection(KubernetesClientException refused) {
    for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof HttpTimeoutException
          || cause instanceof UnresolvedAddressException) {
        return "no API server answers at the address in the kubeconfig: is it running"
            + " ('systemctl status kerrighed-apiserver'), and is the address right"
            + " ('kubectl config view')?";
      }
      if (cause instanceof SSLException) {
        return "what answers is not the API server of this kubeconfig ("
            + cause.getMessage()
            + "): start the server with this address in --names, or get another kubeconfig with"
            + " 'krgctl get-kubeconfig'";
      }
    }
    return text(refused);
  }

  /** What the server said, without the client's words around it. */
  private static String text(KubernetesClientException refused) {
    return refused.getStatus() != null && refused.getStatus().getMessage() != null
        ? refused.getStatus().getMessage()
        : refused.getMessage();
  }
}
