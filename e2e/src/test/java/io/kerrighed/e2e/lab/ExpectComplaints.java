// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** This test makes a kernel complain on its console, and fails if none does. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface ExpectComplaints {}
