"""What the kinds of policy.networking.k8s.io have in common: how their schemas check, and what they share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from verifier.diagnostics import one_line
from verifier.flow import MAX_PORT, MIN_PORT
from verifier.manifest.base import Fault, KubernetesObject
from verifier.manifest.cidr import is_plain_cidr
from verifier.manifest.labels import LabelSelector
from verifier.manifest.plain import shown
from verifier.manifest.spelling import look_alike
from verifier.manifest.tiers import UnknownPeer

MAX_PRIORITY = 1000
MAX_RULE_NAME = 100
MAX_NETWORKS = 25
MAX_DOMAIN_NAMES = 25
_MAX_CIDR_LENGTH = 43

# What a peer of NetworkPolicy is made of. In these kinds they would be newer fields only by their name.
_NETWORK_POLICY_PEER = frozenset({"podSelector", "namespaceSelector", "ipBlock"})
_EGRESS_PEER = frozenset({"namespaces", "pods", "networks", "nodes", "domainNames"})

_DNS_LABEL = r"[A-Za-z0-9](?:[-_A-Za-z0-9]*[A-Za-z0-9])?"
_DOMAIN_NAME = re.compile(rf"(?:\*\.)?(?:{_DNS_LABEL}\.)+{_DNS_LABEL}\.?")


# --- single values -----------------------------------------------------------------------------------------


def _port_number(number: int) -> int:
    if not MIN_PORT <= number <= MAX_PORT:
        message = f"invalid value `{shown(number)}`: must be between {MIN_PORT} and {MAX_PORT}, inclusive"
        raise PydanticCustomError("port-out-of-range", message)
    return number


def _priority(number: int) -> int:
    if not 0 <= number <= MAX_PRIORITY:
        message = f"invalid value `{shown(number)}`: must be between 0 and {MAX_PRIORITY}, inclusive"
        raise PydanticCustomError("priority-out-of-range", message)
    return number


def _rule_name(text: str) -> str:
    if len(text) > MAX_RULE_NAME:
        message = f"invalid value `{one_line(text, 40)}`: must be no more than {MAX_RULE_NAME} characters"
        raise PydanticCustomError("name-too-long", message)
    return text


def _port_name(text: str) -> str:
    if not text:
        message = "invalid value: expected the name of a container port, found the empty string"
        raise PydanticCustomError("invalid-port-name", message)
    return text


def _cidr(text: str) -> str:
    if len(text) > _MAX_CIDR_LENGTH:
        message = f"invalid value `{one_line(text)}`: must be no more than {_MAX_CIDR_LENGTH} characters"
        raise PydanticCustomError("invalid-cidr", message)
    if not is_plain_cidr(text):
        message = (
            f"invalid value `{one_line(text)}`: must be a CIDR (such as `10.9.8.0/24` or `2001:db8::/64`),"
            " without leading zeros, and not of IPv4 addresses written as IPv6"
        )
        raise PydanticCustomError("invalid-cidr", message)
    return text


def _domain_name(text: str) -> str:
    if not _DOMAIN_NAME.fullmatch(text):
        message = (
            f"invalid value `{one_line(text)}`: must be a domain name of two labels or more"
            " (such as `example.com`), perhaps with `*.` in front"
        )
        raise PydanticCustomError("invalid-domain-name", message)
    return text


PortNumber = Annotated[int, AfterValidator(_port_number)]
Priority = Annotated[int, AfterValidator(_priority)]
RuleName = Annotated[str, AfterValidator(_rule_name)]
PortName = Annotated[str, AfterValidator(_port_name)]
CidrText = Annotated[str, AfterValidator(_cidr)]
DomainName = Annotated[str, AfterValidator(_domain_name)]


class NamespacedPod(KubernetesObject):
    """Pods by both selectors; a `namespace_selector` that is left out is every namespace (CNP-5)."""

    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector


# --- what is wrong between fields --------------------------------------------------------------------------


def one_field_faults(data: Mapping[str, Any], fields: Sequence[str], advice: str | None) -> Iterator[Fault]:
    """Yield the fault "not exactly one of `fields` is set" (VA-3, VC-3); `advice` is for none at all."""
    present = [field for field in fields if field in data]
    choices = ", ".join(f"`{field}`" for field in fields)
    if not data:
        wanted = choices if len(fields) == 1 else f"exactly one of {choices}"
        yield Fault("exactly-one-field", f"required value: must set {wanted}", (), advice)
    elif len(present) > 1:
        named = ", ".join(f"`{field}`" for field in present)
        message = f"forbidden: must set exactly one of {choices}, found {named}"
        yield Fault("exactly-one-field", message, (), "make each an item of its own")


def item_faults(data: Mapping[str, Any], key: str, least: int, most: int) -> Iterator[Fault]:
    """Yield the fault "the list at `key` has fewer items than `least`, or more than `most`" (VA-4, VC-2)."""
    items = data.get(key)
    if not isinstance(items, list):
        return
    if len(items) < least:
        message = f"invalid value: must have at least {least} item, found none"
        advice = "leave the field out for no restriction" if key in ("ports", "protocols") else None
        yield Fault("too-few-items", message, (key,), advice)
    elif len(items) > most:
        yield Fault("too-many-items", f"too many: must have at most {most} items, found {len(items)}", (key,))


def set_faults(data: Mapping[str, Any], key: str, most: int) -> Iterator[Fault]:
    """Yield what is wrong with the list at `key`, whose items are distinct: 1 to `most` of them (VA-6)."""
    yield from item_faults(data, key, 1, most)
    items = data.get(key)
    seen: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, str):
            if item in seen:
                yield Fault("duplicate-value", f"duplicate value `{one_line(item)}`", (key, index))
            seen.add(item)


def egress_peer_faults(data: Mapping[str, Any], fields: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with a peer of `to` whose fields are `fields` (VA-3, VA-6, VC-3, VC-5)."""
    yield from one_field_faults(data, fields, "every pod is `namespaces: {}`")
    yield from set_faults(data, "networks", MAX_NETWORKS)
    if "domainNames" in fields:
        yield from set_faults(data, "domainNames", MAX_DOMAIN_NAMES)
    elif "domainNames" in data:
        message = "unknown field `domainNames`"
        advice = "only an AdminNetworkPolicy or ClusterNetworkPolicy has it"
        yield Fault("unknown-field", message, ("domainNames",), advice, at_key=True)


