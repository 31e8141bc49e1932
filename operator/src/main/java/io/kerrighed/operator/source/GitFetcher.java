// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.v1alpha1.ConfigSource;
import io.kerrighed.api.v1alpha1.ConfigSourceSpec;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.api.FetchCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.JGitInternalException;
import org.eclipse.jgit.api.errors.TransportException;
import org.eclipse.jgit.errors.PackProtocolException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.TagOpt;

/** Brings the commit that a source asks for, with a little of its history, into the cache. */
final class GitFetcher {
  /** So much history tells a push of some commits from a branch that was rewritten. */
  static final int DEPTH = 64;

  private static final int TIMEOUT_SECONDS = 30;

  /** Under a name of our own: the remote's may be a file today and a folder tomorrow. */
  private static final String FETCHED = "refs/kerrighed/fetched";

  private final GitCache cache;

  GitFetcher(GitCache cache) {
    this.cache = cache;
  }

  Revision fetch(ConfigSource source, GitAccess access) throws SourceException {
    ConfigSourceSpec spec = source.getSpec();
    try {
      if (spec.commit() != null) {
        return commit(source, access);
      }
      if (spec.branch() != null) {
        return reference(source, access, Constants.R_HEADS, spec.branch());
      }
      String tag = spec.tag() == null ? highest(spec, access) : spec.tag();
      return reference(source, access, Constants.R_TAGS, tag);
    } catch (GitAPIException | IOException | JGitInternalException | IllegalArgumentException e) {
      throw FetchFailure.of(wanted(spec), spec, e);
    }
  }

  private static String wanted(ConfigSourceSpec spec) {
    if (spec.branch() != null) {
      return "branch " + spec.branch();
    }
    if (spec.commit() != null) {
      return "commit " + spec.commit();
    }
    return spec.tag() == null ? "tags " + spec.semver() : "tag " + spec.tag();
  }

  private Revision reference(ConfigSource source, GitAccess access, String kind, String name)
      throws GitAPIException, IOException {
    try {
      return newest(source, access, kind, name);
    } catch (TransportException e) {
      if (!isMisunderstanding(e)) {
        throw e;
      }
      cache.forget(source);
      return newest(source, access, kind, name);
    }
  }

  /**
   * JGit may trip over the old protocol's answer when the end of the history that it has moves;
   * with nothing here it has nothing to tell, and gets none.
   */
  private static boolean isMisunderstanding(Throwable problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof PackProtocolException) {
        return true;
      }
    }
    return false;
  }

  private Revision newest(ConfigSource source, GitAccess access, String kind, String name)
      throws GitAPIException, IOException {
    try (Repository repository = cache.open(source);
        Git git = new Git(repository)) {
      FetchCommand fetch = fetch(git, source, access, "+" + kind + name + ":" + FETCHED);
      // What is on this machine costs nothing, and JGit speaks only the old protocol with itself.
      if (!source.getSpec().url().startsWith("file:")) {
        fetch.setDepth(DEPTH);
      }
      fetch.call();
      ObjectId commit = repository.resolve(FETCHED + "^{commit}");
      if (commit == null) {
        throw new IOException(name + " is no commit");
      }
      return new Revision(name, commit);
    }
  }

  private static String highest(ConfigSourceSpec spec, GitAccess access)
      throws GitAPIException, SourceException {
    List<String> tags =
        Git.lsRemoteRepository()
            .setRemote(spec.url())
            .setTags(true)
            .setTransportConfigCallback(access)
            .setTimeout(TIMEOUT_SECONDS)
            .call()
            .stream()
            .map(Ref::getName)
            .map(Repository::shortenRefName)
            .toList();
    return TagRange.highest(tags, spec.semver())
        .orElseThrow(
            () ->
                new SourceException(
                    "NoVersion",
                    "none of %d tags is a version in the range %s: push one, or change spec.semver"
                        .formatted(tags.size(), spec.semver())));
  }

  /**
   * A commit never changes: what is here needs no network. What is not is fetched into an empty
   * copy, because one with a part of the history confuses servers that are asked for another part.
   */
  private Revision commit(ConfigSource source, GitAccess access)
      throws GitAPIException, IOException, SourceException {
    ConfigSourceSpec spec = source.getSpec();
    ObjectId id = ObjectId.fromString(spec.commit());
    if (!has(source, id)) {
      cache.forget(source);
      try (Repository repository = cache.open(source);
          Git git = new Git(repository)) {
        fetchCommit(git, source, access, id);
      }
    }
    if (!has(source, id)) {
      throw new SourceException(
          "FetchFailed",
          "no branch and no tag of %s has the commit %s: was it pushed?"
              .formatted(spec.url(), spec.commit()));
    }
    return new Revision(null, id);
  }

  /** Many servers give a commit only to who asks for a branch or tag that has it. */
  private static void fetchCommit(Git git, ConfigSource source, GitAccess access, ObjectId id)
      throws GitAPIException {
    try {
      fetch(git, source, access, "+" + id.name() + ":" + FETCHED).setDepth(1).call();
    } catch (TransportException e) {
      fetch(
              git,
              source,
              access,
              "+refs/heads/*:refs/kerrighed/heads/*",
              "+refs/tags/*:refs/kerrighed/tags/*")
          .call();
    }
  }

  private boolean has(ConfigSource source, ObjectId id) throws IOException {
    try (Repository repository = cache.open(source)) {
      return repository.getObjectDatabase().has(id);
    }
  }

  private static FetchCommand fetch(
      Git git, ConfigSource source, GitAccess access, String... references) {
    return git.fetch()
        .setRemote(source.getSpec().url())
        .setTransportConfigCallback(access)
        .setRefSpecs(references)
        .setTagOpt(TagOpt.NO_TAGS)
        .setTimeout(TIMEOUT_SECONDS);
  }

  /**
   * What a fetched revision's reference points to: an annotated tag, or the commit.
   *
   * @param repository the local copy
   */
  static ObjectId object(ConfigSource source, Repository repository, Revision revision)
      throws IOException {
    boolean tag = revision.reference() != null && source.getSpec().branch() == null;
    return tag ? repository.resolve(FETCHED) : revision.commit();
  }

  /**
   * Tells if history was changed under a source.
   *
   * @param before what was fetched the last time, as its status says; may be null
   * @return a sentence about it, empty if the new revision simply follows the old one
   */
  Optional<String> rewritten(ConfigSource source, String before, Revision now) {
    Optional<Revision> old = Revision.parse(before);
    if (now.reference() == null
        || old.isEmpty()
        || !now.reference().equals(old.get().reference())
        || old.get().commit().equals(now.commit())) {
      return Optional.empty();
    }
    String was = old.get().commit().name();
    if (source.getSpec().branch() == null) {
      return Optional.of(
          "tag %s was moved from %s to %s".formatted(now.reference(), was, now.commit().name()));
    }
    return follows(source, old.get().commit(), now.commit())
        ? Optional.empty()
        : Optional.of(
            "branch %s was rewritten: %s is not in the history of %s"
                .formatted(now.reference(), was, now.commit().name()));
  }

  private boolean follows(ConfigSource source, ObjectId old, ObjectId now) {
    try (Repository repository = cache.open(source);
        RevWalk walk = new RevWalk(repository)) {
      walk.markStart(walk.parseCommit(now));
      for (RevCommit commit : walk) {
        if (commit.equals(old)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      // The local copy has lost something: that is no news about the remote.
      return true;
    }
  }
}
