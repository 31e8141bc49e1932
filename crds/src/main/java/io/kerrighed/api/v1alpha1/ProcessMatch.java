// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Which processes are meant: those that fit everything given. */
@ApiType
@ValidationRule(
    value = "has(self.executable) || has(self.user)",
    message = "one of executable and user is needed")
public record ProcessMatch(
    @JsonPropertyDescription(
            "Absolute path of the program; * stands for any characters, ? for one.")
        @Pattern("^[/*?].*$")
        @Size(min = 1, max = 255)
        String executable,
    @JsonPropertyDescription("Name or number of the real user; a name is looked up on each node.")
        @Pattern("^([A-Za-z_][A-Za-z0-9_.-]*[$]?|[0-9]{1,10})$")
        @Size(min = 1, max = 32)
        String user) {}
