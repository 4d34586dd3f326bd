"""Sets of addresses as few CIDRs, with and without `except`, the way a policy would write them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from operator import attrgetter

from verifier.analyses.map.address_cells import BITS
from verifier.analyses.map.mentions import Range
from verifier.population import Cidr

_MOST_HOLES = 32  # after `except`: more are nothing to read


@dataclass(frozen=True, slots=True)
class Block:
    """The addresses in `cidr` and in none of `without`."""

    cidr: Cidr
    without: tuple[Cidr, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether it is every address of its IP version."""
        return self.cidr.prefixlen == 0 and not self.without


def blocks_of(inside: Iterable[Range], outside: Iterable[Range]) -> tuple[Block, ...]:
    """Return the fewest blocks that hold all of `inside` and nothing of `outside`.

    What lies in neither is nobody's: a block may hold it or not.
    """
    wanted, unwanted = list(inside), list(outside)
    found: list[Block] = []
    for version in (4, 6):
        own = [part for part in wanted if part.version == version]
        if own:
            tree = _Tree(version, own, [part for part in unwanted if part.version == version])
            found += tree.blocks(0, 0)
    return tuple(found)


class _Spots:
    """Disjoint ranges: is there one that meets a CIDR?"""

    def __init__(self, ranges: Sequence[Range]) -> None:
        ordered = sorted(ranges, key=attrgetter("low"))
        self._lows = [part.low for part in ordered]
        self._highs = [part.high for part in ordered]

    def meet(self, low: int, high: int) -> bool:
        place = bisect_left(self._highs, low)
        return place < len(self._lows) and self._lows[place] <= high


class _Tree:
    """CIDRs of one version, halved down to where all that matters is in or out."""

    def __init__(self, version: int, inside: Sequence[Range], outside: Sequence[Range]) -> None:
        self.version, self.bits = version, BITS[version]
        self._inside, self._outside = _Spots(inside), _Spots(outside)
        self._known: dict[tuple[int, int], list[Cidr] | None] = {}

    def blocks(self, network: int, length: int) -> list[Block]:
        """Return the blocks for what of a CIDR is inside."""
        has_in, has_out = self._has(network, length)
        if not has_in:
            return []
        if not has_out:
            return [Block(self._cidr(network, length))]
        low, high = self._halves(network, length)
        halves = [*self.blocks(*low), *self.blocks(*high)]
        if len(halves) == 1:
            return halves
        words = len(halves) + sum(len(half.without) for half in halves)
        holes = self._holes(network, length)
        if holes is None or len(holes) >= words:
            return halves
        return [Block(self._cidr(network, length), tuple(holes))]

    def _holes(self, network: int, length: int) -> list[Cidr] | None:
        """Return the fewest CIDRs that hold all that is outside and nothing inside; None if they are many."""
        known = (network, length)
        if known not in self._known:
            self._known[known] = self._new_holes(network, length)
        return self._known[known]

    def _new_holes(self, network: int, length: int) -> list[Cidr] | None:
        has_in, has_out = self._has(network, length)
        if not has_out:
            return []
        if not has_in:
            return [self._cidr(network, length)]
        found: list[Cidr] = []
        for half in self._halves(network, length):
            part = self._holes(*half)
            if part is None or len(found) + len(part) > _MOST_HOLES:
                return None
            found += part
        return found

    def _has(self, network: int, length: int) -> tuple[bool, bool]:
        high = network + (1 << self.bits - length) - 1
        return self._inside.meet(network, high), self._outside.meet(network, high)

    def _halves(self, network: int, length: int) -> tuple[tuple[int, int], tuple[int, int]]:
        return (network, length + 1), (network + (1 << self.bits - length - 1), length + 1)

    def _cidr(self, network: int, length: int) -> Cidr:
        return IPv4Network((network, length)) if self.version == 4 else IPv6Network((network, length))
