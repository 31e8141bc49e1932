// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.JGitInternalException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.notes.Note;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.RemoteRefUpdate.Status;
import org.eclipse.jgit.transport.TagOpt;

/**
 * Says on the commit itself what became of it, one line a source, where {@code git log
 * --notes=kerrighed} shows it.
 */
final class CommitNotes {
  static final String REF = "refs/notes/kerrighed";

  /**
   * With a wildcard the remote need not have it yet; JGit lets that stand for one letter or more.
   */
  private static final String FETCHED = "+refs/notes/kerrighe*:refs/notes/kerrighe*";

  private static final int TIMEOUT_SECONDS = 30;

  /** Others may write notes at the same time. */
  private static final int TRIES = 5;

  private final GitCache cache;

  CommitNotes(GitCache cache) {
    this.cache = cache;
  }

  /**
   * Writes a source's line, in the place of the one that it may have there, and pushes it.
   *
   * @param outcome a sentence; line ends in it become spaces
   * @throws SourceException if the remote does not take it
   */
  void write(ConfigSource source, GitAccess access, ObjectId commit, String outcome)
      throws SourceException {
    try (Repository repository = cache.open(source);
        Git git = new Git(repository)) {
      repository.getConfig().setString("user", null, "name", "Kerrighed operator");
      repository.getConfig().setString("user", null, "email", "operator@kerrighed.invalid");
      Status status = null;
      for (int i = 0; i < TRIES && status != Status.OK; i++) {
        fetch(git, source, access);
        add(git, source, commit, outcome.replaceAll("\\s+", " "));
        RemoteRefUpdate update = push(git, source, access);
        status = update.getStatus() == Status.UP_TO_DATE ? Status.OK : update.getStatus();
        if (status == Status.REJECTED_OTHER_REASON) {
          throw new IOException(update.getMessage());
        }
      }
      if (status != Status.OK) {
        throw new IOException("the remote answers " + status);
      }
    } catch (GitAPIException | IOException | JGitInternalException e) {
      throw new SourceException(
          "NoteNotPushed",
          "cannot push the note on %s: %s; may the credentials push, or set spec.notes to false"
              .formatted(commit.name(), e.getMessage()),
          e);
    }
  }

  /** What others have written; and nothing that could not be pushed before. */
  private static void fetch(Git git, ConfigSource source, GitAccess access) throws GitAPIException {
    git.fetch()
        .setRemote(source.getSpec().url())
        .setTransportConfigCallback(access)
        .setRefSpecs(FETCHED)
        .setRemoveDeletedRefs(true)
        .setTagOpt(TagOpt.NO_TAGS)
        .setTimeout(TIMEOUT_SECONDS)
        .call();
  }

  private static void add(Git git, ConfigSource source, ObjectId id, String outcome)
      throws GitAPIException, IOException {
    try (RevWalk walk = new RevWalk(git.getRepository())) {
      RevCommit commit = walk.parseCommit(id);
      Note old = git.notesShow().setNotesRef(REF).setObjectId(commit).call();
      String text =
          old == null
              ? ""
              : new String(
                  git.getRepository().open(old.getData()).getBytes(), StandardCharsets.UTF_8);
      String begin = "ConfigSource " + source.getMetadata().getName() + ": ";
      String others =
          text.lines()
              .filter(line -> !line.startsWith(begin))
              .map(line -> line + "\n")
              .collect(Collectors.joining());
      git.notesAdd()
          .setNotesRef(REF)
          .setObjectId(commit)
          .setMessage(others + begin + outcome + "\n")
          .call();
    }
  }

  private static RemoteRefUpdate push(Git git, ConfigSource source, GitAccess access)
      throws GitAPIException {
    Iterable<PushResult> results =
        git.push()
            .setRemote(source.getSpec().url())
            .setTransportConfigCallback(access)
            .setRefSpecs(new RefSpec(REF + ":" + REF))
            .setTimeout(TIMEOUT_SECONDS)
            .call();
    return results.iterator().next().getRemoteUpdate(REF);
  }
}
