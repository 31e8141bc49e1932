// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.source;

import io.kerrighed.api.manifest.SourceFile;
import io.kerrighed.api.v1alpha1.ConfigSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.util.FileUtils;

/**
 * Local copies of the repositories: a folder a source, with one bare repository. Files are read out
 * of the commit itself: nothing is checked out, so no link and no path can lead out of it.
 */
final class GitCache {
  private static final int MAX_FILES = 1_000;
  private static final long MAX_BYTES = 16L << 20;

  private final Path directory;

  /** Opens a cache that nobody else uses. */
  GitCache(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    removeLocks();
  }

  /** An operator that was killed leaves locks, which would keep every later one from fetching. */
  private void removeLocks() throws IOException {
    List<Path> locks;
    try (var files = Files.walk(directory)) {
      locks = files.filter(file -> file.toString().endsWith(".lock")).toList();
    }
    for (Path lock : locks) {
      Files.delete(lock);
    }
  }

  /** The local copy; the caller closes it. */
  Repository open(ConfigSource source) throws IOException {
    Path path = path(source);
    Repository repository = new FileRepositoryBuilder().setGitDir(path.toFile()).setBare().build();
    if (Files.notExists(path.resolve("objects"))) {
      // Of another URL, from before the source was changed.
      delete(path.getParent());
      repository.create(true);
    }
    return repository;
  }

  /** Deletes the local copy. */
  void forget(ConfigSource source) throws IOException {
    delete(path(source));
  }

  /** Deletes the local copies of all other sources. */
  void keepOnly(Set<String> names) throws IOException {
    try (var entries = Files.list(directory)) {
      for (Path entry : entries.toList()) {
        if (!names.contains(entry.getFileName().toString())) {
          delete(entry);
        }
      }
    }
  }

  private static void delete(Path path) throws IOException {
    FileUtils.delete(path.toFile(), FileUtils.RECURSIVE | FileUtils.SKIP_MISSING);
  }

  private Path path(ConfigSource source) {
    byte[] url = source.getSpec().url().getBytes(StandardCharsets.UTF_8);
    return directory
        .resolve(source.getMetadata().getName())
        .resolve(UUID.nameUUIDFromBytes(url) + ".git");
  }

  /**
   * The manifests of a fetched revision, named by their paths from the root of the repository.
   *
   * @param folder from that root
   */
  List<SourceFile> read(ConfigSource source, Revision revision, String folder)
      throws SourceException {
    String root = Path.of("/").resolve(folder).normalize().toString().substring(1);
    try (Repository repository = open(source);
        RevWalk commits = new RevWalk(repository);
        ObjectReader objects = repository.newObjectReader()) {
      RevTree tree = commits.parseCommit(revision.commit()).getTree();
      try (TreeWalk walk = start(objects, tree, root)) {
        if (walk == null) {
          throw new SourceException("PathNotFound", "no folder " + folder + " in " + revision);
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
}
