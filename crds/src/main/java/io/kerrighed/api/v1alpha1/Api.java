// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

/** Names that every reader and writer of the API shares. */
public final class Api {
  public static final String GROUP = "kerrighed.io";
  public static final String VERSION = "v1alpha1";
  public static final String API_VERSION = GROUP + "/" + VERSION;

  /** Namespace of the nodes' service accounts. */
  public static final String NAMESPACE = "kerrighed";

  /** Field manager of everything the operator applies. */
  public static final String FIELD_MANAGER = "kerrighed-operator";

  /** Changing this annotation's value on a ConfigSource asks for a fetch at once. */
  public static final String RECONCILE_AT = GROUP + "/reconcileAt";

  /** An object with this annotation stays when Git no longer has it; the only value is disabled. */
  public static final String PRUNE = GROUP + "/prune";

  public static final String PRUNE_DISABLED = "disabled";

  /** Annotation of a NodeConfig: where the trace of the push that it comes from goes on. */
  public static final String TRACEPARENT = GROUP + "/traceparent";

  /** What the name of an object looks like. */
  public static final String NAME = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$";

  /** Name of the Secret, in {@link #NAMESPACE}, with which the join token of a node ends. */
  public static String joinSecret(String node) {
    return "join-" + node;
  }

  private Api() {}
}
