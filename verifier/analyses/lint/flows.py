"""The flows of a part of a policy, and what stays of the policies without some parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from verifier.analyses.lint.address_sets import AddressSet, block_set
from verifier.analyses.lint.label_sets import LabelSet
from verifier.analyses.lint.points import Point, rule_holds
from verifier.analyses.lint.rule_sets import (
    Peer,
    PolicySet,
    PortSet,
    RuleSet,
    peers_within,
    ports_within,
)
from verifier.solver.parts import Part

View = Sequence[tuple[PolicySet, Sequence[RuleSet]]]
"""The policies that stay, each with what stays of its rules."""


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows that a part stands for: of the pods selected, with these peers, on these ports."""

    selected: LabelSet
    peers: tuple[Peer, ...] | None
    ports: tuple[PortSet, ...] | None

    @property
    def empty(self) -> bool:
        """Whether surely no flow is meant: a selector contradicts itself, or no address is left."""
        return self.selected.empty or (self.peers is not None and all(peer.empty for peer in self.peers))

    def within(self, other: Flows) -> bool:
        """Return whether `other` surely holds all of them."""
        return self.empty or (
            self.selected.within(other.selected)
            and peers_within(self.peers, other.peers)
            and ports_within(self.ports, other.ports)
        )


def gone_for(part: Part, removed: frozenset[Part]) -> frozenset[Part]:
    """Return what is to be gone when a part's flows are looked for: an `except` stays, or it admits them."""
    return removed if part.hole is not None else removed | {part}


def pruned(rule: RuleSet, parts: Collection[Part]) -> RuleSet | None:
    """Return what stays of a rule without `parts`; None: the last peer or port has gone, so has the rule."""
    if not parts:
        return rule
    if any(part.peer is None and part.port is None for part in parts):
        return None
    peers, ports = rule.peers, rule.ports
    gone_peers = {part.peer for part in parts if part.hole is None}
    if peers is not None:
        filled = [(index, _filled(rule, index, peer, parts)) for index, peer in enumerate(peers)]
        peers = tuple(peer for index, peer in filled if index not in gone_peers)
    if ports is not None:
        gone_ports = {part.port for part in parts}
        ports = tuple(port for index, port in enumerate(ports) if index not in gone_ports)
    return None if peers == () or ports == () else replace(rule, peers=peers, ports=ports)


def _filled(rule: RuleSet, index: int, peer: Peer, parts: Collection[Part]) -> Peer:
    """Return a peer without the `except`s among `parts`."""
    block = rule.written_peers[index].ip_block
    holes = {part.hole for part in parts if part.peer == index and part.hole is not None}
    if block is None or not holes or not isinstance(peer, AddressSet):
        return peer
    left = tuple(hole for number, hole in enumerate(block.except_ or ()) if number not in holes)
    return block_set(block.model_copy(update={"except_": left}))


def admitted(point: Point, view: View) -> bool:
    """Return whether one of the rules that stay admits a flow."""
    return any(
        side.selected.holds(point.labels) and any(rule_holds(rule, point) for rule in rules)
        for side, rules in view
    )
