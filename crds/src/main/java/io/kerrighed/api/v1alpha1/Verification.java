// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** Whose signatures make a revision one to be applied. */
@ApiType
@ValidationRule(
    value = "has(self.keysSecret) || has(self.keys)",
    message = "one of keysSecret and keys is needed: whose signatures count?")
public record Verification(
    @JsonPropertyDescription(
            "What must be signed: the Commit, the annotated Tag that leads to it, or Both.")
        @Default("Commit")
        Signed signed,
    @JsonPropertyDescription(
            "Name of a Secret in the namespace kerrighed, each field of which has public keys in the form of keys.")
        @Pattern(Api.NAME)
        @Size(max = 253)
        String keysSecret,
    @JsonPropertyDescription(
            "Public keys that may sign: SSH ones as in a .pub file, OpenPGP ones as gpg --export --armor writes them.")
        @Size(min = 1, max = 32)
        List<@Size(min = 1, max = 16384) String> keys) {

  /** What must have a signature. */
  public enum Signed {
    @JsonProperty("Commit")
    COMMIT,
    @JsonProperty("Tag")
    TAG,
    @JsonProperty("Both")
    BOTH
  }

  public Verification {
    signed = signed == null ? Signed.COMMIT : signed;
    keys = keys == null ? List.of() : List.copyOf(keys);
  }
}
