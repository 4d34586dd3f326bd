"""A map in the terms of the manifests: rows between parties, what is exposed, and the large view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.analyses.map.address_words import Block
from verifier.analyses.map.exposure import Name, Stranger
from verifier.analyses.map.port_cells import PortSpan
from verifier.analyses.map.reasons import Reason
from verifier.flow import Direction
from verifier.population import Workload

_SORTED_BY = 100  # more names than these do not matter for the order of rows


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a row: all pods of `namespaces`, those of `workloads`, and addresses outside the cluster.

    `everybody`: all workloads of the cluster; then the first two are empty. `everywhere`: all addresses
    outside, then `addresses` are those of the IP versions in use.
    """

    everybody: bool = False
    namespaces: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    everywhere: bool = False
    addresses: tuple[Block, ...] = ()

    @property
    def anybody(self) -> bool:
        """Whether it is anybody at all."""
        return bool(self.everybody or self.namespaces or self.workloads or self.addresses)

    @property
    def order(self) -> tuple[object, ...]:
        """Where it stands in a list: pods by name, and then addresses."""
        names = sorted((*self.namespaces, *(workload.title for workload in self.workloads[:_SORTED_BY])))
        blocks = [(block.cidr.version, int(block.cidr.network_address)) for block in self.addresses]
        return (not (self.everybody or names), not self.everybody, names, blocks)


@dataclass(frozen=True, slots=True)
class MapRow:
    """Each pod of `source` reaches each of `destination` on `ports`; none of it is said of a pod and itself.

    Where it `depends` on something, it may not.
    """

    source: Party
    destination: Party
    ports: tuple[PortSpan, ...]
    depends: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports that are `always` open, and those that are open `perhaps`, each with what decides."""

    always: tuple[PortSpan, ...]
    perhaps: tuple[tuple[tuple[PortSpan, ...], tuple[Reason, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ExposedRow:
    """Pods that no manifest shows, whom the side of `workloads` lets through on `ports` and named ones.

    Ingress: they could reach the workloads; egress: the workloads could reach them.
    """

    direction: Direction
    workloads: Party
    stranger: Stranger
    ports: tuple[PortSpan, ...]
    names: frozenset[Name]


class Open(StrEnum):
    """How much of all connections between two sets of pods is open."""

    ALL = "all"
    SOME = "some"
    PERHAPS = "?"
    NONE = "."


@dataclass(frozen=True, slots=True)
class Matrix:
    """From each of `names` to each: namespaces, and None for the addresses outside the cluster."""

    names: tuple[str | None, ...]
    cells: tuple[tuple[Open, ...], ...]
