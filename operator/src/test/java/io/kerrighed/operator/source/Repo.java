// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kerrighed.api.v1alpha1.ConfigSource;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.revwalk.RevCommit;

/** Somebody's repository. */
final class Repo implements AutoCloseable {
  private static final PersonIdent WHO = new PersonIdent("test", "test@example.org");

  private final Path directory;
  private final Git git;

  Repo(Path directory) throws Exception {
    this.directory = directory;
    git = Git.init().setDirectory(directory.toFile()).setInitialBranch("main").call();
  }

  Path directory() {
    return directory;
  }

  Git git() {
    return git;
  }

  String url() {
    return "file://" + directory;
  }

  RevCommit commit(String path, String text) throws Exception {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    git.add().addFilepattern(".").call();
    return git.commit()
        .setSign(false)
        .setAuthor(WHO)
        .setCommitter(WHO)
        .setMessage("change " + path)
        .call();
  }

  RevCommit amend(String message) throws Exception {
    return git.commit().setAmend(true).setSign(false).setCommitter(WHO).setMessage(message).call();
  }

  /** An annotated tag of HEAD; moves it if it is there. */
  void tag(String name) throws Exception {
    git.tag()
        .setName(name)
        .setMessage(name)
        .setTagger(WHO)
        .setSigned(false)
        .setForceUpdate(true)
        .call();
  }

  /**
   * A source named lab that follows this repository.
   *
   * @param spec further fields, in YAML's flow style
   */
  ConfigSource source(String spec) {
    return source(url(), spec);
  }

  static ConfigSource source(String url, String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: kerrighed.io/v1alpha1
        kind: ConfigSource
        metadata: {name: lab}
        spec: {url: '%s'%s}
        """
            .formatted(url, spec.isEmpty() ? "" : ", " + spec),
        ConfigSource.class);
  }

  @Override
  public void close() {
    git.close();
  }
}
