"""What the rules of tiers that deny may deny, in closed form: enough to see that they leave something.

What is said to be left is left, for some pod under some reading: that of the addresses outside the cluster
which no network holds, or of pods that no selector means where networks do not match pods (NP-34). Rules that
pass or accept before them leave more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from verifier.analyses.lint.address_sets import AddressSet, block_set, cidr_set
from verifier.analyses.lint.label_sets import LabelSet
from verifier.analyses.lint.rule_sets import (
    Compiler,
    NamespaceSet,
    Peer,
    PodPeer,
    PolicySet,
    PortSet,
    ports_apart,
)
from verifier.encodings.effective import effect
from verifier.flow import MAX_PORT, Action, Direction, External, Node
from verifier.internet import INTERNET
from verifier.manifest.tiers import (
    NetworkSet,
    PodSet,
    PortMatch,
    PortRange,
    TieredPolicy,
    TieredRule,
    UnknownPeer,
)
from verifier.solver.far import Far

_ANYBODY = cidr_set("0.0.0.0/0")


@dataclass(frozen=True, slots=True)
class _Denial:
    """A rule that denies; `peers` None: everybody (ANP-12); `ports` None: every port, or a named one."""

    namespaces: NamespaceSet
    pods: LabelSet
    peers: tuple[Peer, ...] | None
    ports: tuple[PortSet, ...] | None


class Denials:
    """The rules of one direction that deny before NetworkPolicies are asked."""

    def __init__(self, compiler: Compiler, tiers: Sequence[TieredPolicy], direction: Direction) -> None:
        self._compiler, self._direction = compiler, direction
        self._denials = [
            self._compiled(policy, rule)
            for policy in tiers
            if policy.tier.position < 0
            for rule in policy.rules(direction)
            if effect(rule) is Action.DENY
        ]

    def leave(self, side: PolicySet, index: int, peer: int | None, far: Far | External | Node) -> bool:
        """Return whether they surely leave some of what a rule, or one peer of it, admits of that end."""
        if side.selected.empty:
            return False
        rule, place = side.rules[index], self._compiler.table.index(side.policy.namespace)
        met = [
            each
            for each in self._denials
            if place in each.namespaces and not each.pods.empty and not each.pods.apart(side.selected)
        ]
        peers = rule.peers if peer is None or rule.peers is None else (rule.peers[peer],)
        for entry in ((port,) for port in rule.ports) if rule.ports is not None else (None,):
            there = [each for each in met if not ports_apart(entry, each.ports)]
            for one in (_ANYBODY,) if peers is None else peers:
                if not self._is_of_pods_alone(entry, one) and _leave(there, one, far):
                    return True
        return False

    def _is_of_pods_alone(self, entry: tuple[PortSet, ...] | None, peer: Peer) -> bool:
        """Return whether addresses are meant, but of pods at most: nobody else names ports (NP-24)."""
        named = entry is not None and any(port.name is not None for port in entry)
        return named and self._direction is Direction.EGRESS and isinstance(peer, AddressSet)

    def _compiled(self, policy: TieredPolicy, rule: TieredRule) -> _Denial:
        closed = any(isinstance(peer, UnknownPeer) for peer in rule.peers)
        return _Denial(
            self._compiler.namespaces(policy.subject.namespaces),
            self._compiler.labels(policy.subject.pods),
            None if closed else tuple(self._peers(rule)),
            None if closed else _ports(rule.ports),
        )

    def _peers(self, rule: TieredRule) -> Iterator[Peer]:
        """Yield pods and networks; nodes are neither, and no rule that denies has names (VC-7)."""
        for peer in rule.peers:
            if isinstance(peer, PodSet):
                yield PodPeer(self._compiler.namespaces(peer.namespaces), self._compiler.labels(peer.pods))
            elif isinstance(peer, NetworkSet):
                yield from (block_set(block) for block in peer.blocks)


def _ports(ports: Sequence[PortMatch] | None) -> tuple[PortSet, ...] | None:
    if ports is None or not all(isinstance(port, PortRange) for port in ports):
        return None
    return tuple(
        PortSet(port.protocol, None, max(port.first, 1), min(port.last, MAX_PORT))
        for port in ports
        if isinstance(port, PortRange)
    )


def _leave(met: Sequence[_Denial], peer: Peer, far: Far | External | Node) -> bool:
    """Return whether they surely leave some of the flows with that other end."""
    if isinstance(far, Node) or peer.empty or any(denial.peers is None for denial in met):
        return False
    if isinstance(peer, PodPeer):
        pods = [each for denial in met for each in denial.peers or () if isinstance(each, PodPeer)]
        apart = (each.namespaces.apart(peer.namespaces) or each.pods.apart(peer.pods) for each in pods)
        return far in (Far.ANYBODY, Far.POD) and all(apart)
    left = peer
    for denial in met:
        for each in denial.peers or ():
            if isinstance(each, AddressSet):
                left = left.without(each)
    if isinstance(far, External):
        return left.holds(far.address.version, int(far.address))
    return (far is Far.ANYBODY and not left.empty) or (far is Far.INTERNET and in_internet(left))


def in_internet(addresses: AddressSet) -> bool:
    """Return whether one of the addresses is one of the internet."""
    return any(not addresses.apart(part) for part in _internet())


@cache
def _internet() -> tuple[AddressSet, ...]:
    found = []
    for part in INTERNET:
        reachable = cidr_set(str(part.cidr))
        for hole in part.without:
            reachable = reachable.without(cidr_set(str(hole)))
        found.append(reachable)
    return tuple(found)
