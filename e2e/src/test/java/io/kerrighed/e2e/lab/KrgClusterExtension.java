// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Implements {@link KrgCluster}. */
final class KrgClusterExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        ParameterResolver {
  private static final Namespace SUITE = Namespace.create(KrgClusterExtension.class);
  private static final int TAIL = 40;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    KrgCluster wanted = context.getRequiredTestClass().getAnnotation(KrgCluster.class);
    context.getStore(SUITE).put(SuiteLab.class, suite(context).lease(wanted));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    SuiteLab lab = context.getStore(SUITE).remove(SuiteLab.class, SuiteLab.class);
    if (lab != null) {
      suite(context).giveBack(lab);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    SuiteLab suite = leased(context);
    suite.reset();
    Map<Integer, Integer> seen = new TreeMap<>();
    suite.lab().vms().forEach(vm -> seen.put(vm.id(), vm.console().size()));
    context.getStore(SUITE).put("console", seen);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    SuiteLab suite = leased(context);
    @SuppressWarnings("unchecked")
    Map<Integer, Integer> seen = context.getStore(SUITE).get("console", Map.class);
    if (seen == null) {
      return; // the reset failed, and said why
    }
    Map<Integer, String> complaints = new TreeMap<>();
    for (Vm vm : suite.lab().vms()) {
      var lines = vm.console().subList(seen.getOrDefault(vm.id(), 0), vm.console().size());
      var found = ConsoleScan.complaints(lines);
      if (!found.isEmpty()) {
        complaints.put(vm.id(), String.join("\n", found));
        suite.taint(vm.id());
      }
    }
    if (context.getRequiredTestMethod().isAnnotationPresent(ExpectComplaints.class)) {
      assertThat(complaints).as("the complaint that this test provokes").isNotEmpty();
      return;
    }
    if (context.getExecutionException().isPresent() || !complaints.isEmpty()) {
      for (Vm vm : suite.lab().vms()) {
        System.err.printf(
            "%s: the end of node %d's console (%s):%n%s%n",
            context.getDisplayName(), vm.id(), vm.state(), vm.consoleTail(TAIL));
      }
    }
    assertThat(complaints).as("complaints of the nodes' kernels").isEmpty();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Cluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return new Cluster(leased(context).lab());
  }

  private static SuiteLab leased(ExtensionContext context) {
    return context.getStore(SUITE).get(SuiteLab.class, SuiteLab.class);
  }

  private static SuiteLabs suite(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(SUITE)
        .getOrComputeIfAbsent(SuiteLabs.class, key -> new SuiteLabs(), SuiteLabs.class);
  }
}
