// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class started nodes: a parameter of type {@link Cluster} gets them. Nodes are booted
 * once and serve all classes that want the same; before each test the links are perfect, all nodes
 * run and are online, {@code /shared} is empty, and no process of an earlier test is left. A test
 * fails if a kernel complains on its console meanwhile.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(KrgClusterExtension.class)
public @interface KrgCluster {
  /** How many nodes, with the ids 1 to this. */
  int nodes() default 3;

  /** The kernel series, {@code 6.12} or {@code 6.1}. */
  String kernel() default "6.12";

  /** What the cluster network carries in one frame, in bytes without the Ethernet header. */
  int mtu() default Shape.DEFAULT_MTU;

  /** Whether the modules are loaded and the Kerrighed cluster runs. */
  boolean started() default true;
}
