// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.kerrighed.api.v1alpha1.Api;
import io.kerrighed.api.v1alpha1.ConfigSource;
import java.util.Objects;

/** A person changed the spec or asked for a fetch; our own status is no reason to fetch again. */
public class AskedFor implements OnUpdateFilter<ConfigSource> {
  @Override
  public boolean accept(ConfigSource now, ConfigSource before) {
    return !Objects.equals(now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
        || !Objects.equals(request(now), request(before));
  }

  static String request(ConfigSource source) {
    var annotations = source.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(Api.RECONCILE_AT);
  }
}
