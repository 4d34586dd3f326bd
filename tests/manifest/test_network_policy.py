"""Semantics section 5.1, row by row: what the API server refuses, and what it lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from verifier.manifest.base import Fault
from verifier.manifest.faults import faults_of
from verifier.manifest.network_policy import NetworkPolicySpec, spelling_faults


def faults(spec: dict[str, Any]) -> list[Fault]:
    try:
        NetworkPolicySpec.model_validate(spec)
    except ValidationError as error:
        return list(faults_of(error))
    return []


def only(spec: dict[str, Any]) -> Fault:
    (fault,) = faults(spec)
    return fault


def port(**entry: Any) -> dict[str, Any]:
    return {"ingress": [{"ports": [entry]}]}


def peer(**entry: Any) -> dict[str, Any]:
    return {"egress": [{"to": [entry]}]}


def block(**entry: Any) -> dict[str, Any]:
    return peer(ipBlock=entry)


def requirement(**entry: Any) -> dict[str, Any]:
    return {"podSelector": {"matchExpressions": [entry]}}


PORT = ("ingress", 0, "ports", 0)
PEER = ("egress", 0, "to", 0)
REQUIREMENT = ("podSelector", "matchExpressions", 0)


@pytest.mark.parametrize("word", ["tcp", "ICMP", ""])
def test_v1_protocol(word: str) -> None:
    fault = only(port(protocol=word))
    assert (fault.code, fault.route) == ("unsupported-value", (*PORT, "protocol"))
    assert fault.message == f"unsupported value `{word}`: expected `TCP`, `UDP` or `SCTP`"


@pytest.mark.parametrize("number", [0, -1, 65536, 10**40])
def test_v2_port_out_of_range(number: int) -> None:
    fault = only(port(port=number))
    assert (fault.code, fault.route) == ("port-out-of-range", (*PORT, "port"))
    assert fault.message.endswith("must be between 1 and 65535, inclusive")


def test_v2_end_port_out_of_range() -> None:
    assert only(port(port=80, endPort=65536)) == Fault(
        "port-out-of-range",
        "invalid value `65536`: must be between 1 and 65535, inclusive",
        (*PORT, "endPort"),
    )


def test_v3_end_port_below_port() -> None:
    assert only(port(port=80, endPort=79)) == Fault(
        "end-port-below-port",
        "invalid value `79`: must be greater than or equal to `port`, `80`",
        (*PORT, "endPort"),
    )
    assert faults(port(port=80, endPort=80)) == []


def test_v4_end_port_needs_a_numeric_port() -> None:
    named, alone = only(port(port="http", endPort=80)), only(port(endPort=80))
    assert named.code == alone.code == "end-port-without-port"
    assert named.message == "invalid value: may not be specified when `port` is non-numeric"
    assert alone.message == "invalid value: may not be specified when `port` is not specified"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("80", "must contain at least one letter (a-z)"),
        ("Http", "must contain only lower case letters, digits and hyphens"),
        ("a--b", "must not contain consecutive hyphens"),
        ("-a", "must not begin or end with a hyphen"),
        ("a-", "must not begin or end with a hyphen"),
        ("sixteen-letters-", "must be no more than 15 bytes, must not begin or end with a hyphen"),
    ],
)
def test_v5_port_name(name: str, problem: str) -> None:
    fault = only(port(port=name))
    assert (fault.code, fault.route) == ("invalid-port-name", (*PORT, "port"))
    assert fault.message == f"invalid port name `{name}`: {problem}"


def test_v5_a_quoted_number_gets_advice() -> None:
    assert only(port(port="80")).help == "write the number 80 without quotes"
    assert only(port(port="")).code == "invalid-port-name"


@pytest.mark.parametrize("written", [{}, {"podSelector": None}])
def test_v6_peer_without_a_field(written: dict[str, Any]) -> None:
    fault = only(peer(**written))
    assert (fault.code, fault.route) == ("empty-peer", PEER)
    assert fault.message == "required value: must specify a peer"


@pytest.mark.parametrize("selector", ["podSelector", "namespaceSelector"])
def test_v7_block_beside_a_selector(selector: str) -> None:
    fault = only(peer(ipBlock={"cidr": "10.0.0.0/8"}, **{selector: {}}))
    assert (fault.code, fault.route) == ("mixed-peer", PEER)
    assert fault.message == "forbidden: may not specify both `ipBlock` and another peer"


def test_v8_cidr() -> None:
    place = (*PEER, "ipBlock", "cidr")
    assert only(block()) == Fault("required", "required value: the field is missing", place)
    assert only(block(cidr="")).code == "required"
    fault = only(block(cidr="10.0.0.0/33"))
    assert (fault.code, fault.route, fault.help) == ("invalid-cidr", place, None)
    assert only(block(cidr="10.1.2.3")).help == "for this one address write `10.1.2.3/32`"


@pytest.mark.parametrize(
    "hole", ["10.0.0.0/8", "0.0.0.0/0", "11.0.0.0/16", "2001:db8::/32", "::ffff:10.0.0.0/104"]
)
def test_v9_except_is_a_strict_subset(hole: str) -> None:
    assert only(block(cidr="10.0.0.0/8", **{"except": ["10.1.0.0/16", hole]})) == Fault(
        "except-outside-cidr",
        f"invalid value `{hole}`: must be a strict subset of `cidr`, `10.0.0.0/8`",
        (*PEER, "ipBlock", "except", 1),
    )


def test_v9_except_that_is_no_cidr() -> None:
    found = faults(block(cidr="10.0.0.0/8", **{"except": ["x", 1, None]}))
    assert [fault.code for fault in found] == ["invalid-cidr", "wrong-type", "wrong-type"]


def test_v10_policy_types() -> None:
    assert only({"policyTypes": ["ingress"]}) == Fault(
        "unsupported-value",
        "unsupported value `ingress`: expected `Ingress` or `Egress`",
        ("policyTypes", 0),
    )
    assert only({"policyTypes": ["Ingress", "Egress", "Ingress"]}) == Fault(
        "too-many-policy-types",
        "invalid value: may not specify more than two policyTypes, found 3",
        ("policyTypes",),
    )


@pytest.mark.parametrize("key", ["", "a/b/c", "/a", "a/", "-a", "A_/a", "x" * 64, "é"])
def test_v11_label_key(key: str) -> None:
    (fault, *_) = faults({"podSelector": {"matchLabels": {key: "x"}}})
    assert (fault.code, fault.route, fault.at_key) == (
        "invalid-label-key",
        ("podSelector", "matchLabels", key),
        True,
    )
    (fault, *_) = faults(requirement(key=key, operator="Exists"))
    assert (fault.code, fault.route) == ("invalid-label-key", (*REQUIREMENT, "key"))


@pytest.mark.parametrize("value", ["-a", "a b", "x" * 64, "é", "a\n"])
def test_v11_label_value(value: str) -> None:
    (fault, *_) = faults({"podSelector": {"matchLabels": {"a": value}}})
    assert (fault.code, fault.route) == ("invalid-label-value", ("podSelector", "matchLabels", "a"))
    (fault, *_) = faults(requirement(key="a", operator="In", values=["x", value]))
    assert (fault.code, fault.route) == ("invalid-label-value", (*REQUIREMENT, "values", 1))


@pytest.mark.parametrize("operator", ["In", "NotIn"])
@pytest.mark.parametrize("written", [{}, {"values": []}, {"values": None}])
def test_v12_values_required(operator: str, written: dict[str, Any]) -> None:
    fault = only(requirement(key="a", operator=operator, **written))
    assert (fault.code, fault.route) == ("values-required", (*REQUIREMENT, "values"))


@pytest.mark.parametrize("operator", ["Exists", "DoesNotExist"])
def test_v12_values_forbidden(operator: str) -> None:
    assert only(requirement(key="a", operator=operator, values=["x"])).code == "values-forbidden"
    assert faults(requirement(key="a", operator=operator, values=[])) == []


@pytest.mark.parametrize("operator", ["Gt", "in"])
def test_v12_operator(operator: str) -> None:
    fault = only(requirement(key="a", operator=operator))
    assert (fault.code, fault.route) == ("unsupported-value", (*REQUIREMENT, "operator"))


@pytest.mark.parametrize(
    ("cidr", "advice"),
    [
        ("10.0.0.7/8", "has host bits set: it stands for `10.0.0.0/8`, not for `10.0.0.7` alone"),
        ("010.0.0.0/8", "is not in canonical form: it stands for `10.0.0.0/8`"),
        ("::ffff:10.0.0.0/104", "is not in canonical form: it stands for `10.0.0.0/8`"),
        ("2001:DB8::1/32", "has host bits set: it stands for `2001:db8::/32`, not for `2001:db8::1` alone"),
    ],
)
def test_v14_non_canonical_cidr_is_a_warning(cidr: str, advice: str) -> None:
    (warning,) = spelling_faults(NetworkPolicySpec.model_validate(block(cidr=cidr)))
    assert (warning.code, warning.route) == ("non-canonical-cidr", (*PEER, "ipBlock", "cidr"))
    assert warning.message == f"`{cidr}` {advice}"


def test_v14_reaches_every_place() -> None:
    written = {"cidr": "10.0.0.0/8", "except": ["10.1.0.1/16"]}
    spec = NetworkPolicySpec.model_validate(
        {"ingress": [{}, {"from": [{"podSelector": {}}, {"ipBlock": written}]}]}
    )
    (warning,) = spelling_faults(spec)
    assert warning.route == ("ingress", 1, "from", 1, "ipBlock", "except", 0)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (True, "the boolean `true`"),
        (1, "the number `1`"),
        ([], "a list"),
        ({}, "a mapping"),
        (1.5, "the number `1.5`"),
    ],
)
def test_v15_label_value_that_is_no_string(value: object, found: str) -> None:
    fault = only({"podSelector": {"matchLabels": {"a": value}}})
    assert (fault.code, fault.route) == ("wrong-type", ("podSelector", "matchLabels", "a"))
    assert fault.message == f"expected a string, found {found}"
    assert fault.help == (None if isinstance(value, list | dict) else "put it in quotes")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"ingress": {"from": []}}, "expected a list, found a mapping"),
        ({"ingress": "x"}, "expected a list, found the string `x`"),
        ({"ingress": [None]}, "expected a mapping, found null"),
        ({"podSelector": []}, "expected a mapping, found a list"),
        ({"podSelector": {"matchLabels": ["a"]}}, "expected a mapping, found a list"),
        ({"policyTypes": [1]}, "expected `Ingress` or `Egress`, found the number `1`"),
        (port(port=True), "expected a port number or the name of a port, found the boolean `true`"),
        (port(port=80, endPort="90"), "expected a whole number, found the string `90`"),
    ],
)
def test_v15_wrong_container_type(spec: dict[str, Any], message: str) -> None:
    fault = only(spec)
    assert (fault.code, fault.message) == ("wrong-type", message)


@pytest.mark.parametrize(
    ("spec", "route", "advice"),
    [
        ({"podselector": {}}, ("podselector",), "did you mean `podSelector`?"),
        (peer(namespaceSelectors={}), (*PEER, "namespaceSelectors"), "did you mean `namespaceSelector`?"),
        (port(zzz=1), (*PORT, "zzz"), "the fields here are `endPort`, `port`, `protocol`"),
        ({"zzz": None}, ("zzz",), "the fields here are `egress`, `ingress`, `podSelector`, `policyTypes`"),
    ],
)
def test_v16_unknown_field(spec: dict[str, Any], route: tuple[str | int, ...], advice: str) -> None:
    assert only(spec) == Fault("unknown-field", f"unknown field `{route[-1]}`", route, advice, at_key=True)


def test_every_fault_of_an_object_at_once() -> None:
    found = faults(port(port=0, endPort=-5, protocol="tcp", prt=1))
    assert sorted(fault.code for fault in found) == [
        "end-port-below-port",
        "port-out-of-range",
        "port-out-of-range",
        "unknown-field",
        "unsupported-value",
    ]


def test_user_text_is_no_template() -> None:
    found = faults({"{help}": 1})
    assert found[0].code == "unknown-field"
    assert "the fields here" not in found[0].message


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"policyTypes": ["Ingress", "Ingress"]},
        {"policyTypes": ["Egress"], "ingress": [{}]},
        {
            "podSelector": {
                "matchLabels": {"a": "x"},
                "matchExpressions": [{"key": "a", "operator": "DoesNotExist"}],
            }
        },
        {"ingress": [{}, {}]},
        {"ingress": None, "egress": [], "podSelector": None},
        block(cidr="0.0.0.0/0", **{"except": ["0.0.0.0/1"]}),
        {"podSelector": {"matchLabels": {"a": ""}}},
        port(port=80, endPort=None),
        port(),
        peer(podSelector={}, namespaceSelector=None),
    ],
)
def test_accepted_though_surprising(spec: dict[str, Any]) -> None:
    assert faults(spec) == []


def test_a_null_label_value_is_the_empty_one() -> None:
    selector = NetworkPolicySpec.model_validate({"podSelector": {"matchLabels": {"a": None}}}).pod_selector
    assert selector is not None
    assert selector.match_labels == {"a": ""}
