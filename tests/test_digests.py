"""S-10: whatever a verdict hangs on moves its digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from verifier.digests import PolicyDigests, digest, digest_of_mentions, digest_of_others, digest_of_people
from verifier.encodings.vocabulary import Mentions
from verifier.flow import ContainerPort, Node, Protocol
from verifier.manifest.network_policy import NetworkPolicy
from verifier.population import Namespace, Network, Population, Workload
from verifier.properties.spec.scope import Forbid, PortRange, Require, Selection
from verifier.reading import loads

WEB = Workload("Deployment", "shop", "web", {"app": "web", "tier": "front"})
ONE = Node("one", (ip_address("10.0.0.1"),), {"zone": "a"})
PEOPLE = Population({"shop": Namespace("shop", {"team": "a"})}, (WEB,), (ONE,))
OTHER_WORKLOADS: dict[str, Any] = {
    "kind": "Pod",
    "namespace": "bank",
    "name": "db",
    "labels": {"app": "web", "tier": "back"},
    "ports": (ContainerPort(80, Protocol.TCP, "http"),),
    "host_network": True,
    "node": "one",
    "addresses": (ip_address("10.0.0.9"),),
    "single": True,
    "controller_labels": frozenset({"pod-template-hash"}),
}
OTHER_PORTS = [
    ContainerPort(81, Protocol.TCP, "http"),
    ContainerPort(80, Protocol.UDP, "http"),
    ContainerPort(80, Protocol.TCP, "https"),
    ContainerPort(80, Protocol.TCP, None),
]
OTHER_PEOPLE: dict[str, Any] = {
    "namespaces": {"shop": Namespace("shop", {"team": "b"})},
    "workloads": (WEB, replace(WEB, name="db")),
    "nodes": (replace(ONE, labels=None),),
    "network": Network(pod_cidrs=(ip_network("10.0.0.0/8"),)),
}


@pytest.mark.parametrize("field", [field.name for field in fields(Workload)])
def test_every_field_of_a_workload_counts(field: str) -> None:
    other = replace(WEB, **{field: OTHER_WORKLOADS[field]})

    assert digest_of_people(replace(PEOPLE, workloads=(other,))) != digest_of_people(PEOPLE)


def test_every_field_of_a_port_counts() -> None:
    workloads = [replace(WEB, ports=(port,)) for port in (OTHER_WORKLOADS["ports"][0], *OTHER_PORTS)]

    found = {digest_of_people(replace(PEOPLE, workloads=(workload,))) for workload in workloads}
    assert len(found) == len(workloads)


@pytest.mark.parametrize("field", [field.name for field in fields(Population)])
def test_everybody_counts(field: str) -> None:
    assert digest_of_people(replace(PEOPLE, **{field: OTHER_PEOPLE[field]})) != digest_of_people(PEOPLE)


def test_labels_that_nobody_knows_are_not_none() -> None:
    unknown = replace(PEOPLE, namespaces={"shop": Namespace("shop", None)})
    empty = replace(PEOPLE, namespaces={"shop": Namespace("shop", {})})

    assert digest_of_people(unknown) != digest_of_people(empty)


SPECS: list[dict[str, Any]] = [
    {},
    {"ingress": []},
    {"egress": []},
    {"policyTypes": ["Ingress"]},
    {"policyTypes": ["Ingress", "Egress"]},
    {"ingress": [{}]},
    {"ingress": [{"from": []}]},
    {"ingress": [{"ports": []}]},
    {"ingress": [{"from": [{"podSelector": {}}]}]},
    {"ingress": [{"from": [{"namespaceSelector": {}}]}]},
    {"ingress": [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]},
    {"ingress": [{"from": [{"podSelector": {}}, {"namespaceSelector": {}}]}]},
    {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]},
    {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}]},
    {"ingress": [{"ports": [{"port": 80}]}]},
    {"ingress": [{"ports": [{"port": "http"}]}]},
    {"ingress": [{"ports": [{"port": 80, "protocol": "UDP"}]}]},
    {"ingress": [{"ports": [{"port": 80, "endPort": 81}]}]},
    {"ingress": [{"ports": [{"protocol": "TCP"}]}]},
    {"podSelector": {"matchLabels": {"app": "web"}}},
    {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}},
    {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}},
    {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}},
]


def policy(spec: dict[str, Any], name: str = "one", namespace: str = "shop") -> NetworkPolicy:
    return NetworkPolicy.model_validate(
        {"name": name, "namespace": namespace, "spec": {"podSelector": {}, **spec}}
    )


def test_whatever_a_policy_says_counts() -> None:
    found = {PolicyDigests([policy(spec)]).of(["shop"]) for spec in SPECS}

    assert len(found) == len(SPECS)


def test_names_and_order_of_policies_count() -> None:
    one, two = policy({}), policy({"egress": []}, "two")
    sets = [[one], [policy({}, "other")], [one, two], [two, one], []]

    assert len({PolicyDigests(each).of(["shop"]) for each in sets}) == len(sets)


def test_policies_of_other_namespaces_do_not_count() -> None:
    here, there = policy({}), policy({"egress": []}, "two", "bank")

    assert PolicyDigests([here, there]).of(["shop"]) == PolicyDigests([here]).of(["shop"])
    assert PolicyDigests([here, there]).of(["shop", "bank"]) != PolicyDigests([here]).of(["shop", "bank"])
    assert PolicyDigests([here, there]).of_all() != PolicyDigests([here]).of_all()


RAILS = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: rails}
spec: {priority: %s, subject: {namespaces: {}}, ingress: [{action: %s, from: [{namespaces: {}}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: %s, namespace: shop}
"""


def test_tiers_and_what_is_not_modelled_count() -> None:
    texts = [
        RAILS % each for each in ((1, "Deny", "a"), (2, "Deny", "a"), (1, "Pass", "a"), (1, "Deny", "b"))
    ]

    assert len({digest_of_others(loads(text)) for text in [*texts, f"# moved\n{texts[0]}"]}) == 5


def mentions() -> Iterator[Mentions]:
    yield Mentions()
    for field in fields(Mentions):
        found = Mentions()
        value = {"x": {"y"}} if field.name.endswith("labels") else {"x"}
        setattr(found, field.name, value)
        yield found


def test_whatever_is_mentioned_counts() -> None:
    every = list(mentions())

    assert len({digest_of_mentions([each], ()) for each in every}) == len(every)
    assert digest_of_mentions(every[:1], [(None, "web")]) != digest_of_mentions(every[:1], ())


def test_whatever_is_asked_counts() -> None:
    web, db = (Selection(pods=True, namespace="shop", workload=(None, name)) for name in ("web", "db"))
    asked = [
        Forbid((web,), (db,)),
        Forbid((db,), (web,)),
        Require((web,), (db,)),
        Forbid((web, db), (db,)),
        Forbid((web,), (db,), (PortRange(Protocol.TCP, 80, 80),)),
        Forbid((web,), (db,), (PortRange(None, 80, 80),)),
        Forbid((web,), (replace(db, excluded=(web,)),)),
    ]

    assert len(set(map(digest, asked))) == len(asked)


def test_what_nobody_knows_has_no_digest() -> None:
    with pytest.raises(TypeError, match="what a object says is not known"):
        digest(object())
