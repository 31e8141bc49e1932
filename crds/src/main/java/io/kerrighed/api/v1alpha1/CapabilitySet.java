// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** The Kerrighed capabilities that matching processes are given when they start. */
@JsonClassDescription(
    "The Kerrighed capabilities that matching processes are given when they start.")
@Group(Api.GROUP)
@Version(Api.VERSION)
@ShortNames("capset")
@AdditionalPrinterColumn(name = "Executable", jsonPath = ".spec.match.executable")
@AdditionalPrinterColumn(name = "User", jsonPath = ".spec.match.user")
@AdditionalPrinterColumn(name = "Effective", jsonPath = ".spec.effective")
@AdditionalPrinterColumn(name = "Installed", jsonPath = ".status.installed")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public class CapabilitySet extends CustomResource<CapabilitySetSpec, CapabilitySetStatus> {}
