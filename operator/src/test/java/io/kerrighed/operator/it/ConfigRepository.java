// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.it;

import io.kerrighed.operator.git.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A bare repository and a person's clone of it, used through the git command as people do. */
final class ConfigRepository {
  private static final Map<String, String> IDENTITY =
      Map.of(
          "GIT_AUTHOR_NAME", "test",
          "GIT_AUTHOR_EMAIL", "test@example.org",
          "GIT_COMMITTER_NAME", "test",
          "GIT_COMMITTER_EMAIL", "test@example.org");

  private final Path bare;
  private final Path clone;

  ConfigRepository(Path directory) {
    bare = directory.resolve("lab.git");
    clone = directory.resolve("clone");
    git(directory, "init", "-q", "--bare", "-b", "main", bare.toString());
    git(directory, "init", "-q", "-b", "main", clone.toString());
    git(clone, "remote", "add", "origin", bare.toString());
  }

  String url() {
    return "file://" + bare;
  }

  /** The bare repository. */
  Path directory() {
    return bare;
  }

  void write(String file, String text) throws IOException {
    Files.createDirectories(clone.resolve(file).getParent());
    Files.writeString(clone.resolve(file), text);
  }

  String read(String file) throws IOException {
    return Files.readString(clone.resolve(file));
  }

  /** Replaces a text that is there. */
  void replace(String file, String old, String by) throws IOException {
    String text = read(file);
    if (!text.contains(old)) {
      throw new AssertionError(file + " has no " + old);
    }
    write(file, text.replaceFirst(java.util.regex.Pattern.quote(old), by));
  }

  void delete(String file) throws IOException {
    Files.delete(clone.resolve(file));
  }

  /**
   * @return the revision as the operator names it
   */
  String push(String message) {
    commit(message);
    return push();
  }

  /**
   * Without pushing it.
   *
   * @return the revision as the operator will name it
   */
  String commit(String message) {
    git(clone, "add", "-A");
    git(clone, "commit", "-q", "--allow-empty", "-m", message);
    return "main@sha1:" + head();
  }

  String push() {
    git(clone, "push", "-q", "origin", "main");
    return "main@sha1:" + head();
  }

  /**
   * From a PC whose clock is wrong.
   *
   * @param date as {@code GIT_COMMITTER_DATE} has it
   */
  String pushAt(String date, String message) {
    git(clone, "add", "-A");
    Map<String, String> environment = new HashMap<>(IDENTITY);
    environment.put("GIT_AUTHOR_DATE", date);
    environment.put("GIT_COMMITTER_DATE", date);
    Command.run(clone, environment, "git", "commit", "-q", "--allow-empty", "-m", message).orFail();
    return push();
  }

  String pushSigned(String message, Signer signer) {
    git(clone, "add", "-A");
    git(clone, signer, "commit", "-q", "--allow-empty", "-S", "-m", message);
    return push();
  }

  String tagSigned(String name, Signer signer) {
    git(clone, signer, "tag", "-f", "-s", "-m", name, name);
    return sendTag(name);
  }

  String revert() {
    git(clone, "revert", "--no-edit", "HEAD");
    return push();
  }

  /** Puts another commit in the place of the newest one, as {@code git push --force} does. */
  String rewrite(String message) {
    git(clone, "add", "-A");
    git(clone, "commit", "-q", "--amend", "-m", message);
    git(clone, "push", "-q", "--force", "origin", "main");
    return "main@sha1:" + head();
  }

  /** Tags the newest commit; a tag that is there is moved. */
  String tag(String name) {
    git(clone, "tag", "-f", "-m", name, name);
    return sendTag(name);
  }

  private String sendTag(String name) {
    git(clone, "push", "-q", "--force", "origin", "refs/tags/" + name);
    return name + "@sha1:" + head();
  }

  String head() {
    return git(clone, "rev-parse", "HEAD").strip();
  }

  /** What the operator has noted on a commit of the remote; empty if nothing. */
  String note(String commit) {
    return Command.run(bare, IDENTITY, "git", "notes", "--ref=kerrighed", "show", commit)
        .out()
        .strip();
  }

  private static String git(Path directory, String... words) {
    return git(directory, List.of(), words);
  }

  private static String git(Path directory, Signer signer, String... words) {
    return git(directory, signer.options(), words);
  }

  private static String git(Path directory, List<String> options, String... words) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(options);
    command.addAll(List.of(words));
    return Command.run(directory, IDENTITY, command.toArray(String[]::new)).orFail();
  }
}
