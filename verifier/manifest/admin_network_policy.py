"""policy.networking.k8s.io/v1alpha1: AdminNetworkPolicy and BaselineAdminNetworkPolicy.

As the standard and the experimental channel of version 0.1.7 have them (`nodes`, `domainNames` and
`namedPort` are experimental). The schemas take some things that no specification gives a meaning; they are
refused here, or said to match nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from verifier.diagnostics import one_line
from verifier.flow import Protocol
from verifier.manifest.base import Fault, KubernetesObject, Many, Word, field_names
from verifier.manifest.cluster_wide import (
    CidrText,
    DomainName,
    NamespacedPod,
    PortName,
    PortNumber,
    Priority,
    RuleName,
    domain_name_faults,
    egress_peer_faults,
    ingress_peer_faults,
    item_faults,
    named_port_faults,
    one_field_faults,
    unknown_peer,
)
from verifier.manifest.labels import LabelSelector
from verifier.manifest.tiers import UnknownPeer

_MAX_ITEMS = 100
_POD_FIELDS = ("namespaces", "pods")
_BASELINE_FIELDS = (*_POD_FIELDS, "networks", "nodes")
_ADMIN_FIELDS = (*_BASELINE_FIELDS, "domainNames")
_PORT_FIELDS = ("portNumber", "portRange", "namedPort")
_PROTOCOLS = frozenset(Protocol)


class AdminAction(StrEnum):
    """What a rule of an AdminNetworkPolicy does."""

    ALLOW = "Allow"
    DENY = "Deny"
    PASS = "Pass"  # noqa: S105


class BaselineAction(StrEnum):
    """What a rule of a BaselineAdminNetworkPolicy does (ANP-6)."""

    ALLOW = "Allow"
    DENY = "Deny"


def _protocol(text: str) -> str:
    # The schema takes any string. What is no protocol by any reading matches nothing; what is one by a
    # lenient reading alone is refused, for either guess could be wrong.
    if text not in _PROTOCOLS and (not text or text.upper() in _PROTOCOLS):
        message = f"unsupported value `{one_line(text)}`: expected `TCP`, `UDP` or `SCTP`"
        raise PydanticCustomError("unsupported-value", message)
    return text


ProtocolText = Annotated[str, AfterValidator(_protocol)]


# --- the schema --------------------------------------------------------------------------------------------


def _selects_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    pods = data.get("pods")
    if isinstance(pods, Mapping) and pods.get("namespaceSelector") is None:
        message, advice = "required value: the field is missing", "every namespace is `namespaceSelector: {}`"
        yield Fault("required", message, ("pods", "namespaceSelector"), advice)


class AdminNetworkPolicySubject(KubernetesObject):
    """The pods that a policy speaks of (ANP-1)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a subject that is not exactly one of its fields, or lacks a selector (VA-3)."""
        yield from one_field_faults(data, _POD_FIELDS, "every pod is `namespaces: {}`")
        yield from _selects_faults(data)


class AdminNetworkPolicyPortNumber(KubernetesObject):
    """One port of one protocol; without a protocol of TCP."""

    protocol: ProtocolText | None = None
    port: PortNumber


class AdminNetworkPolicyPortRange(KubernetesObject):
    """The ports from `start` to `end`, both included; `start` may be the greater one (VA-5)."""

    protocol: ProtocolText | None = None
    start: PortNumber
    end: PortNumber


class AdminNetworkPolicyPort(KubernetesObject):
    """A port item of a rule (ANP-9)."""

    port_number: AdminNetworkPolicyPortNumber | None = None
    port_range: AdminNetworkPolicyPortRange | None = None
    named_port: PortName | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield an item that is not exactly one of its fields (VA-3)."""
        yield from one_field_faults(data, _PORT_FIELDS, "for every port leave `ports` out")


class AdminNetworkPolicyIngressPeer(KubernetesObject):
    """Whose traffic an ingress rule speaks of: pods only (ANP-8)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a peer that is not exactly one of its fields, or lacks a selector (VA-3)."""
        yield from ingress_peer_faults(data, _POD_FIELDS)
        yield from _selects_faults(data)


class AdminNetworkPolicyEgressPeer(KubernetesObject):
    """To whom an egress rule of an AdminNetworkPolicy speaks of traffic (ANP-8)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None
    networks: Many[CidrText] | None = None
    nodes: LabelSelector | None = None
    domain_names: Many[DomainName] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a peer that is not exactly one of its fields, and lists of a wrong length (VA-3, VA-6)."""
        yield from egress_peer_faults(data, _ADMIN_FIELDS)
        yield from _selects_faults(data)


