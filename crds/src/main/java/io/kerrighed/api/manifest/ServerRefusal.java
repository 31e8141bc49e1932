// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.manifest;

import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kerrighed.api.validation.Problem;
import io.kerrighed.api.validation.Reason;
import java.util.Optional;

/** Finds the place in a file that the API server means when it refuses an object. */
public final class ServerRefusal {
  private static final int BAD_REQUEST = 400;
  private static final int UNPROCESSABLE = 422;

  private ServerRefusal() {}

  /**
   * @return empty if it was not the object that the server found fault with
   */
  public static Optional<Problem> problem(Manifest manifest, KubernetesClientException refused) {
    if (refused.getCode() != BAD_REQUEST && refused.getCode() != UNPROCESSABLE) {
      return Optional.empty();
    }
    if (refused.getStatus() == null
        || refused.getStatus().getDetails() == null
        || refused.getStatus().getDetails().getCauses().isEmpty()) {
      return Optional.of(new Problem(manifest.where(), Reason.INVALID_VALUE, refused.getMessage()));
    }
    StatusCause cause = refused.getStatus().getDetails().getCauses().get(0);
    String field = cause.getField() == null ? "" : cause.getField();
    String[] path = field.replace("[", ".").replace("]", "").split("\\.");
    // The server quotes the value, which says nothing when it is a whole object.
    String message = cause.getMessage().replaceFirst("^Invalid value: \"object\": ", "");
    return Optional.of(
        new Problem(manifest.where(path), Reason.INVALID_VALUE, field + ": " + message));
  }
}
