"""Neighbouring addresses and ports that policies cannot tell apart, and what cuts them into cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from verifier.encodings.vocabulary import Mentions
from verifier.flow import Protocol
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import PortRange, TieredPolicy


@dataclass(frozen=True, slots=True)
class Cell:
    """Neighbouring addresses, or ports, that are alike: of an IP version, or of a protocol."""

    of: int | Protocol
    first: int
    last: int


def cut(of: int | Protocol, ranges: Iterable[tuple[int, int]], first: int, last: int) -> Iterator[Cell]:
    """Yield the pieces into which `ranges` cut the numbers from `first` to `last`."""
    starts = {first}
    for low, high in ranges:
        starts.add(max(low, first))
        if high < last:
            starts.add(high + 1)
    ordered = sorted(starts)
    for place, low in enumerate(ordered):
        yield Cell(of, low, ordered[place + 1] - 1 if place + 1 < len(ordered) else last)


def holding(cells: Iterable[Cell], of: int | Protocol, number: int) -> Cell:
    """Return the one of `cells` that holds a number."""
    return next(cell for cell in cells if cell.of == of and cell.first <= number <= cell.last)


def merged(cells: Iterable[Cell]) -> list[Cell]:
    """Return the same numbers in as few cells as can be, in order; all of one version, or protocol."""
    found: list[Cell] = []
    for cell in sorted(cells, key=lambda each: each.first):
        if found and found[-1].last + 1 == cell.first:
            found[-1] = Cell(cell.of, found[-1].first, cell.last)
        else:
            found.append(cell)
    return found


@dataclass(slots=True)
class Mentioned:
    """What the policies in question mention: the boundaries between values."""

    mentions: Mentions = field(default_factory=Mentions)
    ports: set[tuple[Protocol, int, int]] = field(default_factory=set)

    def take_in(self, policies: Iterable[NetworkPolicy], tiers: Iterable[TieredPolicy]) -> None:
        """Take in policies, whole."""
        policies, tiers = tuple(policies), tuple(tiers)
        self.mentions.policies(policies)
        self.mentions.tiers(tiers)
        for policy in policies:
            entries = [entry for rule in policy.spec.ingress or () for entry in rule.ports or ()]
            entries += [entry for rule in policy.spec.egress or () for entry in rule.ports or ()]
            for entry in entries:
                if isinstance(entry.port, int):
                    protocol = entry.protocol or Protocol.TCP
                    self.ports.add((protocol, entry.port, entry.port))
                    self.ports.add((protocol, entry.port, entry.end_port or entry.port))
        for tiered in tiers:
            for each in (*tiered.ingress, *tiered.egress):
                for port in each.ports or ():
                    if isinstance(port, PortRange) and port.first <= port.last:
                        self.ports.add((port.protocol, port.first, port.last))

    def join(self, other: Mentioned) -> None:
        """Take in what another has taken in."""
        for own, its in (
            (self.mentions.pod_labels, other.mentions.pod_labels),
            (self.mentions.namespace_labels, other.mentions.namespace_labels),
        ):
            for key, values in its.items():
                own.setdefault(key, set()).update(values)
        self.mentions.blocks |= other.mentions.blocks
        self.mentions.port_names |= other.mentions.port_names
        self.ports |= other.ports
