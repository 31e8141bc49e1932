// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import io.kerrighed.agent.node.Kernel;
import io.kerrighed.agent.node.KernelContract;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * The contract on the real kernel. It is root's, and changes the kernel it runs on: so not a test
 * of this module's, but a program that {@code e2e} starts in a virtual machine with {@code
 * -Dmodules=DIRECTORY -Dtools=DIRECTORY -Ddevice=NAME}.
 */
public class RealKernelContract extends KernelContract {
  private static final LinuxKernel KERNEL =
      new LinuxKernel(Path.of(System.getProperty("modules")), Path.of(System.getProperty("tools")));

  @Override
  protected Kernel kernel() {
    return KERNEL;
  }

  @Override
  protected String netDevice() {
    return System.getProperty("device");
  }

  /** Prints what failed, and how many passed; exits with 1 if any failed or none ran. */
  public static void main(String[] arguments) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(RealKernelContract.class))
                .build(),
            listener);
    listener.getSummary().printFailuresTo(new PrintWriter(System.out, true));
    long passed = listener.getSummary().getTestsSucceededCount();
    long failed = listener.getSummary().getTotalFailureCount();
    System.out.printf("contract: %d passed, %d failed%n", passed, failed);
    System.exit(failed == 0 && passed > 0 ? 0 : 1);
  }
}
