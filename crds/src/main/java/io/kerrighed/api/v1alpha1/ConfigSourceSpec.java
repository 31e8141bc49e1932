// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Of branch, tag, semver and commit at most one is not null; the branch if none was written. */
@ApiType
@ValidationRule(
    value =
        "[has(self.branch), has(self.tag), has(self.semver), has(self.commit)]"
            + ".filter(given, given).size() <= 1",
    message = "only one of branch, tag, semver and commit may be given: remove the others")
@ValidationRule(
    value =
        "!has(self.interval)"
            + " || (duration(self.interval) >= duration('1s')"
            + " && duration(self.interval) <= duration('24h'))",
    fieldPath = ".interval",
    message = "interval must be from 1s to 24h")
@ValidationRule(
    value = "!self.url.startsWith('ssh://') || has(self.credentialsSecret)",
    fieldPath = ".credentialsSecret",
    message = "an ssh:// repository needs credentialsSecret, with identity and known_hosts")
@ValidationRule(
    value = "!self.url.startsWith('file://') || !has(self.credentialsSecret)",
    fieldPath = ".credentialsSecret",
    message = "a file:// repository takes no credentials: remove credentialsSecret")
@ValidationRule(
    value =
        "!has(self.verify) || self.verify.signed == 'Commit' || has(self.tag) || has(self.semver)",
    fieldPath = ".verify",
    message = "only a source with tag or semver has a tag to verify: set verify.signed to Commit")
@ValidationRule(
    value = "!has(self.rollback) || self.rollback == 'Never' || (has(self.wait) && self.wait)",
    fieldPath = ".rollback",
    message = "rollback needs wait: true, else nobody finds out that a revision is not healthy")
@ValidationRule(
    value =
        "!has(self.timeout)"
            + " || (duration(self.timeout) >= duration('1s')"
            + " && duration(self.timeout) <= duration('24h'))",
    fieldPath = ".timeout",
    message = "timeout must be from 1s to 24h")
