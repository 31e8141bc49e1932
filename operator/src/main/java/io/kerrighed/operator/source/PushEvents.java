// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.kerrighed.api.v1alpha1.ConfigSource;
import jakarta.enterprise.context.ApplicationScoped;

/** Ends the wait for the next interval. Many calls while a source is being fetched are as one. */
@ApplicationScoped
class PushEvents {
  private final SimpleInboundEventSource<ConfigSource> events = new SimpleInboundEventSource<>();

  EventSource<Void, ConfigSource> events() {
    return events;
  }

  /** Has a source fetched now. */
  void pushed(String source) {
    events.propagateEvent(new ResourceID(source));
  }
}
