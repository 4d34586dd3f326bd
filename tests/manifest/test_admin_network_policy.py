"""Semantics section 5.2, row by row: what the API server refuses of v1alpha1, and what it lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.manifest.admin import (
    PEER,
    PODS,
    SUBJECT,
    WEB,
    admin,
    codes,
    egress,
    faults,
    ingress,
    lowered,
    on,
    only,
    to,
    warned,
)
from verifier.flow import Protocol
from verifier.manifest.admin_network_policy import BaselineAdminNetworkPolicySpec
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock
from verifier.manifest.tiers import (
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    PortRange,
)

# --- VA-1, VA-2 --------------------------------------------------------------------------------------------


def test_va1_priority_and_subject_are_required() -> None:
    assert codes({}) == [("required", ("priority",)), ("required", ("subject",))]
    assert codes(admin(subject=None)) == [("required", ("subject",))]
    assert [fault.route for fault in faults({}, BaselineAdminNetworkPolicySpec)] == [("subject",)]


@pytest.mark.parametrize("priority", [-1, 1001, 10**40])
def test_va1_priority_out_of_range(priority: int) -> None:
    fault = only(admin(priority=priority))
    assert (fault.code, fault.route) == ("priority-out-of-range", ("priority",))
    assert fault.message.endswith("must be between 0 and 1000, inclusive")


def test_va1_the_ends_of_the_range() -> None:
    assert faults(admin(priority=0)) == faults(admin(priority=1000)) == []


@pytest.mark.parametrize("priority", ["10", 1.5, True])
def test_va1_a_priority_is_a_whole_number(priority: object) -> None:
    assert only(admin(priority=priority)).code == "wrong-type"


def test_va1_a_baseline_has_no_priority() -> None:
    (fault,) = faults(admin(), BaselineAdminNetworkPolicySpec)
    assert (fault.code, fault.route, fault.at_key) == ("unknown-field", ("priority",), True)


# VA-2, the name of the baseline, is the cluster's business: tests/cluster/test_tiers.py.

# --- VA-3 --------------------------------------------------------------------------------------------------


def test_va3_a_subject_is_exactly_one_field() -> None:
    none = only(admin(subject={}))
    assert (none.code, none.route) == ("exactly-one-field", ("subject",))
    assert none.message == "required value: must set exactly one of `namespaces`, `pods`"
    two = only(admin(subject={**SUBJECT, "pods": {"namespaceSelector": {}, "podSelector": {}}}))
    assert two.message == (
        "forbidden: must set exactly one of `namespaces`, `pods`, found `namespaces`, `pods`"
    )


@pytest.mark.parametrize("selector", ["namespaceSelector", "podSelector"])
def test_va3_pods_need_both_selectors(selector: str) -> None:
    assert codes(admin(subject={"pods": {selector: {}}})) == [
        ("required", ("subject", "pods", *({"namespaceSelector", "podSelector"} - {selector})))
    ]
    assert [fault.code for fault in faults(to({"pods": {selector: {}}}))] == ["required"]
    assert [fault.code for fault in faults(ingress(**{"from": [{"pods": {selector: {}}}]}))] == ["required"]


@pytest.mark.parametrize("peer", [{}, {"namespaces": None}])
def test_va3_a_peer_sets_a_field(peer: dict[str, Any]) -> None:
    assert codes(to(peer)) == [("exactly-one-field", PEER)]
    assert codes(ingress(**{"from": [peer]})) == [("exactly-one-field", ("ingress", 0, "from", 0))]


def test_va3_a_peer_sets_one_field_only() -> None:
    assert codes(to({"namespaces": {}, "networks": ["10.0.0.0/8"]})) == [("exactly-one-field", PEER)]


def test_va3_a_port_is_exactly_one_field() -> None:
    place = ("egress", 0, "ports", 0)
    assert codes(on({})) == [("exactly-one-field", place)]
    assert codes(on({"namedPort": "http", "portNumber": {"port": 80}})) == [("exactly-one-field", place)]


@pytest.mark.parametrize(
    ("peer", "field"),
    [
        ({"podSelector": {}}, "podSelector"),
        ({"namespaceSelector": {}}, "namespaceSelector"),
        ({"ipBlock": {"cidr": "10.0.0.0/8"}}, "ipBlock"),
        ({"namespases": {}}, "namespases"),
        ({"Pods": {}}, "Pods"),
        ({"sameLabels": [], "namespaces": {}}, "sameLabels"),
    ],
)
def test_v16_what_is_no_newer_peer_is_refused(peer: dict[str, Any], field: str) -> None:
    fault = only(to(peer))
    assert (fault.code, fault.route, fault.at_key) == ("unknown-field", (*PEER, field), True)


@pytest.mark.parametrize("field", ["networks", "nodes", "domainNames"])
def test_anp8_ingress_names_pods_only(field: str) -> None:
    fault = only(ingress(**{"from": [{field: {}}]}))
    assert (fault.code, fault.route) == ("unknown-field", ("ingress", 0, "from", 0, field))
    assert fault.help == "an ingress rule speaks of pods only; nothing here names what is no pod"


def test_anp13_relations_of_labels_are_gone() -> None:
    assert codes(to({"namespaces": {"sameLabels": ["tenant"]}})) == [
        ("unknown-field", (*PEER, "namespaces", "sameLabels"))
    ]


# --- VA-4 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["allow", "Accept", ""])
def test_va4_action(action: str) -> None:
    fault = only(egress(action))
    assert (fault.code, fault.route) == ("unsupported-value", ("egress", 0, "action"))
    assert fault.message == f"unsupported value `{action}`: expected `Allow`, `Deny` or `Pass`"


def test_va4_a_baseline_does_not_pass() -> None:
    rule = {"action": "Pass", "from": [PODS]}
    (fault,) = faults({"subject": SUBJECT, "ingress": [rule]}, BaselineAdminNetworkPolicySpec)
    assert fault.message == "unsupported value `Pass`: expected `Allow` or `Deny`"


def test_va4_action_and_peers_are_required() -> None:
    assert codes(admin(ingress=[{}])) == [
        ("required", ("ingress", 0, "action")),
        ("required", ("ingress", 0, "from")),
    ]
    assert ("required", ("egress", 0, "to")) in codes(admin(egress=[{"action": "Deny"}]))


def test_va4_how_many_peers() -> None:
    assert codes(to()) == [("too-few-items", ("egress", 0, "to"))]
    assert faults(to(*[PODS] * 100)) == []
    assert codes(to(*[PODS] * 101)) == [("too-many-items", ("egress", 0, "to"))]


def test_va4_how_many_ports() -> None:
    fault = only(on())
    assert (fault.code, fault.route) == ("too-few-items", ("egress", 0, "ports"))
    assert fault.help == "leave the field out for no restriction"
    assert codes(on(*[{"portNumber": {"port": 80}}] * 101)) == [("too-many-items", ("egress", 0, "ports"))]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_va4_how_many_rules(direction: str) -> None:
    rule = {"action": "Deny", "from" if direction == "ingress" else "to": [PODS]}
    assert faults(admin(**{direction: []})) == faults(admin(**{direction: [rule] * 100})) == []
    assert codes(admin(**{direction: [rule] * 101})) == [("too-many-items", (direction,))]


def test_va4_a_rules_name() -> None:
    assert faults(egress(name="x" * 100)) == []
    assert codes(egress(name="x" * 101)) == [("name-too-long", ("egress", 0, "name"))]


# --- VA-5 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 65536])
def test_va5_port_out_of_range(number: int) -> None:
    place = ("egress", 0, "ports", 0)
    assert codes(on({"portNumber": {"port": number}})) == [
        ("port-out-of-range", (*place, "portNumber", "port"))
    ]
    assert codes(on({"portRange": {"start": 1, "end": number}})) == [
        ("port-out-of-range", (*place, "portRange", "end"))
    ]


def test_va5_a_range_needs_both_ends() -> None:
    place = ("egress", 0, "ports", 0, "portRange")
    assert codes(on({"portRange": {}})) == [("required", (*place, "start")), ("required", (*place, "end"))]
    assert codes(on({"portNumber": {}})) == [("required", ("egress", 0, "ports", 0, "portNumber", "port"))]


def test_va5_a_range_may_end_before_it_begins() -> None:
    spec = on({"portRange": {"start": 9, "end": 8}})
    assert lowered(spec).ports == (PortRange(Protocol.TCP, 9, 8),)
    assert warned(spec) == [("empty-range", ("spec", "egress", 0, "ports", 0, "portRange", "end"))]
    assert warned(on({"portRange": {"start": 9, "end": 9}})) == []


def test_va5_any_word_is_a_protocol() -> None:
    spec = on({"portNumber": {"protocol": "ICMP", "port": 1}})
    assert lowered(spec).ports == ()
    assert warned(spec) == [("other-protocol", ("spec", "egress", 0, "ports", 0, "portNumber", "protocol"))]


@pytest.mark.parametrize("protocol", ["tcp", "Udp", ""])
def test_va5_a_word_that_only_resembles_a_protocol_is_refused(protocol: str) -> None:
    place = ("egress", 0, "ports", 0, "portRange", "protocol")
    assert codes(on({"portRange": {"protocol": protocol, "start": 1, "end": 2}})) == [
        ("unsupported-value", place)
    ]


# --- VA-6, VA-7, VA-8 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.0", "10.0.0.0/33", "010.0.0.0/8", "10.0.0.0/08", "::ffff:10.0.0.0/104", "::/129", "x/8"],
)
def test_va6_what_is_no_cidr(text: str) -> None:
    assert codes(to({"networks": [text]})) == [("invalid-cidr", (*PEER, "networks", 0))]


@pytest.mark.parametrize("text", ["10.0.0.0/8", "::/0", "2001:DB8::/32", "64:ff9b::10.0.0.0/104"])
def test_va6_what_is_one(text: str) -> None:
    assert faults(to({"networks": [text]})) == []


def test_va6_a_cidr_is_short() -> None:
    longest = "1111:2222:3333:4444:5555:6666:7777:8888/128"
    assert faults(to({"networks": [longest]})) == []
    assert only(to({"networks": [f"0{longest}"]})).message.endswith("must be no more than 43 characters")


def test_va6_host_bits_are_cleared_with_a_warning() -> None:
    spec = to({"networks": ["10.0.0.0/8", "10.0.0.7/16"]})
    assert warned(spec) == [("non-canonical-cidr", ("spec", *PEER, "networks", 1))]
    blocks = tuple(IPBlock.model_validate({"cidr": text}) for text in ("10.0.0.0/8", "10.0.0.7/16"))
    assert lowered(spec).peers == (NetworkSet(blocks),)


def test_va6_how_many_networks() -> None:
    many = [f"10.{n}.0.0/16" for n in range(26)]
    assert codes(to({"networks": []})) == [("too-few-items", (*PEER, "networks"))]
    assert faults(to({"networks": many[:25]})) == []
    assert codes(to({"networks": many})) == [("too-many-items", (*PEER, "networks"))]
    assert codes(to({"networks": [many[0], many[0]]})) == [("duplicate-value", (*PEER, "networks", 1))]


@pytest.mark.parametrize(
    "peer", [{"networks": ["10.0.0.0/8"]}, {"nodes": {}}, {"domainNames": ["example.com"]}]
)
def test_va7_named_ports_beside_addresses(peer: dict[str, Any]) -> None:
    (field,) = peer
    rule = egress(to=[PODS, peer], ports=[{"portNumber": {"port": 80}}, {"namedPort": "http"}])
    assert codes(rule) == [("named-port-beside-addresses", ("egress", 0, "to", 1, field))]
    assert faults(egress(to=[PODS, peer], ports=[{"portNumber": {"port": 80}}])) == []


def test_va7_a_baseline_too() -> None:
    rule = {"action": "Deny", "to": [{"nodes": {}}], "ports": [{"namedPort": "http"}]}
    (fault,) = faults({"subject": SUBJECT, "egress": [rule]}, BaselineAdminNetworkPolicySpec)
    assert fault.code == "named-port-beside-addresses"


def test_va8_the_experimental_channel_is_known() -> None:
    spec = to({"nodes": WEB}, {"domainNames": ["*.Example.com.", "a.b", "A.b"]})
    assert lowered(spec).peers == (
        NodeSet(LabelSelector.model_validate(WEB)),
        DomainNames(("*.example.com", "a.b")),
    )
    assert lowered(on({"namedPort": "http"})).ports == (NamedPort("http"),)


def test_va8_a_named_port_that_nobody_can_have() -> None:
    assert codes(on({"namedPort": ""})) == [("invalid-port-name", ("egress", 0, "ports", 0, "namedPort"))]
    assert warned(on({"namedPort": "80"})) == [
        ("invalid-port-name", ("spec", "egress", 0, "ports", 0, "namedPort"))
    ]
    assert only(on({"namedPort": 80})).code == "wrong-type"


def test_anp6_a_baseline_has_no_domain_names() -> None:
    rule = {"action": "Allow", "to": [{"domainNames": ["example.com"]}]}
    (fault,) = faults({"subject": SUBJECT, "egress": [rule]}, BaselineAdminNetworkPolicySpec)
    assert (fault.code, fault.route) == ("unknown-field", (*PEER, "domainNames"))


@pytest.mark.parametrize("action", ["Deny", "Pass"])
def test_anp8_domain_names_only_allow(action: str) -> None:
    assert codes(to({"domainNames": ["example.com"]}, action=action)) == [
        ("undefined-rule", (*PEER, "domainNames"))
    ]


@pytest.mark.parametrize(
    "name", ["example", "*", "*.com", "*.com.", "a..b", "-a.b", "a.b-", "*.*.a.b", "a.*.b", "a b.c"]
)
def test_anp8_domain_names_have_a_form(name: str) -> None:
    assert codes(to({"domainNames": [name]})) == [("invalid-domain-name", (*PEER, "domainNames", 0))]


def test_every_fault_at_once() -> None:
    spec = admin(priority=-1, subject={}, egress=[{"action": "x", "to": [{}], "ports": [{}]}])
    assert len(faults(spec)) == 5