class BaselineAdminNetworkPolicyEgressPeer(KubernetesObject):
    """To whom an egress rule of a BaselineAdminNetworkPolicy speaks of traffic; no domain names (ANP-6)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None
    networks: Many[CidrText] | None = None
    nodes: LabelSelector | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a peer that is not exactly one of its fields, and lists of a wrong length (VA-3, VA-6)."""
        yield from egress_peer_faults(data, _BASELINE_FIELDS)
        yield from _selects_faults(data)


def _ingress_peer(value: object) -> AdminNetworkPolicyIngressPeer | UnknownPeer:
    kind = AdminNetworkPolicyIngressPeer
    return unknown_peer(value, field_names(kind)) or kind.model_validate(value)


def _admin_peer(value: object) -> AdminNetworkPolicyEgressPeer | UnknownPeer:
    kind = AdminNetworkPolicyEgressPeer
    return unknown_peer(value, field_names(kind)) or kind.model_validate(value)


def _baseline_peer(value: object) -> BaselineAdminNetworkPolicyEgressPeer | UnknownPeer:
    kind = BaselineAdminNetworkPolicyEgressPeer
    return unknown_peer(value, field_names(kind)) or kind.model_validate(value)


IngressPeers = Many[Annotated[AdminNetworkPolicyIngressPeer | UnknownPeer, PlainValidator(_ingress_peer)]]
AdminPeers = Many[Annotated[AdminNetworkPolicyEgressPeer | UnknownPeer, PlainValidator(_admin_peer)]]
BaselinePeers = Many[
    Annotated[BaselineAdminNetworkPolicyEgressPeer | UnknownPeer, PlainValidator(_baseline_peer)]
]


def _rule_faults(data: Mapping[str, Any], peers: str) -> Iterator[Fault]:
    yield from item_faults(data, peers, 1, _MAX_ITEMS)
    yield from item_faults(data, "ports", 1, _MAX_ITEMS)


def _egress_rule_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _rule_faults(data, "to")
    excluded = ("networks", "nodes", "domainNames")
    yield from named_port_faults(data.get("to"), data.get("ports"), "namedPort", excluded)


class AdminNetworkPolicyIngressRule(KubernetesObject):
    """What happens to traffic of some sources on some ports (absent: all)."""

    name: RuleName | None = None
    action: Word[AdminAction]
    from_: Annotated[IngressPeers, Field(alias="from")]
    ports: Many[AdminNetworkPolicyPort] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield lists of a wrong length (VA-4)."""
        yield from _rule_faults(data, "from")


class AdminNetworkPolicyEgressRule(KubernetesObject):
    """What happens to traffic to some destinations on some ports (absent: all)."""

    name: RuleName | None = None
    action: Word[AdminAction]
    to: AdminPeers
    ports: Many[AdminNetworkPolicyPort] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield lists of a wrong length (VA-4), and named ports beside addresses (VA-7)."""
        yield from _egress_rule_faults(data)
        yield from domain_name_faults(data.get("to"), data.get("action"), "Allow")


class BaselineAdminNetworkPolicyIngressRule(KubernetesObject):
    """What happens to traffic of some sources on some ports (absent: all)."""

    name: RuleName | None = None
    action: Word[BaselineAction]
    from_: Annotated[IngressPeers, Field(alias="from")]
    ports: Many[AdminNetworkPolicyPort] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield lists of a wrong length (VA-4)."""
        yield from _rule_faults(data, "from")


class BaselineAdminNetworkPolicyEgressRule(KubernetesObject):
    """What happens to traffic to some destinations on some ports (absent: all)."""

    name: RuleName | None = None
    action: Word[BaselineAction]
    to: BaselinePeers
    ports: Many[AdminNetworkPolicyPort] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield lists of a wrong length (VA-4), and named ports beside addresses (VA-7)."""
        yield from _egress_rule_faults(data)


def _spec_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    for direction in ("ingress", "egress"):
        yield from item_faults(data, direction, 0, _MAX_ITEMS)


class AdminNetworkPolicySpec(KubernetesObject):
    """What an AdminNetworkPolicy says."""

    priority: Priority
    subject: AdminNetworkPolicySubject
    ingress: Many[AdminNetworkPolicyIngressRule] | None = None
    egress: Many[AdminNetworkPolicyEgressRule] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield more rules than there may be (VA-4)."""
        yield from _spec_faults(data)


class BaselineAdminNetworkPolicySpec(KubernetesObject):
    """What the BaselineAdminNetworkPolicy says."""

    subject: AdminNetworkPolicySubject
    ingress: Many[BaselineAdminNetworkPolicyIngressRule] | None = None
    egress: Many[BaselineAdminNetworkPolicyEgressRule] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield more rules than there may be (VA-4)."""
        yield from _spec_faults(data)