def ingress_peer_faults(data: Mapping[str, Any], fields: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with a peer of `from`: it is no pods, or what only egress knows (ANP-8)."""
    yield from one_field_faults(data, fields, "every pod is `namespaces: {}`")
    for key in data:
        if key in _EGRESS_PEER.difference(fields):
            advice = "an ingress rule speaks of pods only; nothing here names what is no pod"
            yield Fault("unknown-field", f"unknown field `{key}`", (key,), advice, at_key=True)


def named_port_faults(peers: object, ports: object, field: str, excluded: Sequence[str]) -> Iterator[Fault]:
    """Yield the fault "a port by name beside a peer that has no named ports" (VA-7, VC-6).

    `peers` and `ports` are the plain lists of a rule, `field` is where a port item has a name.
    """
    if not isinstance(peers, list) or not isinstance(ports, list):
        return
    named = any(isinstance(port, Mapping) and port.get(field) is not None for port in ports)
    for index, peer in enumerate(peers if named else ()):
        for key in excluded:
            if isinstance(peer, Mapping) and peer.get(key) is not None:
                message = f"forbidden: `{key}` may not stand beside a `{field}`, for it has no named ports"
                advice = "make two rules of it, or write the port's number"
                yield Fault("named-port-beside-addresses", message, ("to", index, key), advice)


def domain_name_faults(peers: object, action: object, accept: str) -> Iterator[Fault]:
    """Yield each `domainNames` in a rule that does not accept: what it would do is not defined (VC-7)."""
    if not isinstance(peers, list) or action == accept:
        return
    for index, peer in enumerate(peers):
        if isinstance(peer, Mapping) and peer.get("domainNames") is not None:
            message = f"`domainNames` are supported in `{accept}` rules only: nothing says what others do"
            advice = f"write an `{accept}` rule for the names, and a rule after it that denies the rest"
            yield Fault("undefined-rule", message, ("to", index, "domainNames"), advice)


def unknown_peer(value: object, known: frozenset[str]) -> UnknownPeer | None:
    """Return the peer `value` if its only field may be one of a newer version; None: it is ours to check.

    A field that only resembles one of `known`, or that another kind of peer has, is a mistake instead.
    """
    if not isinstance(value, Mapping):
        return None
    written = [key for key, content in value.items() if content is not None]
    if len(written) != 1 or not isinstance(written[0], str):
        return None
    field = written[0]
    mistaken = known | _EGRESS_PEER | _NETWORK_POLICY_PEER
    if field in mistaken or look_alike(field, tuple(sorted(mistaken))) is not None:
        return None
    return UnknownPeer(field)
