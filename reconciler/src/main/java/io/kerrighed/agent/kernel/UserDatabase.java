// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.agent.kernel;

import com.sun.jna.LastErrorException;
import com.sun.jna.Pointer;
import java.util.OptionalInt;

/** The users of this machine, from wherever its name service has them. */
public final class UserDatabase {
  /** In struct passwd, behind two pointers. */
  private static final int UID_OFFSET = 16;

  private UserDatabase() {}

  /** The uid of a user; empty when there is none of that name. */
  public static synchronized OptionalInt uid(String name) {
    try {
      Pointer entry = Libc.C.getpwnam(name);
      return entry == null ? OptionalInt.empty() : OptionalInt.of(entry.getInt(UID_OFFSET));
    } catch (LastErrorException e) {
      return OptionalInt.empty();
    }
  }
}
