// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Chooses how QEMU runs a guest. That /dev/kvm exists says little (it may not work inside another
 * virtual machine), so a guest is started with it once per boot of the host.
 */
final class Accelerator {
  private static final String EMULATION = "tcg,thread=multi,tb-size=256";
  private static final String KVM = "kvm";

  private Accelerator() {}

  static String choose(Path cache, KernelImage kernel, Path initramfs)
      throws IOException, InterruptedException {
    if (!Files.isWritable(Path.of("/dev/kvm"))) {
      return EMULATION;
    }
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    Path known = cache.resolve("kvm");
    if (Files.exists(known)) {
      String[] words = Files.readString(known).strip().split(" ");
      if (words.length == 2 && words[0].equals(boot)) {
        return words[1].equals("works") ? KVM : EMULATION;
      }
    }
    boolean works = kvmBoots(kernel, initramfs);
    Files.writeString(known, "%s %s%n".formatted(boot, works ? "works" : "fails"));
    return works ? KVM : EMULATION;
  }

  /**
   * The processor to show a guest. Emulated, one without cmpxchg16b: up to version 7.2 QEMU
   * computes the flags before it from a stale state (its translator does not store which operation
   * set them last, so an address may be taken for them), and an interrupt that comes just then
   * makes the guest's kernel die of a double fault. Kernels have another way to allocate memory
   * then. And one without fast "rep movsb", which is emulated byte by byte: kernels copy and clear
   * pages in larger units then.
   */
  static String processor(String accelerator) {
    return accelerator.equals(EMULATION) ? "max,-cx16,-erms,-fsrm" : "max";
  }

  private static boolean kvmBoots(KernelImage kernel, Path initramfs)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("kvm-probe", ".log");
    Process probe =
        new ProcessBuilder(
                "qemu-system-x86_64",
                "-accel",
                KVM,
                "-cpu",
                "max",
                "-m",
                "256",
                "-nodefaults",
                "-display",
                "none",
                "-no-reboot",
                "-serial",
                "file:" + log,
                "-kernel",
                kernel.vmlinuz().toString(),
                "-initrd",
                initramfs.toString(),
                "-append",
                "console=ttyS0 panic=-1 no_timer_check lab.probe")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    boolean ended = probe.waitFor(20, TimeUnit.SECONDS);
    probe.destroyForcibly().waitFor();
    boolean booted = ended && Files.readString(log).contains("lab: probe ok");
    Files.delete(log);
    return booted;
  }
}
