// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.kerrighed.api.v1alpha1.ConfigSource;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Sees what the reconciler is not called for: sources that are deleted, and every status. */
final class SourceChanges extends InformerEventSource<ConfigSource, ConfigSource> {
  private final Consumer<List<ConfigSource>> changed;
  private final Consumer<List<ConfigSource>> deleted;

  /**
   * @param changed is given all sources after each change
   * @param deleted is given all that are left after one was deleted
   */
  SourceChanges(
      EventSourceContext<ConfigSource> context,
      Consumer<List<ConfigSource>> changed,
      Consumer<List<ConfigSource>> deleted) {
    super(
        InformerEventSourceConfiguration.from(ConfigSource.class, ConfigSource.class)
            .withName("source-changes")
            .withSecondaryToPrimaryMapper(source -> Set.of())
            .build(),
        context);
    this.changed = changed;
    this.deleted = deleted;
  }

  @Override
  public void onAdd(ConfigSource source) {
    super.onAdd(source);
    changed.accept(list().toList());
  }

  @Override
  public void onUpdate(ConfigSource old, ConfigSource source) {
    super.onUpdate(old, source);
    changed.accept(list().toList());
  }

  @Override
  public void onDelete(ConfigSource source, boolean stateUnknown) {
    super.onDelete(source, stateUnknown);
    List<ConfigSource> left = list().toList();
    changed.accept(left);
    deleted.accept(left);
  }
}
