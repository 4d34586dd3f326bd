"""Ports as bits: the numbers that policies mention cut each protocol into cells that nothing tells apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from verifier.flow import MAX_PORT, MIN_PORT, Protocol

PROTOCOLS = tuple(Protocol)


@dataclass(frozen=True, slots=True, order=True)
class PortSpan:
    """The ports from `first` to `last` of one protocol, both included."""

    protocol: Protocol
    first: int
    last: int

    @property
    def whole(self) -> bool:
        """Whether it is every port of the protocol."""
        return self.first == MIN_PORT and self.last == MAX_PORT

    def __str__(self) -> str:
        if self.whole:
            return str(self.protocol)
        numbers = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{numbers}/{self.protocol}"


class PortCells:
    """The cells, numbered protocol by protocol in ascending order; a set of ports has a bit for each."""

    def __init__(self, mentioned: Iterable[PortSpan]) -> None:
        begins: dict[Protocol, set[int]] = {protocol: {MIN_PORT} for protocol in PROTOCOLS}
        for span in mentioned:
            if span.first <= span.last:
                begins[span.protocol].update((span.first, span.last + 1))
        self._begins = {p: sorted(b for b in begins[p] if b <= MAX_PORT) for p in PROTOCOLS}
        self._offset: dict[Protocol, int] = {}
        self.cells: list[PortSpan] = []
        for protocol in PROTOCOLS:
            self._offset[protocol] = len(self.cells)
            starts = self._begins[protocol]
            ends = [*(start - 1 for start in starts[1:]), MAX_PORT]
            self.cells += (PortSpan(protocol, *ends_) for ends_ in zip(starts, ends, strict=True))
        self.full = (1 << len(self.cells)) - 1
        self._texts: dict[int, tuple[PortSpan, ...]] = {}

    def bits(self, protocol: Protocol, first: int = MIN_PORT, last: int = MAX_PORT) -> int:
        """Return the set of the ports from `first` to `last`, which are boundaries of cells."""
        if last < first:
            return 0
        begins, offset = self._begins[protocol], self._offset[protocol]
        low, high = bisect_right(begins, first) - 1, bisect_right(begins, last)
        return ((1 << high) - (1 << low)) << offset

    def spans(self, ports: int) -> tuple[PortSpan, ...]:
        """Return a set of ports as the fewest spans, in order."""
        known = self._texts.get(ports)
        if known is not None:
            return known
        found: list[PortSpan] = []
        for index, cell in enumerate(self.cells):
            if not ports >> index & 1:
                continue
            before = found[-1] if found else None
            if before is not None and (before.protocol, before.last + 1) == (cell.protocol, cell.first):
                found[-1] = PortSpan(cell.protocol, before.first, cell.last)
            else:
                found.append(cell)
        spans = self._texts[ports] = tuple(found)
        return spans
