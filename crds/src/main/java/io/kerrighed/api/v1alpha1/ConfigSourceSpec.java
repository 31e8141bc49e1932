// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

@ApiType
public record ConfigSourceSpec(
    @JsonPropertyDescription(
            "Git repository, as https://host/path or file:///path on the operator's machine; without credentials.")
        @Required
        @Pattern("^(https|file)://[^@]*$")
        @Size(min = 8, max = 2048)
        String url,
    @JsonPropertyDescription("Branch to follow.") @Default("main") @Size(min = 1, max = 255)
        String branch,
    @JsonPropertyDescription(
            "Folder of the repository whose *.yaml and *.yml files are read, with its subfolders.")
        @Default(".")
        @Size(min = 1, max = 1024)
        String path,
    @JsonPropertyDescription(
            "Time between two fetches, as 30s. A file:// repository is also read when it changes.")
        @Default("30s")
        @Pattern(Durations.PATTERN)
        String interval,
    @JsonPropertyDescription("Fetch and apply nothing while true; what is applied stays in force.")
        @Default("false")
        Boolean suspend,
    @JsonPropertyDescription("Delete objects that an applied revision had and a later one has not.")
        @Default("true")
        Boolean prune) {

  public ConfigSourceSpec {
    branch = branch == null ? "main" : branch;
    path = path == null ? "." : path;
    interval = interval == null ? "30s" : interval;
    suspend = suspend != null && suspend;
    prune = prune == null || prune;
  }
}
