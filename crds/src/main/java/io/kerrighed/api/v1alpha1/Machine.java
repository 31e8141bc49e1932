// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Which PC a node is. Every name given must fit. */
@ApiType
@ValidationRule(
    value = "has(self.machineId) || has(self.hostname) || has(self.mac)",
    message = "one of machineId, hostname and mac is needed")
public record Machine(
    @JsonPropertyDescription("Content of /etc/machine-id.") @Pattern("^[0-9a-f]{32}$")
        String machineId,
    @JsonPropertyDescription("Host name without domain.")
        @Pattern("^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")
        @Size(min = 1, max = 63)
        String hostname,
    @JsonPropertyDescription("Address of any Ethernet device of the PC, as 52:54:00:12:34:56.")
        @Pattern("^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")
        String mac) {}
