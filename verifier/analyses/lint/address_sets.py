"""ipBlocks as sets of addresses: disjoint ranges of numbers, exact, in closed form (NP-30 to NP-33)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from verifier.manifest.cidr import IPV4_BITS, IPV6_BITS, parse_cidr
from verifier.manifest.network_policy import IPBlock

_CACHED = 16384


@dataclass(frozen=True, slots=True)
class AddressSet:
    """Addresses of one family: `ranges` are disjoint, ascending, with both ends included."""

    version: int
    ranges: tuple[tuple[int, int], ...]

    @property
    def empty(self) -> bool:
        """Whether no address is in it."""
        return not self.ranges

    def holds(self, version: int, address: int) -> bool:
        """Return whether an address is in it."""
        return version == self.version and any(low <= address <= high for low, high in self.ranges)

    def within(self, other: AddressSet) -> bool:
        """Return whether `other` holds all of it."""
        if self.version != other.version:
            return self.empty
        return all(
            any(low <= mine and high >= top for low, high in other.ranges) for mine, top in self.ranges
        )

    def apart(self, other: AddressSet) -> bool:
        """Return whether the two share no address."""
        if self.version != other.version:
            return True
        return not any(low <= top and mine <= high for low, high in other.ranges for mine, top in self.ranges)

    def without(self, other: AddressSet) -> AddressSet:
        """Return what is left of it when `other` is taken away."""
        if self.version != other.version:
            return self
        left = list(self.ranges)
        for low, high in other.ranges:
            left = [part for mine in left for part in _cut(mine, low, high)]
        return AddressSet(self.version, tuple(left))


def _cut(mine: tuple[int, int], low: int, high: int) -> list[tuple[int, int]]:
    begin, end = mine
    if high < begin or end < low:
        return [mine]
    parts = []
    if begin < low:
        parts.append((begin, low - 1))
    if high < end:
        parts.append((high + 1, end))
    return parts


@lru_cache(maxsize=_CACHED)
def cidr_set(text: str) -> AddressSet:
    """Return the addresses of a CIDR, its host bits cleared (NP-32)."""
    cidr = parse_cidr(text)
    free = (IPV4_BITS if cidr.version == 4 else IPV6_BITS) - cidr.prefix_length
    low = cidr.address >> free << free
    return AddressSet(cidr.version, ((low, low + (1 << free) - 1),))


def block_set(block: IPBlock, *, besides: int | None = None) -> AddressSet:
    """Return the addresses in `cidr` and in no `except`; `besides`: that one of `except` left out."""
    found = cidr_set(block.cidr)
    for index, hole in enumerate(block.except_ or ()):
        if index != besides:
            found = found.without(cidr_set(hole))
    return found
