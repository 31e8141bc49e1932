// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.manifest.SourceFile;
import io.kerrighed.api.v1alpha1.ConfigSourceSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * Local copies of the repositories, one bare repository a URL. Files are read out of the commit
 * itself: nothing is checked out, so no link and no path can lead out of it.
 */
final class GitCache {
  private static final int MAX_FILES = 1_000;
  private static final long MAX_BYTES = 16L << 20;
  private static final int TIMEOUT_SECONDS = 30;

  private final Path directory;

  GitCache(Path directory) {
    this.directory = directory;
  }

  /** Fetches the branch's newest commit. */
  Revision fetch(ConfigSourceSpec spec) throws SourceException {
    String branch = Constants.R_HEADS + spec.branch();
    try (Repository repository = open(spec.url());
        Git git = new Git(repository)) {
      git.fetch()
          .setRemote(spec.url())
          .setRefSpecs(new RefSpec("+" + branch + ":" + branch))
          .setDepth(1)
          .setTimeout(TIMEOUT_SECONDS)
          .call();
      ObjectId commit = repository.resolve(branch);
      if (commit == null) {
        throw new SourceException(
            "FetchFailed", "no branch " + spec.branch() + " in " + spec.url());
      }
      return new Revision(spec.branch(), commit);
    } catch (GitAPIException | IOException | IllegalArgumentException e) {
      throw new SourceException(
          "FetchFailed", "cannot fetch " + spec.branch() + ": " + e.getMessage(), e);
    }
  }

  /** The manifests of a fetched revision, named by their paths from the root of the repository. */
  List<SourceFile> read(ConfigSourceSpec spec, Revision revision) throws SourceException {
    String root = Path.of("/").resolve(spec.path()).normalize().toString().substring(1);
    try (Repository repository = open(spec.url());
        RevWalk commits = new RevWalk(repository);
        ObjectReader objects = repository.newObjectReader()) {
      RevTree tree = commits.parseCommit(revision.commit()).getTree();
      try (TreeWalk walk = start(objects, tree, root)) {
        if (walk == null) {
          throw new SourceException("PathNotFound", "no folder " + spec.path() + " in " + revision);
        }
        return files(walk, objects, root);
      }
    } catch (IOException e) {
      throw new SourceException(
          "FetchFailed", "cannot read " + revision + ": " + e.getMessage(), e);
    }
  }

  /** A walk below the folder, or null if there is no such folder. */
  private static TreeWalk start(ObjectReader objects, RevTree tree, String root)
      throws IOException {
    ObjectId top = tree;
    if (!root.isEmpty()) {
      try (TreeWalk folder = TreeWalk.forPath(objects, root, tree)) {
        if (folder == null || !FileMode.TREE.equals(folder.getFileMode())) {
          return null;
        }
        top = folder.getObjectId(0);
      }
    }
    TreeWalk walk = new TreeWalk(objects);
    walk.addTree(top);
    walk.setRecursive(true);
    return walk;
  }

  private static List<SourceFile> files(TreeWalk walk, ObjectReader objects, String root)
      throws IOException, SourceException {
    List<SourceFile> files = new ArrayList<>();
    long bytes = 0;
    while (walk.next()) {
      if (!isFile(walk.getFileMode()) || !SourceFile.isManifest(walk.getPathString())) {
        continue;
      }
      String path = root.isEmpty() ? walk.getPathString() : root + "/" + walk.getPathString();
      bytes += objects.getObjectSize(walk.getObjectId(0), Constants.OBJ_BLOB);
      if (files.size() == MAX_FILES || bytes > MAX_BYTES) {
        throw new SourceException(
            "TooLarge", path + ": more than " + MAX_FILES + " files or 16 MiB: set spec.path");
      }
      files.add(new SourceFile(path, objects.open(walk.getObjectId(0)).getBytes()));
    }
    return files;
  }

  private static boolean isFile(FileMode mode) {
    return FileMode.REGULAR_FILE.equals(mode) || FileMode.EXECUTABLE_FILE.equals(mode);
  }

  private Repository open(String url) throws IOException {
    String name = UUID.nameUUIDFromBytes(url.getBytes(StandardCharsets.UTF_8)) + ".git";
    Path path = directory.resolve(name);
    Repository repository = new FileRepositoryBuilder().setGitDir(path.toFile()).setBare().build();
    if (Files.notExists(path.resolve("objects"))) {
      repository.create(true);
    }
    return repository;
  }
}
