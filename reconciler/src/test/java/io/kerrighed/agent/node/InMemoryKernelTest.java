// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

class InMemoryKernelTest extends KernelContract {
  private final InMemoryKernel kernel = new InMemoryKernel();

  @Override
  protected Kernel kernel() {
    return kernel;
  }

  @Override
  protected String netDevice() {
    return "eth0";
  }
}
