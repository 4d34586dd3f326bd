"""The rules of a side as sets of flows: compiled once, compared in closed form.

A rule is a union of boxes (peer x port entry), and stands behind its policy's podSelector (NP-5). What is
said here holds for any pod under every reading of the specification, so each comparison is *sound*: it claims
inclusion only where that is certain. What it leaves undecided is for the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verifier.analyses.lint.address_sets import AddressSet, block_set
from verifier.analyses.lint.label_sets import LabelSet
from verifier.encodings.effective import effective_types, rules_of
from verifier.encodings.namespaces import NamespaceTable, match_namespaces
from verifier.flow import Direction, Protocol
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort

Labels = Callable[[LabelSelector | None], LabelSet]


@dataclass(frozen=True, slots=True)
class NamespaceSet:
    """The namespaces that a peer means: those of `sure`, and those of `possible` whose labels match `rest`.

    Both hold indexes of the namespace table; the labels of the possible ones nobody knows (S-4).
    """

    sure: frozenset[int]
    possible: frozenset[int]
    rest: LabelSet

    @property
    def empty(self) -> bool:
        """Whether no namespace can match."""
        return not self.sure and (not self.possible or self.rest.empty)

    def __contains__(self, index: int) -> bool:
        """Whether that namespace is meant, or may be."""
        return index in self.sure or (index in self.possible and not self.rest.empty)

    def within(self, other: NamespaceSet) -> bool:
        """Return whether `other` surely means all that this means."""
        if not self.sure <= other.sure:
            return False
        left = self.possible - other.sure
        return not left or self.rest.empty or (left <= other.possible and self.rest.within(other.rest))

    def apart(self, other: NamespaceSet) -> bool:
        """Return whether no namespace can be meant by both."""
        if self.sure & other.sure:
            return False
        if self.sure & other.possible and not other.rest.empty:
            return False
        if self.possible & other.sure and not self.rest.empty:
            return False
        return not self.possible & other.possible or self.rest.apart(other.rest)


@dataclass(frozen=True, slots=True)
class PodPeer:
    """Pods by their labels, in namespaces (NP-11 to NP-14)."""

    namespaces: NamespaceSet
    pods: LabelSet

    @property
    def empty(self) -> bool:
        """Whether nobody can be meant."""
        return self.namespaces.empty or self.pods.empty


Peer = PodPeer | AddressSet


@dataclass(frozen=True, slots=True)
class PortSet:
    """A port entry: a protocol with a name, or with a range of numbers (NP-21 to NP-26)."""

    protocol: Protocol
    name: str | None
    low: int
    high: int

    @property
    def any_port(self) -> bool:
        """Whether every port of the protocol is meant, named or not."""
        return self.name is None and self.low == 0

    def within(self, other: PortSet) -> bool:
        """Return whether `other` means all that this means, also where `endPort` is not supported (NP-26)."""
        if self.protocol is not other.protocol:
            return False
        if other.any_port:
            return True
        if self.any_port or self.name != other.name:
            return False
        return self.name is not None or (self.low == other.low and self.high <= other.high)

    def apart(self, other: PortSet) -> bool:
        """Return whether no flow can match both entries."""
        if self.protocol is not other.protocol:
            return True
        if self.name is not None or other.name is not None or self.any_port or other.any_port:
            return False
        return self.high < other.low or other.high < self.low


def port_set(entry: NetworkPolicyPort) -> PortSet:
    """Return what a port entry means; its protocol defaults to TCP (NP-21)."""
    protocol = Protocol.TCP if entry.protocol is None else entry.protocol
    match entry.port:
        case None:
            return PortSet(protocol, None, 0, 0)
        case str(name):
            return PortSet(protocol, name, 0, 0)
        case int(number):
            return PortSet(protocol, None, number, entry.end_port or number)


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """One rule. `peers` and `ports` are None where they are any (NP-10, NP-20)."""

    index: int
    peers: tuple[Peer, ...] | None
    ports: tuple[PortSet, ...] | None
    written_peers: Sequence[NetworkPolicyPeer]
    written_ports: Sequence[NetworkPolicyPort]

    @property
    def universal(self) -> bool:
        """Whether it admits everybody on everything."""
        return self.peers is None and self.ports is None


@dataclass(frozen=True, slots=True, eq=False)
class PolicySet:
    """One policy in one direction: whom it isolates, and its rules there."""

    policy: NetworkPolicy
    direction: Direction
    selected: LabelSet
    rules: tuple[RuleSet, ...]

    @property
    def title(self) -> str:
        """Namespace and name."""
        return self.policy.title


class Compiler:
    """Compiles policies; equal selectors, which share one object, are compiled once."""

    def __init__(self, table: NamespaceTable, labels: Labels) -> None:
        self.table = table
        self.labels = labels
        self._namespaces: dict[int, NamespaceSet] = {}

    def policy(self, policy: NetworkPolicy, direction: Direction) -> PolicySet | None:
        """Return what `policy` does in a direction; None if it does not isolate there (NP-7, NP-8)."""
        if direction not in effective_types(policy):
            return None
        rules = rules_of(policy, direction)
        return PolicySet(
            policy,
            direction,
            self.labels(policy.spec.pod_selector),
            tuple(self._rule(index, policy.namespace, *rule) for index, rule in enumerate(rules)),
        )

    def _rule(
        self,
        index: int,
        namespace: str,
        peers: Sequence[NetworkPolicyPeer],
        ports: Sequence[NetworkPolicyPort],
    ) -> RuleSet:
        return RuleSet(
            index,
            tuple(self.peer(peer, namespace) for peer in peers) if peers else None,
            tuple(port_set(entry) for entry in ports) if ports else None,
            peers,
            ports,
        )

    def peer(self, peer: NetworkPolicyPeer, namespace: str) -> Peer:
        """Return whom a peer of a policy of that namespace means."""
        if peer.ip_block is not None:
            return block_set(peer.ip_block)
        if peer.namespace_selector is None:
            found = self.own(namespace)
        else:
            found = self.namespaces(peer.namespace_selector)
        return PodPeer(found, self.labels(peer.pod_selector))

    def own(self, namespace: str) -> NamespaceSet:
        """Return that namespace alone."""
        return NamespaceSet(frozenset((self.table.index(namespace),)), frozenset(), LabelSet({}))

    def namespaces(self, selector: LabelSelector) -> NamespaceSet:
        """Return the namespaces that `selector` means."""
        found = self._namespaces.get(id(selector))
        if found is None:
            match = match_namespaces(selector, self.table)
            rest = self.labels(match.remaining)
            sure, possible = frozenset(match.known), frozenset(match.possible)
            if rest.everything:
                found = NamespaceSet(sure | possible, frozenset(), rest)
            else:
                found = NamespaceSet(sure, possible, rest)
            self._namespaces[id(selector)] = found
        return found


# --- inclusion ----------------------------------------------------------------------------------------------


def peer_within(inner: Peer, outer: Peer) -> bool:
    """Return whether `outer` surely means all that `inner` means, whatever ipBlocks match (NP-34)."""
    if isinstance(inner, AddressSet):
        return isinstance(outer, AddressSet) and inner.within(outer)
    if isinstance(outer, AddressSet):
        return inner.empty
    return inner.empty or (inner.namespaces.within(outer.namespaces) and inner.pods.within(outer.pods))


def peers_within(inner: tuple[Peer, ...] | None, outer: tuple[Peer, ...] | None) -> bool:
    """Return whether each peer of `inner` lies in one of `outer`; None is everybody."""
    if outer is None:
        return True
    return inner is not None and all(any(peer_within(p, q) for q in outer) for p in inner)


def ports_within(inner: tuple[PortSet, ...] | None, outer: tuple[PortSet, ...] | None) -> bool:
    """Return whether each entry of `inner` lies in one of `outer`; None is every port."""
    if outer is None:
        return True
    return inner is not None and all(any(p.within(q) for q in outer) for p in inner)


# --- overlap ------------------------------------------------------------------------------------------------


def peers_meet(one: tuple[Peer, ...] | None, other: tuple[Peer, ...] | None) -> bool:
    """Return whether somebody is meant by both, also where ipBlocks do not match pods (NP-34)."""
    if one is None or other is None:
        named = other if one is None else one
        return named is None or not all(peer.empty for peer in named)
    return any(_peers_meet(p, q) for p in one for q in other)


def _peers_meet(one: Peer, other: Peer) -> bool:
    if one.empty or other.empty:
        return False
    if isinstance(one, AddressSet):
        return isinstance(other, AddressSet) and not one.apart(other)
    if isinstance(other, AddressSet):
        return False
    return not (one.namespaces.apart(other.namespaces) or one.pods.apart(other.pods))


def ports_apart(one: tuple[PortSet, ...] | None, other: tuple[PortSet, ...] | None) -> bool:
    """Return whether surely no flow matches both."""
    if one is None or other is None:
        return False
    return all(p.apart(q) for p in one for q in other)