public record ConfigSourceSpec(
    @JsonPropertyDescription(
            "Git repository, as https://host/path, ssh://git@host/path, or file:///path on the operator's machine; without password.")
        @Required
        @Pattern("^((https|file)://[^@]*|ssh://([A-Za-z0-9._-]+@)?[^@:/]+(:[0-9]+)?/[^@]*)$")
        @Size(min = 8, max = 2048)
        String url,
    @JsonPropertyDescription(
            "Name of a Secret in the namespace kerrighed. For https: username and password, or bearerToken; ca.crt if the server's certificate is of a CA of your own. For ssh: identity (a private key), password if that has a passphrase, and known_hosts.")
        @Pattern(Api.NAME)
        @Size(max = 253)
        String credentialsSecret,
    @JsonPropertyDescription(
            "Branch to follow; main when tag, semver and commit are left out too. One that is rewritten is followed all the same, and an event says so.")
        @Pattern(REFERENCE)
        @Size(min = 1, max = 255)
        String branch,
    @JsonPropertyDescription("Tag to follow, as v1.2.0; if it is moved, so is the cluster.")
        @Pattern(REFERENCE)
        @Size(min = 1, max = 255)
        String tag,
    @JsonPropertyDescription(
            "Follow the highest version among the tags (v1.2.0 or 1.2.0) that is in this range, as '>=1.2 <2', '1.x', '~1.2.0' or '^1.2 || 3.x'. Pre-releases count only if the range names one.")
        @Pattern(VERSIONS)
        @Size(min = 1, max = 255)
        String semver,
    @JsonPropertyDescription("Stay at this commit; all 40 digits of its id.")
        @Pattern("^[0-9a-f]{40}$")
        String commit,
    @JsonPropertyDescription(
            "Apply only what is signed with one of these keys; the last revision that was stays in force. Nothing is verified when left out.")
        Verification verify,
    @JsonPropertyDescription(
            "Folder of the repository whose *.yaml and *.yml files are read, with its subfolders.")
        @Default(".")
        @Size(min = 1, max = 1024)
        String path,
    @JsonPropertyDescription(
            "Read only the folders base and overlays/NAME below path: an object of the overlay that base has too patches that one. Mappings are merged, lists and values replaced, null removes a field; other objects are added.")
        @Pattern("^[A-Za-z0-9][A-Za-z0-9._-]*$")
        @Size(max = 255)
        String overlay,
    @JsonPropertyDescription(
            "Time between two fetches, from 1s to 24h, as 30s; up to a tenth is added so that many sources do not ask at once. A file:// repository is also read when it changes.")
        @Default("30s")
        @Pattern(Durations.PATTERN)
        @Size(max = 32)
        String interval,
    @JsonPropertyDescription(
            "Name of a Secret in the namespace kerrighed whose token the Git server knows: its webhook, at /hooks/ and the name of this source on the operator, has the source fetched at once.")
        @Pattern(Api.NAME)
        @Size(max = 253)
        String webhookSecret,
    @JsonPropertyDescription("Fetch and apply nothing while true; what is applied stays in force.")
        @Default("false")
        Boolean suspend,
    @JsonPropertyDescription(
            "Delete objects that an applied revision had and a later one has not. One with the annotation kerrighed.io/prune: disabled stays, and so does one that another source has.")
        @Default("true")
        Boolean prune,
    @JsonPropertyDescription(
            "Write what became of a commit into a note on it and push that; git log --notes=kerrighed shows it once refs/notes/kerrighed is fetched. The credentials must be able to push there.")
        @Default("false")
        Boolean notes,
    @JsonPropertyDescription(
            "Be Ready only once every object of the revision is, and every node has applied it.")
        @JsonProperty("wait")
        @Default("false")
        Boolean waitForHealth,
    @JsonPropertyDescription("How long wait may take before the revision counts as failed, as 5m.")
        @Default("5m")
        @Pattern(Durations.PATTERN)
        @Size(max = 32)
        String timeout,
    @JsonPropertyDescription(
            "Whether to go back to the last healthy revision when one is not healthy within timeout: Never, or OnFailure. It is not tried again until a newer one comes or kerrighed.io/reconcileAt is changed.")
        @Default("Never")
        Rollback rollback,
    @JsonPropertyDescription(
            "Names of ConfigSources that must be Ready before anything of this one is applied. Its objects may refer to theirs, as to the KerrighedCluster and the nodes.")
        @Size(max = 16)
        List<@Pattern(Api.NAME) @Size(max = 253) String> dependsOn) {

  /** When to go back to the last healthy revision. */
  public enum Rollback {
    @JsonProperty("Never")
    NEVER,
    @JsonProperty("OnFailure")
    ON_FAILURE
  }

  private static final String REFERENCE = "^[^\\s~^:?*\\[\\\\]+$";

  private static final String VERSION = "[0-9*xX]+([.][0-9*xX]+){0,2}(-[0-9A-Za-z.-]+)?";
  private static final String COMPARATOR = "([<>]=?|=|~|\\^)? *" + VERSION;
  private static final String ALL_OF = COMPARATOR + "( +(- +)?" + COMPARATOR + ")*";
  private static final String VERSIONS = "^" + ALL_OF + "( *[|][|] *" + ALL_OF + ")*$";

  public ConfigSourceSpec {
    boolean other = tag != null || semver != null || commit != null;
    branch = branch == null && !other ? "main" : branch;
    path = path == null ? "." : path;
    interval = interval == null ? "30s" : interval;
    suspend = suspend != null && suspend;
    prune = prune == null || prune;
    notes = notes != null && notes;
    waitForHealth = waitForHealth != null && waitForHealth;
    timeout = timeout == null ? "5m" : timeout;
    rollback = rollback == null ? Rollback.NEVER : rollback;
    dependsOn = dependsOn == null ? List.of() : List.copyOf(dependsOn);
  }
}
