// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.e2e;

import io.kerrighed.e2e.lab.KrgCluster;

/** The same on the older kernel. */
@KrgCluster(nodes = 3, kernel = "6.1")
class Zoo61IT extends ZooIT {}
