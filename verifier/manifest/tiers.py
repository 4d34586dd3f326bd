"""Policies of ordered tiers, whatever API they come from: what both readings are given of them.

A tier's policies are asked in ascending priority, and the rules of one policy from the top; the first rule
that matches decides (ANP-2, CNP-2). NetworkPolicies are a tier of their own, in the middle: tiers before it
have a negative position, tiers after it a positive one. What a field means is the readings' business.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from verifier.flow import Action, Direction, Protocol
from verifier.manifest.base import Route
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock


@dataclass(frozen=True, slots=True, order=True)
class Tier:
    """A place in the order of tiers; the NetworkPolicies are at position 0."""

    position: int
    name: str


ADMIN_KIND = "AdminNetworkPolicy"
BASELINE_KIND = "BaselineAdminNetworkPolicy"
BASELINE_NAME = "default"
CLUSTER_KIND = "ClusterNetworkPolicy"

ADMIN = Tier(-1, "Admin")
BASELINE = Tier(1, "Baseline")


@dataclass(frozen=True, slots=True)
class PodSet:
    """The pods that `pods` selects in the namespaces that `namespaces` selects: a subject, or a peer.

    `by_pods` says how it is written, as `pods` or as `namespaces`; it means nothing.
    """

    namespaces: LabelSelector
    pods: LabelSelector
    by_pods: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class NetworkSet:
    """The addresses in any of `blocks` (ANP-10, CNP-7)."""

    blocks: tuple[IPBlock, ...]


@dataclass(frozen=True, slots=True)
class NodeSet:
    """The nodes that `nodes` selects by the labels of Node objects (ANP-10, CNP-10)."""

    nodes: LabelSelector


@dataclass(frozen=True, slots=True)
class DomainNames:
    """The addresses of `names`: lower case, no dot at the end, perhaps `*.` in front (CNP-9)."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownPeer:
    """A peer of a sort that is not known here, by the name of its field: its rule fails closed (ANP-12)."""

    field: str


Peer = PodSet | NetworkSet | NodeSet | DomainNames | UnknownPeer


@dataclass(frozen=True, slots=True)
class PortRange:
    """The ports from `first` to `last`, both included; none if `last` is below `first` (VA-5)."""

    protocol: Protocol
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class NamedPort:
    """The container port of that name on the destination pod, with that port's own protocol (ANP-9)."""

    name: str


PortMatch = PortRange | NamedPort


@dataclass(frozen=True, slots=True)
class TieredRule:
    """A rule: it matches iff one of its peers and one of its ports do.

    Args:
        peers: never empty.
        ports: None: every port of every protocol. `()`: none, as where the manifest names other protocols
            alone (VA-5).
        name: the rule's own name, if it has one.
        route: the way from the object to the rule: `("spec", "ingress", 0)`.
    """

    action: Action
    peers: tuple[Peer, ...]
    ports: tuple[PortMatch, ...] | None
    name: str | None
    route: Route


@dataclass(frozen=True, slots=True)
class TieredPolicy:
    """A policy of one tier; it says nothing of a direction in which it has no rules (ANP-5).

    Args:
        kind: `AdminNetworkPolicy`, …
        priority: the lower, the earlier; which of two equal ones comes first is open (ANP-11).
        subject: the pods that it speaks of.
        ingress: in their order, as `egress`: the index of a rule is its index in the manifest.
    """

    kind: str
    name: str
    tier: Tier
    priority: int
    subject: PodSet
    ingress: tuple[TieredRule, ...] = ()
    egress: tuple[TieredRule, ...] = ()

    @property
    def title(self) -> str:
        """Kind and name, which no other policy has: `AdminNetworkPolicy/pass-monitoring`."""
        return f"{self.kind}/{self.name}"

    def rules(self, direction: Direction) -> tuple[TieredRule, ...]:
        """Return the rules of one direction, in their order."""
        return self.ingress if direction is Direction.INGRESS else self.egress
