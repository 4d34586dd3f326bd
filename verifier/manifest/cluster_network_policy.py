"""policy.networking.k8s.io/v1alpha2: ClusterNetworkPolicy, of the standard and the experimental channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from verifier.flow import Action
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
from verifier.manifest.plain import shown
from verifier.manifest.tiers import UnknownPeer

_MAX_ITEMS = 25
_POD_FIELDS = ("namespaces", "pods")
_EGRESS_FIELDS = (*_POD_FIELDS, "networks", "nodes", "domainNames")
_PROTOCOL_FIELDS = ("tcp", "udp", "sctp", "destinationNamedPort")


class TierName(StrEnum):
    """The tiers that a ClusterNetworkPolicy may be of (CNP-1)."""

    ADMIN = "Admin"
    BASELINE = "Baseline"


class ClusterNetworkPolicySubject(KubernetesObject):
    """The pods that a policy speaks of (CNP-5)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a subject that is not exactly one of its fields (VC-3)."""
        yield from one_field_faults(data, _POD_FIELDS, "every pod is `namespaces: {}`")


class PortSpan(KubernetesObject):
    """The ports from `start` to `end`, both included."""

    start: PortNumber
    end: PortNumber

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield an `end` that is not above `start` (VC-4)."""
        start, end = data.get("start"), data.get("end")
        if isinstance(start, int) and isinstance(end, int) and end <= start:
            message = f"invalid value `{shown(end)}`: must be greater than `start`, `{shown(start)}`"
            yield Fault("range-not-ascending", message, ("end",), "for one port write `number`")


class DestinationPort(KubernetesObject):
    """A port, or a range of ports."""

    number: PortNumber | None = None
    range: PortSpan | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a port that is not exactly one of its fields (VC-3)."""
        yield from one_field_faults(data, ("number", "range"), None)


class ProtocolPorts(KubernetesObject):
    """The ports of one protocol."""

    destination_port: DestinationPort | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a protocol without ports (VC-3, CNP-6)."""
        advice = "for every port of the protocol write `destinationPort: {range: {start: 1, end: 65535}}`"
        yield from one_field_faults(data, ("destinationPort",), advice)


class ClusterNetworkPolicyProtocol(KubernetesObject):
    """A protocol item of a rule (CNP-6)."""

    tcp: ProtocolPorts | None = None
    udp: ProtocolPorts | None = None
    sctp: ProtocolPorts | None = None
    destination_named_port: PortName | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield an item that is not exactly one of its fields (VC-3)."""
        yield from one_field_faults(data, _PROTOCOL_FIELDS, "for every protocol leave `protocols` out")


class ClusterNetworkPolicyIngressPeer(KubernetesObject):
    """Whose traffic an ingress rule speaks of: pods only (CNP-5)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a peer that is not exactly one of its fields (VC-3)."""
        yield from ingress_peer_faults(data, _POD_FIELDS)


class ClusterNetworkPolicyEgressPeer(KubernetesObject):
    """To whom an egress rule speaks of traffic (CNP-5)."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None
    networks: Many[CidrText] | None = None
    nodes: LabelSelector | None = None
    domain_names: Many[DomainName] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield a peer that is not exactly one of its fields, and lists of a wrong length (VC-3, VC-5)."""
        yield from egress_peer_faults(data, _EGRESS_FIELDS)


def _ingress_peer(value: object) -> ClusterNetworkPolicyIngressPeer | UnknownPeer:
    kind = ClusterNetworkPolicyIngressPeer
    return unknown_peer(value, field_names(kind)) or kind.model_validate(value)


def _egress_peer(value: object) -> ClusterNetworkPolicyEgressPeer | UnknownPeer:
    kind = ClusterNetworkPolicyEgressPeer
    return unknown_peer(value, field_names(kind)) or kind.model_validate(value)


IngressPeers = Many[Annotated[ClusterNetworkPolicyIngressPeer | UnknownPeer, PlainValidator(_ingress_peer)]]
EgressPeers = Many[Annotated[ClusterNetworkPolicyEgressPeer | UnknownPeer, PlainValidator(_egress_peer)]]


def _rule_faults(data: Mapping[str, Any], peers: str) -> Iterator[Fault]:
    yield from item_faults(data, peers, 1, _MAX_ITEMS)
    yield from item_faults(data, "protocols", 1, _MAX_ITEMS)


class ClusterNetworkPolicyIngressRule(KubernetesObject):
    """What happens to traffic of some sources by some protocols (absent: all)."""

    name: RuleName | None = None
    action: Word[Action]
    from_: Annotated[IngressPeers, Field(alias="from")]
    protocols: Many[ClusterNetworkPolicyProtocol] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield lists of a wrong length (VC-2)."""
        yield from _rule_faults(data, "from")


class ClusterNetworkPolicyEgressRule(KubernetesObject):
    """What happens to traffic to some destinations by some protocols (absent: all)."""

    name: RuleName | None = None
    action: Word[Action]
    to: EgressPeers
    protocols: Many[ClusterNetworkPolicyProtocol] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield lists of a wrong length (VC-2), and named ports beside what only experiments have (VC-6)."""
        yield from _rule_faults(data, "to")
        peers, protocols = data.get("to"), data.get("protocols")
        yield from named_port_faults(peers, protocols, "destinationNamedPort", ("nodes", "domainNames"))
        yield from domain_name_faults(peers, data.get("action"), "Accept")


class ClusterNetworkPolicySpec(KubernetesObject):
    """What a ClusterNetworkPolicy says."""

    tier: Word[TierName]
    priority: Priority
    subject: ClusterNetworkPolicySubject
    ingress: Many[ClusterNetworkPolicyIngressRule] | None = None
    egress: Many[ClusterNetworkPolicyEgressRule] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield more rules than there may be (VC-2)."""
        for direction in ("ingress", "egress"):
            yield from item_faults(data, direction, 0, _MAX_ITEMS)
