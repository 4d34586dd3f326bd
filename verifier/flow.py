"""One concrete connection attempt and what is decided about it: the words both readings share.

M-1: a decision is taken for the opening of a connection, from a source endpoint to a destination endpoint on
one protocol and one destination port. Nothing here knows what a policy means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address

MIN_PORT = 1
MAX_PORT = 65535


class Protocol(StrEnum):
    """The transport protocols that NetworkPolicy speaks of (M-5)."""

    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"

    __hash__ = str.__hash__  # an enumeration's own is slow


class Direction(StrEnum):
    """A side of a flow, in the spelling of `policyTypes`."""

    INGRESS = "Ingress"
    EGRESS = "Egress"

    @property
    def other(self) -> Direction:
        """The direction of the other side."""
        return Direction.EGRESS if self is Direction.INGRESS else Direction.INGRESS


class Action(StrEnum):
    """What the first rule that matches in a tier does: `Pass` leaves the tier to the next one."""

    ACCEPT = "Accept"
    DENY = "Deny"
    PASS = "Pass"  # noqa: S105


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container declares; `name` is None when it has none."""

    number: int
    protocol: Protocol = Protocol.TCP
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PodNamespace:
    """The namespace of one concrete pod, with its labels as written (NP-16 is left to the two readings)."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pod:
    """One concrete pod. Two pods are the same pod iff namespace name and pod name are the same.

    `ports` keeps the order of the manifest (regular containers first, then init containers). `addresses`
    holds at most one address a family. `node` is the name of the node it runs on; None: not known to be the
    node of anybody else. `owner` is the workload it belongs to (`Deployment/web`, or `Pod/web` for a bare
    pod), None when hypothetical.
    """

    namespace: PodNamespace
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[ContainerPort, ...] = ()
    addresses: tuple[Address, ...] = ()
    host_network: bool = False
    node: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class External:
    """An address outside the cluster: no pod's, no node's."""

    address: Address


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster, with the addresses of `status.addresses`; `labels` None: not known."""

    name: str
    addresses: tuple[Address, ...] = ()
    labels: Mapping[str, str] | None = None


Endpoint = Pod | External | Node


@dataclass(frozen=True, slots=True)
class Flow:
    """A connection attempt. Both addresses are of one family; a pod's or node's address is one of its own."""

    source: Endpoint
    destination: Endpoint
    source_address: Address
    destination_address: Address
    protocol: Protocol
    port: int


@dataclass(frozen=True, slots=True, order=True)
class RuleRef:
    """A rule by name: `shop/allow-x`, Ingress, 0 is `ingress[0]` of that policy.

    A policy of another tier goes by kind and name: `AdminNetworkPolicy/pass-monitoring`.
    """

    policy: str
    direction: Direction
    index: int

    @property
    def rule(self) -> str:
        """The rule's place in its policy, as a field path below `spec`."""
        return f"{self.direction.lower()}[{self.index}]"


@dataclass(frozen=True, slots=True, order=True)
class Isolation:
    """What a policy does by being there: it isolates the pods that it selects, in one direction."""

    policy: str
    direction: Direction


Ground = Isolation | RuleRef
"""One thing that a policy does: a proof may rest on it."""


class Reason(StrEnum):
    """Why a side of a flow says yes or no."""

    RULE = "allowed by a rule"
    NOT_ISOLATED = "not isolated"
    NOT_A_POD = "not a pod"
    HOST_NETWORK = "host network"
    SELF = "a pod always reaches itself"
    OWN_NODE = "a pod's own node is always let in"
    NO_RULE = "isolated, and no rule matches"
    ACCEPTED = "accepted by the first rule that matches"
    DENIED = "denied by the first rule that matches"


NETWORK_POLICY_TIER = "NetworkPolicy"


@dataclass(frozen=True, slots=True)
class TierStep:
    """What one tier says of one side; `action` None: nothing, so the next tier is asked.

    `rule` is the first that matches, `name` its own name, `priority` that of its policy. The NetworkPolicies
    have none of these: what they rest on stands in the decision. `fails_closed`: a peer of the rule is of a
    sort that is not known, so it denies everything, whatever it says (ANP-12).
    """

    tier: str
    action: Action | None = None
    rule: RuleRef | None = None
    name: str | None = None
    priority: int | None = None
    fails_closed: bool = False


@dataclass(frozen=True, slots=True)
class SideDecision:
    """What one side of a flow says, and why.

    `rules` are the NetworkPolicies' rules that match if `reason` is RULE, the one rule that decides if it is
    ACCEPTED or DENIED, and otherwise none; `isolating` names (`namespace/name`) all policies that isolate the
    pod in this direction, in the order given. `walk` is what each tier said, up to the one that decided;
    empty if there are no tiers but the NetworkPolicies, or the side is subject to none.
    """

    direction: Direction
    allowed: bool
    reason: Reason
    rules: tuple[RuleRef, ...] = ()
    isolating: tuple[str, ...] = ()
    walk: tuple[TierStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Both sides of a flow (M-2): it is allowed iff both allow it."""

    egress: SideDecision
    ingress: SideDecision

    @property
    def allowed(self) -> bool:
        """Whether the flow passes."""
        return self.egress.allowed and self.ingress.allowed


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What tiers depend on besides a flow: facts of the cluster, each with one value.

    Args:
        nodes: every node that matters, with its labels.
        domain_names: the addresses outside the cluster that each domain name has (CNP-9, S-12).
        precedence: titles of tiered policies: of two of equal priority in one tier the one that is named
            earlier comes first (ANP-11).
    """

    nodes: tuple[Node, ...] = ()
    domain_names: Mapping[str, frozenset[Address]] = field(default_factory=dict)
    precedence: tuple[str, ...] = ()
