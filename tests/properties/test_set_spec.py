"""`spec` of a property file: declared namespaces, pods and ranges; and all faults at once."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.properties.test_property_file import HEAD, TO_DB, faults_of, load
from verifier.flow import ContainerPort, Protocol

PROPERTY = f"  properties:\n    - {{name: it, forbid: {{from: any, {TO_DB}}}}}\n"


def test_declared_namespaces_pods_and_ranges(tmp_path: Path) -> None:
    spec = """\
  namespaces: [{name: ops, labels: {team: ops}}]
  pods:
    - name: broker
      namespace: ops
      labels: {app: broker}
      ports: [{name: amqp, containerPort: 5672}, {containerPort: 53, protocol: UDP}]
  network: {podCIDRs: [10.0.0.0/16, 'fd00::/64'], serviceCIDRs: [10.96.0.0/12], nodeCIDRs: [192.168.0.0/24]}
"""

    population = load(tmp_path, HEAD + spec + PROPERTY).cluster.population

    assert population.namespaces["ops"].labels == {"team": "ops"}
    (broker,) = [workload for workload in population.workloads if workload.name == "broker"]
    assert (broker.single, broker.host_network, broker.addresses) == (False, False, None)
    assert broker.ports == (ContainerPort(5672, Protocol.TCP, "amqp"), ContainerPort(53, Protocol.UDP))
    assert population.network.pod_cidrs == (ip_network("10.0.0.0/16"), ip_network("fd00::/64"))


@pytest.mark.parametrize(
    ("spec", "code", "field"),
    [
        ("namespaces: [{name: Ops}]", "invalid-name", "spec.namespaces[0].name"),
        ("namespaces: [{name: ops, labels: {a: -}}]", "invalid-label", "spec.namespaces[0].labels"),
        ("namespaces: [{name: ops}, {name: ops}]", "duplicate-object", "spec.namespaces[1].name"),
        ("namespaces: [{}]", "required", "spec.namespaces[0].name"),
        ("pods: [{name: x}]", "required", "spec.pods[0].namespace"),
        (
            "pods: [{name: x, namespace: shop, ports: [{containerPort: 0}]}]",
            "greater-than-equal",
            "spec.pods[0].ports[0].containerPort",
        ),
        (
            "pods: [{name: x, namespace: shop, ports: [{containerPort: 1, name: a_b}]}]",
            "invalid-port-name",
            "spec.pods[0].ports[0].name",
        ),
        ("network: {podCIDRs: [10.0.0.0/33]}", "invalid-cidr", "spec.network.podCIDRs[0]"),
        ("network: {podCIDRs: [7]}", "wrong-type", "spec.network.podCIDRs[0]"),
        ("network: {podCIDRs: []}", "empty-list", "spec.network.podCIDRs"),
        (
            "network: {podCIDRs: [10.0.0.0/8], serviceCIDRs: [10.96.0.0/12]}",
            "overlapping-ranges",
            "spec.network.serviceCIDRs[0]",
        ),
        ("network: {podCidrs: [10.0.0.0/8]}", "unknown-field", "spec.network.podCidrs"),
        ("profile: weave", "unsupported-value", "spec.profile"),
        ("world: moon", "unsupported-value", "spec.world"),
        ("newNamespaces: many", "unsupported-value", "spec.newNamespaces"),
        ("namespace: Shop", "invalid-name", "spec.namespace"),
        ("readings: {moon: 1}", "unknown-reading", "spec.readings.moon"),
        ("endpoint: {}", "unknown-field", "spec.endpoint"),
    ],
)
def test_what_spec_refuses(spec: str, code: str, field: str, tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, f"{HEAD}  {spec}\n{PROPERTY}")

    assert (fault.code, fault.field, fault.span.line) == (code, field, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD, "required"),
        (f"{HEAD}  properties: []\n", "empty-list"),
        (f"{HEAD}{PROPERTY}{PROPERTY.splitlines()[1]}\n", "duplicate-name"),
        (HEAD.replace("netqed.dev/v1", "v1") + PROPERTY, "unsupported-value"),
        (HEAD.replace("kind: PropertySet\n", "") + PROPERTY, "required"),
        (HEAD.replace("kind: PropertySet", "kind: Pod") + PROPERTY, "not-a-property-file"),
        (HEAD.replace("  manifests: [manifests.yaml]\n", "") + PROPERTY, "no-manifests"),
        (HEAD.replace("[manifests.yaml]", "[]") + PROPERTY, "empty-list"),
        (HEAD.replace("spec:", "status: {}\nspec:") + PROPERTY, "unknown-field"),
        (PROPERTY.replace("name: it, ", "").join((HEAD, "")), "required"),
        (PROPERTY.replace("name: it", "name: ''").join((HEAD, "")), "string-too-short"),
        ("- a list\n", "wrong-type"),
    ],
)
def test_what_the_file_refuses(text: str, code: str, tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, text)

    assert fault.code == code


def test_all_faults_come_at_once_in_reading_order(tmp_path: Path) -> None:
    text = f"""\
{HEAD}  world: moon
  properties:
    - name: one
      forbids: {{from: any, {TO_DB}}}
    - name: two
      forbid: {{from: any, {TO_DB}, ports: [0]}}
    - name: two
      expect: maybe
      require: {{from: {{}}, {TO_DB}}}
"""

    found = faults_of(tmp_path, text)

    assert [(fault.code, fault.span.line, fault.span.column) for fault in found] == [
        ("unsupported-value", 5, 10),
        ("unknown-field", 8, 7),
        ("invalid-port", 10, 72),
        ("duplicate-name", 11, 13),
        ("unsupported-value", 12, 15),
        ("empty-endpoint", 13, 23),
    ]


def test_names_that_do_not_exist_come_at_once_too(tmp_path: Path) -> None:
    text = f"""\
{HEAD}  properties:
    - name: one
      forbid: {{from: {{namespace: shpo}}, to: {{namespace: shop, workload: dbb}}}}
    - name: two
      cover: {{pods: nobody}}
"""

    found = faults_of(tmp_path, text)

    assert [(fault.code, fault.span.line) for fault in found] == [
        ("unknown-namespace", 7),
        ("unknown-workload", 7),
        ("unknown-endpoint", 9),
    ]
    assert [fault.help for fault in found] == [
        "did you mean `shop`? Or, if its manifest is kept elsewhere, declare it in `spec.namespaces`",
        "did you mean `db`? There are `db`, `web`",
        "did you mean `node`? There are `any`, `external`, `internet`, `node`",
    ]
