// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.operator.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kerrighed.api.v1alpha1.Verification.Signed;
import io.kerrighed.operator.git.Signer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against signatures that git, gpg and ssh-keygen have made. */
class SignaturesTest {
  @TempDir Path directory;
  private Repository repository;

  @BeforeEach
  void start() throws Exception {
    git("init", "-q", "-b", "main");
    git("commit", "-q", "--allow-empty", "-m", "not signed");
    repository = new FileRepositoryBuilder().setWorkTree(directory.toFile()).build();
  }

  @AfterEach
  void end() {
    repository.close();
  }

  @Test
  void takesWhatIsSigned() throws Exception {
    try (Signer ssh = Signer.ssh();
        Signer pgp = Signer.openPgp()) {
      for (Signer signer : List.of(ssh, pgp)) {
        String kind = signer == ssh ? "SSH key SHA256:" : "OpenPGP key ";
        git(signer, "commit", "-q", "--allow-empty", "-S", "-m", "signed\n\nBody, \u00e4.");
        git(signer, "tag", "-f", "-s", "-m", "a tag\n\nof some lines", "v1");
        for (List<String> keys :
            List.of(
                List.of(signer.publicKey()),
                List.of("# two\n" + ssh.publicKey(), pgp.publicKey()),
                List.of(pgp.publicKey() + "\n" + pgp.publicKey(), ssh.publicKey()))) {
          assertThat(verify("HEAD", Signed.COMMIT, keys)).startsWith(kind);
          assertThat(verify("v1", Signed.COMMIT, keys)).startsWith(kind);
          assertThat(verify("v1", Signed.TAG, keys)).startsWith(kind);
          assertThat(verify("v1", Signed.BOTH, keys)).matches(kind + ".* and " + kind + ".*");
        }
      }
    }
  }

  @Test
  void refusesWhoIsNotTrusted() throws Exception {
    try (Signer ssh = Signer.ssh();
        Signer otherSsh = Signer.ssh();
        Signer pgp = Signer.openPgp();
        Signer otherPgp = Signer.openPgp()) {
      git(ssh, "commit", "-q", "--allow-empty", "-S", "-m", "signed");
      String notSsh = "is signed with SSH, but not with a key of spec.verify";
      assertRefused("HEAD", Signed.COMMIT, List.of(otherSsh.publicKey()), notSsh);
      assertRefused("HEAD", Signed.COMMIT, List.of(pgp.publicKey()), notSsh);
      git(pgp, "commit", "-q", "--allow-empty", "-S", "-m", "signed");
      String notPgp = "which is not among spec.verify";
      assertRefused("HEAD", Signed.COMMIT, List.of(otherPgp.publicKey()), notPgp);
      assertRefused("HEAD", Signed.COMMIT, List.of(ssh.publicKey()), notPgp);
    }
  }

  @Test
  void refusesWhatWasChangedAfterwards() throws Exception {
    try (Signer ssh = Signer.ssh();
        Signer pgp = Signer.openPgp()) {
      git(pgp, "commit", "-q", "--allow-empty", "-S", "-m", "pay one");
      ObjectId changed = changed("HEAD", "pay one", "pay two");
      assertRefused(
          changed.name(),
          Signed.COMMIT,
          List.of(pgp.publicKey()),
          "was changed after it was signed");
      git(ssh, "commit", "-q", "--allow-empty", "-S", "-m", "pay one");
      changed = changed("HEAD", "pay one", "pay two");
      assertRefused(changed.name(), Signed.COMMIT, List.of(ssh.publicKey()), "signed with SSH");
      // A signature is about one object: as that of another it says nothing.
      git(ssh, "tag", "-s", "-m", "text", "v1");
      changed = changed("v1", "tag v1", "tag v2");
      assertThatThrownBy(
              () ->
                  Signatures.verify(
                      repository, id("v1"), "v2", Signed.TAG, List.of(ssh.publicKey())))
          .hasMessage("tag v2 was signed as v1: somebody has given it another name");
      ObjectId other = changed;
      assertThatThrownBy(
              () ->
                  Signatures.verify(repository, other, "v2", Signed.TAG, List.of(ssh.publicKey())))
          .hasMessageContaining("signed with SSH");
    }
  }

  @Test
  void refusesWhatIsNotSigned() throws Exception {
    try (Signer ssh = Signer.ssh()) {
      List<String> keys = List.of(ssh.publicKey());
      assertRefused("HEAD", Signed.COMMIT, keys, "is not signed: sign it with git commit -S");
      git("tag", "light");
      assertRefused("light", Signed.TAG, keys, "tag light is a lightweight one");
      git("tag", "-a", "-m", "text", "annotated");
      assertRefused("annotated", Signed.TAG, keys, "tag annotated is not signed");
      git(ssh, "tag", "-s", "-m", "text", "signed");
      assertThat(verify("signed", Signed.TAG, keys)).startsWith("SSH key");
      assertRefused("signed", Signed.BOTH, keys, "is not signed: sign it with git commit -S");
    }
  }

  @Test
  void refusesKeysThatAreOverOrRevoked() throws Exception {
    try (Signer expired = Signer.expiredOpenPgp();
        Signer revoked = Signer.openPgp()) {
      git(expired, "commit", "-q", "--allow-empty", "-S", "-m", "signed");
      assertRefused(
          "HEAD", Signed.COMMIT, List.of(expired.publicKey()), "which has expired on 2020");
      git(revoked, "commit", "-q", "--allow-empty", "-S", "-m", "signed");
      assertThat(verify("HEAD", Signed.COMMIT, List.of(revoked.publicKey()))).isNotEmpty();
      assertRefused("HEAD", Signed.COMMIT, List.of(revoked.revoked()), "which is revoked");
    }
  }

  @Test
  void refusesWhatIsNoKey() {
    assertRefused("HEAD", Signed.COMMIT, List.of(), "spec.verify has no key");
    assertRefused("HEAD", Signed.COMMIT, List.of("# nothing\n\n"), "spec.verify has no key");
    for (String bad : List.of("abc", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-foo AAAAC3Nz me")) {
      assertRefused("HEAD", Signed.COMMIT, List.of(bad), "of spec.verify is no public key");
    }
    assertRefused(
        "HEAD",
        Signed.COMMIT,
        List.of("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n"),
        "an OpenPGP key of spec.verify cannot be read");
  }

  private String verify(String reference, Signed signed, List<String> keys) throws Exception {
    return Signatures.verify(repository, id(reference), reference, signed, keys);
  }

  private void assertRefused(String reference, Signed signed, List<String> keys, String message) {
    assertThatThrownBy(() -> verify(reference, signed, keys))
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining(message);
  }

  private ObjectId id(String reference) throws Exception {
    return repository.resolve(reference);
  }

  private ObjectId changed(String reference, String from, String to) throws Exception {
    var loader = repository.open(id(reference));
    String text = new String(loader.getBytes(), StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      byte[] bytes = text.replace(from, to).getBytes(StandardCharsets.UTF_8);
      ObjectId id = inserter.insert(loader.getType(), bytes);
      inserter.flush();
      assertThat(loader.getType()).isIn(Constants.OBJ_COMMIT, Constants.OBJ_TAG);
      return id;
    }
  }

  private void git(String... words) throws Exception {
    run(List.of(words), List.of());
  }

  private void git(Signer signer, String... words) throws Exception {
    run(List.of(words), signer.options());
  }

  private void run(List<String> words, List<String> options) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("git", "-c", "user.name=test", "-c", "user.email=test@example.org"));
    command.addAll(options);
    command.addAll(words);
    Process process = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }
}
