// SPDX-License-Identifier: Apache-2.0
package io.kerrighed.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * Everything one node has to do, compiled by the operator; named as its KerrighedNode. The operator
 * alone writes the spec, that node's agent alone writes the status.
 */
@JsonClassDescription(
    "Everything one node has to do, compiled by the operator from the other kinds; not for people to write.")
@Group(Api.GROUP)
@Version(Api.VERSION)
@ShortNames("nodecfg")
@AdditionalPrinterColumn(
    name = "ID",
    jsonPath = ".spec.nodeId",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Desired", jsonPath = ".spec.state")
@AdditionalPrinterColumn(name = "State", jsonPath = ".status.state")
@AdditionalPrinterColumn(name = "Revision", jsonPath = ".spec.revision", priority = 1)
@AdditionalPrinterColumn(name = "Applied", jsonPath = ".status.appliedRevision", priority = 1)
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
public class NodeConfig extends CustomResource<NodeConfigSpec, NodeConfigStatus> {}
