// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bash makes of it. */
class CompletionCommandTest {
  @TempDir Path directory;

  private String completed(String... words) throws IOException, InterruptedException {
    Path script = directory.resolve("completion");
    Files.writeString(script, ControlPlane.run("completion").orFail());
    String test =
        "source %s; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_krgctl; printf '%%s\\n' \"${COMPREPLY[@]}\""
            .formatted(script, String.join(" ", words), words.length - 1);
    Process bash = new ProcessBuilder("bash", "-c", test).redirectError(Redirect.DISCARD).start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(out).isZero();
    return out;
  }

  @Test
  void commandsAndTheirOptionsAreCompleted() throws Exception {
    assertThat(completed("krgctl", "jo")).isEqualTo("join-token\n");
    assertThat(completed("krgctl", "status", "--kube")).isEqualTo("--kubeconfig\n");
    assertThat(completed("krgctl", "status", "-o", "j")).isEqualTo("json\n");
  }
}
