"""The whole of `verify map`: who reaches whom on what, from a cluster to rows that can be told.

`connection_map` gives every pair of workloads, and every workload with all addresses outside the cluster, as
rows that cannot be merged; `ConnectionMap.between` gives the ports between two workloads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from verifier.analyses.map.address_words import Block, blocks_of
from verifier.analyses.map.bits import bits_or, members
from verifier.analyses.map.context import Context
from verifier.analyses.map.exposure import Exposure, Exposures
from verifier.analyses.map.mentions import Range
from verifier.analyses.map.port_cells import PortSpan
from verifier.analyses.map.reasons import reasons_of
from verifier.analyses.map.rows import Label, Row, on_ports, rows_of
from verifier.analyses.map.told import ExposedRow, MapRow, Matrix, Open, Party, Ports
from verifier.cache import Store
from verifier.choices import check_readings, port_spans
from verifier.cluster import Cluster
from verifier.flow import Direction
from verifier.population import Workload
from verifier.reading import load
from verifier.readings import DEFAULT_PROFILE, Profile, profile_choices


@dataclass(frozen=True, slots=True)
class MapReport:
    """What is told of a map; `exposures` and `matrix` only if they were asked for."""

    made: ConnectionMap
    rows: Sequence[MapRow]
    exposures: Sequence[ExposedRow] = ()
    matrix: Matrix | None = None


class ConnectionMap:
    """Every allowed connection of a cluster, under the readings that were chosen.

    `ports`: look at these alone; none given means all.
    """

    def __init__(
        self, cluster: Cluster, choices: Mapping[str, bool | str], ports: Sequence[PortSpan] = ()
    ) -> None:
        self.cluster, self.choices = cluster, dict(choices)
        self.context = Context(cluster, choices, ports)
        every = rows_of(self.context)
        cells = self.context.ports
        wanted = bits_or(cells.bits(span.protocol, span.first, span.last) for span in ports)
        self._wanted = wanted if ports else cells.full
        self._rows = on_ports(every, wanted) if ports else every

    # --- for programs --------------------------------------------------------------------------------------

    @cached_property
    def _shape_of(self) -> dict[tuple[str, str], int]:
        return {
            (workload.namespace, workload.owner): shape.index
            for shape in self.context.ends.shapes
            for workload in shape.workloads
        }

    def between(self, source: Workload, destination: Workload) -> Ports:
        """Return on which ports a pod of one reaches another pod of the other."""
        one, other = (1 << self._shape_of[w.namespace, w.owner] for w in (source, destination))
        rows = [row for row in self._rows if row.sources & one and row.destinations & other]
        always = bits_or(row.ports for row in rows if not row.depends)
        spans = self.context.ports.spans
        perhaps = tuple(
            (spans(row.ports), reasons_of(row.depends, self.cluster)) for row in rows if row.depends
        )
        return Ports(spans(always), perhaps)

    @cached_property
    def ambiguous(self) -> frozenset[str]:
        """The titles that workloads of several kinds share."""
        titles = [workload.title for workload in self.cluster.population.workloads]
        return frozenset(title for title, number in Counter(titles).items() if number > 1)

    # --- rows ----------------------------------------------------------------------------------------------

    def rows(self) -> list[MapRow]:
        """Return all rows, in the order of their workloads."""
        return _ordered(self._told(row) for row in self._rows)

    def rows_of(self, workload: Workload) -> list[MapRow]:
        """Return the rows in which `workload` takes part, those that it begins first."""
        index = self._shape_of[workload.namespace, workload.owner]
        own, itself = Party(workloads=(workload,)), workload if workload.single else None
        out: dict[Label, int] = {}
        into: dict[Label, int] = {}
        for row in self._rows:
            if row.sources >> index & 1:
                out[row.label] = out.get(row.label, 0) | row.destinations
            if row.destinations >> index & 1:
                into[row.label] = into.get(row.label, 0) | row.sources
        begun = (self._row(label, own, self.party(bits, itself)) for label, bits in out.items())
        taken = (self._row(label, self.party(bits, itself), own) for label, bits in into.items())
        return [*_ordered(begun), *_ordered(taken)]

    def _told(self, row: Row) -> MapRow:
        """Leave a single pod out of its own peers."""
        ends, alone = self.context.ends, []
        for bits in (row.sources, row.destinations):
            one = bits & -bits
            shape = ends.shapes[one.bit_length() - 1] if bits == one & ends.pods else None
            alone.append(shape.workloads[0] if shape is not None and shape.alone else None)
        source = self.party(row.sources, alone[1])
        return self._row(row.label, source, self.party(row.destinations, alone[0]))

    def _row(self, label: Label, source: Party, destination: Party) -> MapRow:
        ports, depends = label
        return MapRow(source, destination, self.context.ports.spans(ports), reasons_of(depends, self.cluster))

    # --- what is not shown, and the large view -------------------------------------------------------------

    def exposures(self, workload: Workload | None = None) -> list[ExposedRow]:
        """Return which pods that no manifest shows could reach whom, and whom they could be reached by.

        Of one workload, or of all.
        """
        found: dict[object, tuple[Direction, Exposure, int]] = {}
        strangers = Exposures(self.context)
        for shape in self.context.ends.shapes:
            if workload is None or workload in shape.workloads:
                for direction in Direction:
                    for each in strangers.of(shape, direction):
                        key = (direction, each.key)
                        bits = found[key][2] if key in found else 0
                        found[key] = direction, each, bits | 1 << shape.index
        rows = [
            ExposedRow(
                direction, self._narrowed(bits, workload), each.stranger, self._spans(each), each.names
            )
            for direction, each, bits in found.values()
            if self._spans(each) or each.names
        ]
        return sorted(rows, key=lambda row: (row.direction is Direction.EGRESS, row.workloads.order))

    def _narrowed(self, bits: int, workload: Workload | None) -> Party:
        return self.party(bits) if workload is None else Party(workloads=(workload,))

    def _spans(self, exposure: Exposure) -> tuple[PortSpan, ...]:
        return self.context.ports.spans(exposure.ports & self._wanted)

    def matrix(self) -> Matrix:
        """Return for each two namespaces, and the addresses outside, how much of all is open."""
        ends = self.context.ends
        parts = {name: bits for name, bits in ends.by_namespace.items() if bits}
        names = (*parts, None)
        sets = [*parts.values(), ends.outside]
        weights = [len(shape.workloads) for shape in ends.shapes] + [1] * len(ends.cells)
        whole = [_weight(bits, weights) for bits in sets]
        pairs: dict[tuple[int, int], int] = {}
        touched: dict[tuple[int, int], bool] = {}
        for row in self._rows:
            sources = [(n, _weight(row.sources & s, weights)) for n, s in enumerate(sets) if row.sources & s]
            for there, bits in enumerate(sets):
                if row.destinations & bits:
                    size = _weight(row.destinations & bits, weights)
                    for here, own in sources:
                        sure = not row.depends
                        touched[here, there] = touched.get((here, there), False) or sure
                        if sure and row.ports == self._wanted:
                            pairs[here, there] = pairs.get((here, there), 0) + own * size
        return Matrix(
            names,
            tuple(
                tuple(
                    _open(pairs.get((i, j), 0), whole[i] * whole[j], touched.get((i, j)))
                    for j in range(len(names))
                )
                for i in range(len(names))
            ),
        )

    # --- parties -------------------------------------------------------------------------------------------

    def party(self, bits: int, without: Workload | None = None) -> Party:
        """Return a set of endpoints in the words of a row; `without` is left out of it."""
        ends = self.context.ends
        pods = bits & ends.pods
        if without is not None and pods >> self._shape_of[without.namespace, without.owner] & 1:
            return self._party(bits, pods, lambda workload: workload is not without)
        if pods == ends.pods and len(self.cluster.population.workloads) > 1:
            whole, blocks = self._outside(bits & ends.outside)
            return Party(True, (), (), whole, blocks)
        return self._party(bits, pods, lambda workload: True)

    def _party(self, bits: int, pods: int, chosen: Callable[[Workload], bool]) -> Party:
        ends = self.context.ends
        namespaces: list[str] = []
        workloads: list[Workload] = []
        while pods:
            name = ends.shapes[(pods & -pods).bit_length() - 1].namespace
            own = ends.by_namespace[name]
            inside = pods & own
            pods ^= inside
            there = [w for index in members(inside) for w in ends.shapes[index].workloads]
            named = [workload for workload in there if chosen(workload)]
            if inside == own and len(named) == len(there) > 1:
                namespaces.append(name)
            else:
                workloads += named
        workloads.sort(key=lambda workload: (workload.namespace, workload.name, workload.kind))
        whole, blocks = self._outside(bits & ends.outside)
        return Party(False, tuple(namespaces), tuple(workloads), whole, blocks)

    def _outside(self, bits: int) -> tuple[bool, tuple[Block, ...]]:
        if not bits:
            return False, ()
        found = self._blocks.get(bits)
        if found is None:
            ends = self.context.ends
            first = len(ends.shapes)
            inside: list[Range] = []
            outside: list[Range] = []
            for place, cell in enumerate(ends.cells, start=first):
                (inside if bits >> place & 1 else outside).extend(cell.ranges)
            found = self._blocks[bits] = (not outside, blocks_of(inside, outside))
        return found

    @cached_property
    def _blocks(self) -> dict[int, tuple[bool, tuple[Block, ...]]]:
        return {}


def map_of(
    *sources: str | Cluster,
    namespace: str = "default",
    base: str | Path = ".",
    profile: Profile = DEFAULT_PROFILE,
    readings: Mapping[str, bool | str] | None = None,
    ports: Iterable[str] = (),
    cache: Store | None = None,
) -> ConnectionMap:
    """Return who reaches whom in a cluster, or in what files, folders, globs or `-` describe.

    Args:
        sources: one cluster, or texts relative to `base`.
        namespace: where objects of those are that state none.
        profile: whose readings of the specification count.
        readings: have the last word over `profile`.
        ports: these alone, such as `5432`, `53/UDP`, `8000-8999`.
        cache: where what was read is kept, and taken from; None: nowhere.

    Raises:
        InputError: with every fault of the input.
    """
    named = [source for source in sources if isinstance(source, str)]
    clusters = [source for source in sources if isinstance(source, Cluster)]
    if clusters and len(sources) > 1:
        raise TypeError("expected one cluster, or sources to read one from, found several")
    cluster = clusters[0] if clusters else load(*named, namespace=namespace, base=base, cache=cache)
    return connection_map(cluster, profile, readings, port_spans(ports))


def connection_map(
    cluster: Cluster,
    profile: Profile = DEFAULT_PROFILE,
    readings: Mapping[str, bool | str] | None = None,
    ports: Sequence[PortSpan] = (),
) -> ConnectionMap:
    """Return the map of a cluster; `readings` have the last word over `profile`.

    Raises:
        InputError: a reading does not exist.
    """
    check_readings(readings or {})
    return ConnectionMap(cluster, {**profile_choices(profile), **(readings or {})}, ports)


def _weight(bits: int, weights: Sequence[int]) -> int:
    return sum(weights[index] for index in members(bits))


def _open(pairs: int, whole: int, touched: bool | None) -> Open:
    if touched is None:
        return Open.NONE
    if not touched:
        return Open.PERHAPS
    return Open.ALL if pairs == whole else Open.SOME


def _ordered(rows: Iterable[MapRow]) -> list[MapRow]:
    told = [row for row in rows if row.source.anybody and row.destination.anybody]
    return sorted(
        told, key=lambda row: (bool(row.depends), row.source.order, row.destination.order, row.ports)
    )
