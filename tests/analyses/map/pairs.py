"""What the rows of a map say of one pair of endpoints, in words that other readings can be held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verifier.analyses.map.bits import members
from verifier.analyses.map.context import Context
from verifier.analyses.map.port_cells import PortSpan
from verifier.analyses.map.rows import Row, rows_of
from verifier.cluster import Cluster
from verifier.flow import Address
from verifier.population import Workload


@dataclass(frozen=True)
class Said:
    """The ports that are open always, and those that are open on conditions; every other is closed."""

    always: int = 0
    depends: int = 0

    def of(self, ports: int) -> bool | None:
        """What is said of one cell: open, closed, or None: it depends."""
        return None if self.depends & ports else bool(self.always & ports)


class Told:
    """One map, by pairs."""

    def __init__(self, cluster: Cluster, choices: Mapping[str, bool | str]) -> None:
        self.context = Context(cluster, choices)
        self.rows: list[Row] = rows_of(self.context)
        self._pairs: dict[tuple[int, int], Said] = {}
        for row in self.rows:
            for source in members(row.sources):
                for destination in members(row.destinations):
                    before = self._pairs.get((source, destination), Said())
                    assert not before.always & row.ports, "a port is said twice"
                    assert not before.depends & row.ports, "a port is said twice"
                    self._pairs[source, destination] = (
                        Said(before.always, before.depends | row.ports)
                        if row.depends
                        else Said(before.always | row.ports, before.depends)
                    )

    def between(self, source: int, destination: int) -> Said:
        return self._pairs.get((source, destination), Said())

    def of_workload(self, workload: Workload) -> int:
        return next(shape.index for shape in self.context.ends.shapes if workload in shape.workloads)

    def of_address(self, address: Address) -> int | None:
        """The cell that an address outside the cluster lies in; None: nobody outside has it."""
        for place, cell in enumerate(self.context.ends.cells, start=len(self.context.ends.shapes)):
            if cell.version == address.version and any(
                part.low <= int(address) <= part.high for part in cell.ranges
            ):
                return place
        return None

    def cells(self) -> Iterator[tuple[PortSpan, int]]:
        for index, span in enumerate(self.context.ports.cells):
            yield span, 1 << index
