"""Addresses outside the cluster: those that nothing that policies mention tells apart are a cell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from verifier.analyses.map.mentions import Range
from verifier.flow import Address
from verifier.internet import NOT_EXTERNAL
from verifier.manifest.cidr import IPV4_BITS, IPV6_BITS
from verifier.population import Cidr, Network, Population

BITS = {4: IPV4_BITS, 6: IPV6_BITS}


@dataclass(frozen=True, slots=True)
class AddressCell:
    """Addresses outside the cluster that lie in the same mentioned ranges, `inside`."""

    version: int
    inside: frozenset[Range]
    ranges: tuple[Range, ...]


class KnownAddresses:
    """The addresses that pods and nodes of the input state; nobody else has one of them (S-2).

    Without `on_host` they are those of pods off the host network: who is on a host may share it with others.
    """

    def __init__(self, population: Population, *, on_host: bool = True) -> None:
        owned = [
            workload.addresses
            for workload in population.workloads
            if workload.addresses and (on_host or not workload.host_network)
        ]
        owned += [node.addresses for node in population.nodes if on_host]
        every: dict[int, set[int]] = {4: set(), 6: set()}
        for addresses in owned:
            for address in addresses:
                every[address.version].add(int(address))
        self._sorted = {version: sorted(numbers) for version, numbers in every.items()}

    def count(self, part: Range) -> int:
        """Return how many of them lie in a range."""
        numbers = self._sorted[part.version]
        return bisect_right(numbers, part.high) - bisect_left(numbers, part.low)

    def free(self, parts: Iterable[Range]) -> int:
        """Return how many addresses of disjoint `parts` are nobody's."""
        return sum(part.size - self.count(part) for part in parts)

    def first_free(self, parts: Iterable[Range]) -> int | None:
        """Return the lowest address of `parts` that is nobody's."""
        for part in parts:
            numbers = self._sorted[part.version]
            place, candidate = bisect_left(numbers, part.low), part.low
            while place < len(numbers) and numbers[place] == candidate:
                place, candidate = place + 1, candidate + 1
            if candidate <= part.high:
                return candidate
        return None


def network_range(cidr: Cidr) -> Range:
    """Return the addresses of a network."""
    return Range(cidr.version, int(cidr.network_address), int(cidr.broadcast_address))


def whole(version: int) -> Range:
    """Return every address of one IP version."""
    return Range(version, 0, (1 << BITS[version]) - 1)


def not_outside(network: Network) -> tuple[Range, ...]:
    """Return the ranges in which no address outside the cluster lies (S-7)."""
    declared = (*(network.pod_cidrs or ()), *(network.service_cidrs or ()), *(network.node_cidrs or ()))
    return tuple(network_range(cidr) for cidr in (*NOT_EXTERNAL, *declared))


def address_cells(mentioned: Iterable[Range], network: Network, known: KnownAddresses) -> list[AddressCell]:
    """Return the cells of the addresses outside the cluster, in ascending order."""
    excluded = frozenset(not_outside(network))
    ranges = frozenset(mentioned)
    found: list[AddressCell] = []
    for version in (4, 6):
        own = [part for part in ranges | excluded if part.version == version]
        alike: dict[frozenset[Range], list[Range]] = {}
        for part, inside in swept(own, version):
            if not inside & excluded:
                alike.setdefault(inside & ranges, []).append(part)
        found += (
            AddressCell(version, inside, tuple(parts)) for inside, parts in alike.items() if known.free(parts)
        )
    return found


def swept(ranges: Sequence[Range], version: int) -> list[tuple[Range, frozenset[Range]]]:
    """Return all addresses of one version in ascending pieces, each with those of `ranges` that hold it."""
    changes: dict[int, tuple[list[Range], list[Range]]] = {0: ([], [])}
    for part in ranges:
        changes.setdefault(part.low, ([], []))[0].append(part)
        changes.setdefault(part.high + 1, ([], []))[1].append(part)
    end = whole(version).high
    points = sorted(point for point in changes if point <= end)
    active: set[Range] = set()
    found = []
    for index, point in enumerate(points):
        begun, ended = changes[point]
        active.difference_update(ended)
        active.update(begun)
        last = points[index + 1] - 1 if index + 1 < len(points) else end
        found.append((Range(version, point, last), frozenset(active)))
    return found


class Membership:
    """In which of the mentioned ranges an address lies."""

    def __init__(self, mentioned: Iterable[Range]) -> None:
        ranges = list(mentioned)
        self._pieces = {v: swept([part for part in ranges if part.version == v], v) for v in (4, 6)}
        self._begins = {v: [part.low for part, _ in pieces] for v, pieces in self._pieces.items()}

    def of(self, address: Address) -> frozenset[Range]:
        """Return the ranges that hold `address`."""
        place = bisect_right(self._begins[address.version], int(address)) - 1
        return self._pieces[address.version][place][1]


def overlap(parts: Iterable[Range], low: int, high: int) -> Iterator[Range]:
    """Yield what of `parts` lies from `low` to `high`."""
    for part in parts:
        if part.low <= high and low <= part.high:
            yield Range(part.version, max(low, part.low), min(high, part.high))


def beyond(parts: Iterable[Range], low: int, high: int) -> Iterator[Range]:
    """Yield what of `parts` does not lie from `low` to `high`."""
    for part in parts:
        if high < part.low or part.high < low:
            yield part
            continue
        if part.low < low:
            yield Range(part.version, part.low, low - 1)
        if high < part.high:
            yield Range(part.version, high + 1, part.high)


def disjoint(parts: Iterable[Range]) -> list[Range]:
    """Return ranges of one IP version as the fewest, in ascending order."""
    found: list[Range] = []
    for part in sorted(parts):
        if found and part.low <= found[-1].high + 1:
            found[-1] = Range(part.version, found[-1].low, max(found[-1].high, part.high))
        else:
            found.append(part)
    return found
