"""Sides in normal form: equal where nothing but the writing differs, different where a flow might."""

from __future__ import annotations

import pytest
import yaml

from verifier.analyses.normal_form import sides_of
from verifier.flow import Direction
from verifier.manifest.network_policy import NetworkPolicy

WEB = "podSelector: {matchLabels: {app: web}}"
FROM_API = "{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}"
FROM_DB = "{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}"


def policies(*specs: str, namespace: str = "shop") -> list[NetworkPolicy]:
    return [
        NetworkPolicy.model_validate(
            {"name": f"p{number}", "namespace": namespace, "spec": yaml.safe_load(f"{{{spec}}}")}
        )
        for number, spec in enumerate(specs)
    ]


def changed(old: list[NetworkPolicy], new: list[NetworkPolicy]) -> set[tuple[str, str]]:
    before, after = sides_of(old), sides_of(new)
    return {(name, side) for side in Direction for name in before.differ_from(after, side)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            [f"{WEB}, ingress: [{FROM_API}, {FROM_DB}]"],
            [f"{WEB}, ingress: [{FROM_DB}]", f"{WEB}, ingress: [{FROM_API}]"],
            id="split in two",
        ),
        pytest.param([f"{WEB}, ingress: []"], [f"{WEB}, policyTypes: [Ingress, Ingress]"], id="types"),
        pytest.param(["podSelector: {}"], ["ingress: []"], id="an absent selector selects every pod"),
        pytest.param(
            [f"{WEB}"],
            ["podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}"],
            id="In",
        ),
        pytest.param(
            ["ingress: [{from: [{namespaceSelector: {}}]}]"],
            ["ingress: [{from: [{namespaceSelector: {}, podSelector: {}}]}]"],
            id="every pod of those namespaces",
        ),
        pytest.param(
            ["ingress: [{from: [{ipBlock: {cidr: 10.0.0.7/8}}]}]"],
            ["ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"],
            id="host bits",
        ),
        pytest.param(
            ["ingress: [{ports: [{port: 80}]}]"],
            ["ingress: [{ports: [{port: 80, protocol: TCP, endPort: 80}]}]"],
            id="TCP, a range of one port",
        ),
        pytest.param(["ingress: [{}]"], ["ingress: [{from: [], ports: []}]"], id="empty lists"),
    ],
)
def test_the_same_said_otherwise(old: list[str], new: list[str]) -> None:
    assert changed(policies(*old), policies(*new)) == set()


@pytest.mark.parametrize(
    ("old", "new", "sides"),
    [
        pytest.param([WEB], [], {("shop", "Ingress")}, id="gone"),
        pytest.param(
            [f"{WEB}, ingress: [{FROM_API}]"],
            [f"{WEB}, ingress: [{FROM_API}], egress: [{{}}]"],
            {("shop", "Egress")},
            id="a section implies a type",
        ),
        pytest.param(
            ["ingress: [{from: [{podSelector: {}}]}]"],
            ["ingress: [{from: [{podSelector: {}, namespaceSelector: {}}]}]"],
            {("shop", "Ingress")},
            id="own namespace, every namespace",
        ),
        pytest.param(
            ["ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}]"],
            ["ingress: [{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {a: b}}}]}]"],
            {("shop", "Ingress")},
            id="split peer",
        ),
        pytest.param(
            ["ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]"],
            ["ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"],
            {("shop", "Ingress")},
            id="except",
        ),
        pytest.param(
            ["ingress: [{ports: [{port: 80}]}]"],
            ["ingress: [{ports: [{port: 80, protocol: UDP}]}]"],
            {("shop", "Ingress")},
            id="protocol",
        ),
        pytest.param(
            ["ingress: [{ports: [{}]}]"], ["ingress: [{}]"], {("shop", "Ingress")}, id="all TCP, everything"
        ),
    ],
)
def test_what_says_something_else(old: list[str], new: list[str], sides: set[tuple[str, str]]) -> None:
    assert changed(policies(*old), policies(*new)) == sides


def test_another_namespace_is_another_side() -> None:
    moved = changed(policies(WEB), policies(WEB, namespace="data"))

    assert moved == {("shop", "Ingress"), ("data", "Ingress")}
