"""Both sides together: which sources reach which destinations on which ports, as few rows as can be merged.

Only groups of endpoints are combined, never single ones. Of a pod and itself nothing is said (NP-40): a row
whose two ends overlap speaks of different pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import or_

from verifier.analyses.map.bits import bits_of, bits_or, members, refined
from verifier.analyses.map.context import Context
from verifier.analyses.map.diagram import NEVER, Atom, Value, atoms
from verifier.analyses.map.facts import EndFacts, Facts
from verifier.analyses.map.peers import SAME_NODE, Peers
from verifier.analyses.map.rule_ports import Ports
from verifier.analyses.map.sides import Sides
from verifier.flow import Direction

Label = tuple[int, frozenset[Atom]]
"""Ports, and what they hang on."""


@dataclass(frozen=True, slots=True)
class Row:
    """All of `sources` reach all of `destinations` on `ports`; where it hangs on `depends`, some may not.

    Sources and destinations are sets of endpoints, ports a set of cells; `depends` are the atoms that decide.
    """

    sources: int
    destinations: int
    ports: int
    depends: frozenset[Atom] = frozenset()

    @property
    def label(self) -> Label:
        """What is said of each pair."""
        return self.ports, self.depends


@dataclass(frozen=True, slots=True)
class _Block:
    """Pairs of one value: each of `sources` with each of `destinations`."""

    sources: int
    destinations: int
    value: Value


def rows_of(context: Context) -> list[Row]:
    """Return the rows of a cluster, no two of which have two of FROM, TO and PORTS in common."""
    settling = _Settling(context)
    found: dict[Label, dict[int, int]] = {}
    for blocks in _by_source(context):
        for label, alike in _alike(settling.rows(blocks), context.ends.all).items():
            into = found.setdefault(label, {})
            for destinations, sources in alike.items():
                into[destinations] = into.get(destinations, 0) | sources
    return _rows(found)


def on_ports(rows: Iterable[Row], ports: int) -> list[Row]:
    """Return what rows say of some ports alone."""
    found: dict[Label, dict[int, int]] = {}
    for row in rows:
        if row.ports & ports:
            into = found.setdefault((row.ports & ports, row.depends), {})
            into[row.destinations] = into.get(row.destinations, 0) | row.sources
    return _rows(found)


def _rows(found: Mapping[Label, Mapping[int, int]]) -> list[Row]:
    return [
        Row(sources, destinations, *label)
        for label, by_destinations in found.items()
        for sources, destinations in _merged(by_destinations)
    ]


def _by_source(context: Context) -> list[list[_Block]]:
    """Return the pairs for which both sides say yes on some port, a list for each group of sources.

    Each pair is in one block.
    """
    peers, ports = Peers(context), Ports(context)
    egress = Sides(context, Direction.EGRESS, peers, ports).groups()
    ingress = Sides(context, Direction.INGRESS, peers, ports).groups()
    at = [0] * context.ends.size
    for number, group in enumerate(egress):
        for index in members(group.own):
            at[index] = number
    found: list[list[_Block]] = [[] for _ in egress]
    both = context.diagrams.both
    for group in ingress:
        for value, sources in group.pieces:
            left = sources
            while left:
                number = at[(left & -left).bit_length() - 1]
                source = egress[number]
                from_here = left & source.own
                left ^= from_here
                for out, destinations in source.pieces:
                    there = destinations & group.own
                    if there:
                        together = both(out, value)
                        if together != NEVER:
                            found[number] += _with_a_pod(context, from_here, there, together)
    return found


def _with_a_pod(context: Context, sources: int, destinations: int, value: Value) -> Iterator[_Block]:
    """Yield the block without pairs of which neither is a pod."""
    pods, outside = context.ends.pods, context.ends.outside
    if not (sources & outside and destinations & outside):
        yield _Block(sources, destinations, value)
        return
    if sources & pods:
        yield _Block(sources & pods, destinations, value)
    if destinations & pods:
        yield _Block(sources & outside, destinations & pods, value)


class _Settling:
    """Says what blocks come to, cut where the facts about their ends differ."""

    def __init__(self, context: Context) -> None:
        self.ends, self.diagrams = context.ends, context.diagrams
        self.facts = Facts(context.ends, context.diagrams)
        every = [self.facts.of(index) for index in range(self.ends.size)]
        self._placed = self._grouped(every)
        # Where a pod runs matters only where it is asked whose node it is.
        self._anywhere = self._grouped(
            [each if each.host_network or each.node is None else replace(each, node=None) for each in every]
        )
        self._on_node = self.ends.grouped(
            lambda shape: shape.node, (shape for shape in self.ends.shapes if shape.node is not None)
        )
        self._on_known_nodes = bits_or(self._on_node.values())

    def _grouped(self, every: Sequence[EndFacts]) -> dict[EndFacts, int]:
        groups: dict[EndFacts, list[int]] = {}
        for index, each in enumerate(every):
            groups.setdefault(each, []).append(index)
        return {each: bits_of(indices, self.ends.size) for each, indices in groups.items()}

    def rows(self, blocks: Iterable[_Block]) -> Iterator[Row]:
        """Yield the rows of `blocks`."""
        for block in blocks:
            for each in self._by_nodes(block):
                if isinstance(each.value, int) and self._all_meet(each.sources, each.destinations):
                    yield Row(each.sources, each.destinations, each.value)
                else:
                    yield from self._settled(each)

    def _by_nodes(self, block: _Block) -> Iterator[_Block]:
        """Cut a block so that wherever it is known whether two share a node, it is not asked."""
        if isinstance(block.value, int) or SAME_NODE not in atoms(block.value):
            yield block
            return
        same, apart = (self.diagrams.given(block.value, SAME_NODE, answer) for answer in (True, False))
        placed = block.sources & self._on_known_nodes
        there = block.destinations & self._on_known_nodes
        for own in self._on_node.values() if there else ():
            here = placed & own
            if here:
                for value, destinations in ((same, there & own), (apart, there & ~own)):
                    if destinations and value != NEVER:
                        yield _Block(here, destinations, value)
        if block.sources ^ placed:
            yield _Block(block.sources ^ placed, block.destinations, block.value)
        if placed and block.destinations ^ there:
            yield _Block(placed, block.destinations ^ there, block.value)

    def _all_meet(self, sources: int, destinations: int) -> bool:
        """Return whether any two of them may have addresses of one family."""
        families = self.ends.families
        dual = families[4] & families[6]
        if not sources & ~dual or not destinations & ~dual:
            return True
        return any(not (sources | destinations) & ~family for family in families.values())

    def _settled(self, block: _Block) -> Iterator[Row]:
        placed = SAME_NODE in atoms(block.value)
        known = self._placed if placed else self._anywhere
        for source, sources in _parts(block.sources, known):
            for destination, destinations in _parts(block.destinations, known):
                settled = self.facts.settle(block.value, source, destination)
                if settled is None:
                    continue
                if settled.always:
                    yield Row(sources, destinations, settled.always)
                for ports, deciding in settled.depends:
                    yield Row(sources, destinations, ports, deciding)


def _parts(bits: int, known: Mapping[EndFacts, int]) -> Iterator[tuple[EndFacts, int]]:
    for each, group in known.items():
        if bits & group:
            yield each, bits & group


def _alike(rows: Iterable[Row], everybody: int) -> dict[Label, dict[int, int]]:
    """Return for each label the sources by all whom they reach with it."""
    reached: dict[Label, dict[int, int]] = {}
    for row in rows:
        by_sources = reached.setdefault(row.label, {})
        by_sources[row.sources] = by_sources.get(row.sources, 0) | row.destinations
    found: dict[Label, dict[int, int]] = {}
    for label, by_sources in reached.items():
        pieces = {0: everybody}
        if not _overlap(by_sources):
            pieces = {}
            for sources, destinations in by_sources.items():
                pieces[destinations] = pieces.get(destinations, 0) | sources
        else:
            for sources, destinations in by_sources.items():
                pieces = refined(pieces, {destinations: sources}, or_, 0)
            pieces.pop(0, None)
        found[label] = pieces
    return found


def _overlap(sets: Iterable[int]) -> bool:
    """Return whether two of `sets` have a member in common."""
    union = 0
    for bits in sets:
        if bits & union:
            return True
        union |= bits
    return False


def _merged(by_destinations: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return (sources, destinations) such that no two have either in common."""
    pairs = [(sources, destinations) for destinations, sources in by_destinations.items()]
    while True:
        by_sources: dict[int, int] = {}
        for sources, destinations in pairs:
            by_sources[sources] = by_sources.get(sources, 0) | destinations
        again: dict[int, int] = {}
        for sources, destinations in by_sources.items():
            again[destinations] = again.get(destinations, 0) | sources
        if len(again) == len(pairs):
            return pairs
        pairs = [(sources, destinations) for destinations, sources in again.items()]
