// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.node;

import java.util.OptionalInt;

/**
 * One line of the kernel's table of capability profiles: processes that match get these four sets.
 *
 * @param name of the profile, without white space
 * @param executable path or glob that the executable has to match; empty: any
 * @param uid that the process has to have; empty: any
 * @param effective bit mask, as the other three
 */
public record CapabilityRule(
    String name,
    String executable,
    OptionalInt uid,
    int effective,
    int permitted,
    int inheritablePermitted,
    int inheritableEffective) {}
