"""Semantics section 5.3, row by row: what the API server refuses of v1alpha2, and what it lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from verifier.flow import Action, Protocol
from verifier.manifest.base import Fault
from verifier.manifest.cluster_network_policy import ClusterNetworkPolicySpec
from verifier.manifest.faults import faults_of
from verifier.manifest.labels import LabelSelector
from verifier.manifest.lowering import tiered_policy, tiered_warnings
from verifier.manifest.tiers import (
    ADMIN,
    BASELINE,
    DomainNames,
    NamedPort,
    PodSet,
    PortRange,
    TieredRule,
    UnknownPeer,
)

PODS: dict[str, Any] = {"namespaces": {}}
WEB = {"matchLabels": {"app": "web"}}
PEER = ("egress", 0, "to", 0)
PROTOCOL = ("egress", 0, "protocols", 0)


def cluster(**fields: Any) -> dict[str, Any]:
    return {"tier": "Admin", "priority": 10, "subject": {"namespaces": {}}, **fields}


def egress(action: str = "Accept", **rule: Any) -> dict[str, Any]:
    return cluster(egress=[{"action": action, "to": [PODS], **rule}])


def to(*peers: Any, action: str = "Accept") -> dict[str, Any]:
    return egress(action, to=list(peers))


def by(*protocols: Any) -> dict[str, Any]:
    return egress(protocols=list(protocols))


def tcp(**port: Any) -> dict[str, Any]:
    return by({"tcp": {"destinationPort": port}})


def faults(spec: dict[str, Any]) -> list[Fault]:
    try:
        ClusterNetworkPolicySpec.model_validate(spec)
    except ValidationError as error:
        return list(faults_of(error))
    return []


def only(spec: dict[str, Any]) -> Fault:
    (fault,) = faults(spec)
    return fault


def codes(spec: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(fault.code, fault.route) for fault in faults(spec)]


def lowered(spec: dict[str, Any]) -> TieredRule:
    policy = tiered_policy("x", ClusterNetworkPolicySpec.model_validate(spec))
    (rule,) = (*policy.ingress, *policy.egress)
    return rule


def warned(spec: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    valid = ClusterNetworkPolicySpec.model_validate(spec)
    return [(fault.code, fault.route) for fault in tiered_warnings(valid)]


# --- VC-1, VC-2 --------------------------------------------------------------------------------------------


def test_vc1_what_is_required() -> None:
    assert codes({}) == [("required", ("tier",)), ("required", ("priority",)), ("required", ("subject",))]


@pytest.mark.parametrize("tier", ["admin", "NetworkPolicy", ""])
def test_vc1_tier(tier: str) -> None:
    fault = only(cluster(tier=tier))
    assert (fault.code, fault.route) == ("unsupported-value", ("tier",))
    assert fault.message == f"unsupported value `{tier}`: expected `Admin` or `Baseline`"


@pytest.mark.parametrize("priority", [-1, 1001])
def test_vc1_priority(priority: int) -> None:
    assert codes(cluster(priority=priority)) == [("priority-out-of-range", ("priority",))]


@pytest.mark.parametrize("action", ["Allow", "accept"])
def test_vc2_action(action: str) -> None:
    fault = only(egress(action))
    assert fault.message == f"unsupported value `{action}`: expected `Accept`, `Deny` or `Pass`"


def test_vc2_how_many() -> None:
    assert codes(to()) == [("too-few-items", ("egress", 0, "to"))]
    assert faults(to(*[PODS] * 25)) == []
    assert codes(to(*[PODS] * 26)) == [("too-many-items", ("egress", 0, "to"))]
    assert codes(by()) == [("too-few-items", ("egress", 0, "protocols"))]
    item = {"destinationNamedPort": "http"}
    assert codes(by(*[item] * 26)) == [("too-many-items", ("egress", 0, "protocols"))]
    rule = {"action": "Deny", "from": [PODS]}
    assert faults(cluster(ingress=[rule] * 25)) == []
    assert codes(cluster(ingress=[rule] * 26)) == [("too-many-items", ("ingress",))]
    assert codes(egress(name="x" * 101)) == [("name-too-long", ("egress", 0, "name"))]


# --- VC-3, VC-4 --------------------------------------------------------------------------------------------


def test_vc3_exactly_one_field() -> None:
    assert codes(cluster(subject={})) == [("exactly-one-field", ("subject",))]
    assert codes(to({})) == [("exactly-one-field", PEER)]
    assert codes(to({"namespaces": {}, "pods": {"podSelector": {}}})) == [("exactly-one-field", PEER)]
    assert codes(by({})) == [("exactly-one-field", PROTOCOL)]
    port = {"destinationPort": {"number": 1}}
    assert codes(by({"tcp": port, "udp": port})) == [("exactly-one-field", PROTOCOL)]
    assert codes(tcp()) == [("exactly-one-field", (*PROTOCOL, "tcp", "destinationPort"))]
    two = {"number": 1, "range": {"start": 1, "end": 2}}
    assert codes(tcp(**two)) == [("exactly-one-field", (*PROTOCOL, "tcp", "destinationPort"))]


@pytest.mark.parametrize("protocol", ["tcp", "udp", "sctp"])
def test_vc3_a_protocol_alone_is_refused(protocol: str) -> None:
    fault = only(by({protocol: {}}))
    assert (fault.code, fault.route) == ("exactly-one-field", (*PROTOCOL, protocol))
    assert fault.message == "required value: must set `destinationPort`"
    assert "start: 1, end: 65535" in str(fault.help)


def test_vc3_an_icmp_item_is_none() -> None:
    assert codes(by({"icmp": []})) == [("unknown-field", (*PROTOCOL, "icmp"))]


@pytest.mark.parametrize("number", [0, 65536])
def test_vc4_port_out_of_range(number: int) -> None:
    place = (*PROTOCOL, "tcp", "destinationPort")
    assert codes(tcp(number=number)) == [("port-out-of-range", (*place, "number"))]
    assert ("port-out-of-range", (*place, "range", "end")) in codes(tcp(range={"start": 1, "end": number}))


@pytest.mark.parametrize("end", [8, 9])
def test_vc4_a_range_ends_above_its_start(end: int) -> None:
    fault = only(tcp(range={"start": 9, "end": end}))
    assert fault.code == "range-not-ascending"
    assert fault.route == (*PROTOCOL, "tcp", "destinationPort", "range", "end")
    assert fault.message == f"invalid value `{end}`: must be greater than `start`, `9`"


# --- VC-5 to VC-7 ------------------------------------------------------------------------------------------


def test_vc5_networks() -> None:
    many = [f"10.{n}.0.0/16" for n in range(26)]
    assert codes(to({"networks": []})) == [("too-few-items", (*PEER, "networks"))]
    assert codes(to({"networks": many})) == [("too-many-items", (*PEER, "networks"))]
    assert codes(to({"networks": ["::ffff:1.2.3.4/128"]})) == [("invalid-cidr", (*PEER, "networks", 0))]
    assert codes(to({"networks": [many[0], many[0]]})) == [("duplicate-value", (*PEER, "networks", 1))]


def test_vc5_domain_names() -> None:
    many = [f"n{n}.example.com" for n in range(26)]
    assert codes(to({"domainNames": []})) == [("too-few-items", (*PEER, "domainNames"))]
    assert codes(to({"domainNames": many})) == [("too-many-items", (*PEER, "domainNames"))]
    assert codes(to({"domainNames": ["localhost"]})) == [("invalid-domain-name", (*PEER, "domainNames", 0))]
    assert codes(to({"domainNames": ["a.b", "a.b"]})) == [("duplicate-value", (*PEER, "domainNames", 1))]


@pytest.mark.parametrize("peer", [{"nodes": {}}, {"domainNames": ["example.com"]}])
def test_vc6_named_ports_beside_what_only_experiments_have(peer: dict[str, Any]) -> None:
    (field,) = peer
    spec = egress(to=[peer], protocols=[{"destinationNamedPort": "http"}])
    assert codes(spec) == [("named-port-beside-addresses", (*PEER, field))]


def test_vc6_the_standard_channel_lets_networks_pass() -> None:
    spec = egress(to=[{"networks": ["10.0.0.0/8"]}], protocols=[{"destinationNamedPort": "http"}])
    assert faults(spec) == []
    assert warned(spec) == [("named-port-beside-addresses", ("spec", *PEER, "networks"))]


@pytest.mark.parametrize("action", ["Deny", "Pass"])
def test_vc7_domain_names_only_accept(action: str) -> None:
    fault = only(to({"domainNames": ["example.com"]}, action=action))
    assert (fault.code, fault.route) == ("undefined-rule", (*PEER, "domainNames"))


# --- what is kept ------------------------------------------------------------------------------------------


def test_cnp1_both_tiers_have_priorities() -> None:
    policy = tiered_policy("x", ClusterNetworkPolicySpec.model_validate(cluster(tier="Baseline")))
    assert (policy.title, policy.tier, policy.priority) == ("ClusterNetworkPolicy/x", BASELINE, 10)
    assert tiered_policy("x", ClusterNetworkPolicySpec.model_validate(cluster())).tier == ADMIN


def test_cnp3_all_three_actions_in_both_tiers() -> None:
    rules = [{"action": action, "to": [PODS]} for action in Action]
    for tier in ("Admin", "Baseline"):
        spec = ClusterNetworkPolicySpec.model_validate(cluster(tier=tier, egress=rules))
        assert [rule.action for rule in tiered_policy("x", spec).egress] == list(Action)


def test_cnp5_pods_without_a_namespace_selector_are_those_of_all_namespaces() -> None:
    everywhere = PodSet(LabelSelector(), LabelSelector.model_validate(WEB))
    assert lowered(to({"pods": {"podSelector": WEB}})).peers == (everywhere,)
    assert tiered_policy(
        "x", ClusterNetworkPolicySpec.model_validate(cluster(subject={"pods": {"podSelector": WEB}}))
    ).subject == (everywhere)
    assert codes(to({"pods": {"namespaceSelector": {}}})) == [("required", (*PEER, "pods", "podSelector"))]


def test_cnp5_ingress_names_pods_only() -> None:
    rule = {"action": "Accept", "from": [{"networks": ["10.0.0.0/8"]}]}
    assert codes(cluster(ingress=[rule])) == [("unknown-field", ("ingress", 0, "from", 0, "networks"))]


def test_cnp6_protocols() -> None:
    assert lowered(egress()).ports is None
    items = [
        {"tcp": {"destinationPort": {"number": 80}}},
        {"udp": {"destinationPort": {"range": {"start": 1, "end": 9}}}},
        {"sctp": {"destinationPort": {"number": 7}}},
        {"destinationNamedPort": "http"},
    ]
    assert lowered(by(*items)).ports == (
        PortRange(Protocol.TCP, 80, 80),
        PortRange(Protocol.UDP, 1, 9),
        PortRange(Protocol.SCTP, 7, 7),
        NamedPort("http"),
    )


def test_cnp9_domain_names_are_one_name_in_every_spelling() -> None:
    assert lowered(to({"domainNames": ["*.Example.com", "*.example.com."]})).peers == (
        DomainNames(("*.example.com",)),
    )


def test_cnp12_an_unknown_peer_is_kept_with_a_warning() -> None:
    spec = to({"workloads": {}}, action="Deny")
    assert lowered(spec).peers == (UnknownPeer("workloads"),)
    assert warned(spec) == [("unknown-peer", ("spec", *PEER, "workloads"))]
