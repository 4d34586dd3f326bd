"""What a property speaks of, with every name resolved: endpoints, ports, and the five kinds.

Plain data for two readers: `verifier.semantics` judges concrete flows by it, `verifier.properties` turns it
into terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from verifier.flow import MAX_PORT, MIN_PORT, Direction, Protocol

if TYPE_CHECKING:  # the command line knows the worlds' names without loading pydantic
    from verifier.manifest.labels import LabelSelector
    from verifier.manifest.network_policy import IPBlock
from verifier.population import World as World


@dataclass(frozen=True, slots=True)
class Selection:
    """Some endpoints of the cluster. Its fields are ANDed; a tuple of selections is their union.

    `pods`, `externals`, `nodes` say which sorts of endpoint are meant at all. The next four fields narrow the
    pods (host-network pods included), `node` the nodes (None: every node), `internet` the external addresses;
    `ip_block` narrows every sort, by the address that the flow has at this end. `excluded` takes endpoints
    away.
    """

    pods: bool = False
    externals: bool = False
    nodes: bool = False
    namespace: str | None = None
    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector | None = None
    workload: tuple[str | None, str] | None = None  # kind (None: any kind) and name
    node: str | None = None
    internet: bool = False
    ip_block: IPBlock | None = None
    excluded: tuple[Selection, ...] = ()


Endpoints = tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class PortRange:
    """The destination ports `low` to `high`, both included, of one protocol (None: of every protocol)."""

    protocol: Protocol | None = None
    low: int = MIN_PORT
    high: int = MAX_PORT


@dataclass(frozen=True, slots=True)
class NamedPort:
    """The port that the destination pod declares as `name` for `protocol`; only pods declare any (NP-24)."""

    name: str
    protocol: Protocol = Protocol.TCP


Ports = tuple[PortRange | NamedPort, ...]  # a union; empty: every port of every protocol


@dataclass(frozen=True, slots=True)
class Forbid:
    """No flow of the scope is allowed."""

    source: Endpoints
    destination: Endpoints
    ports: Ports = ()


@dataclass(frozen=True, slots=True)
class Only:
    """Every allowed flow into `destination` on `ports` comes from `source`.

    The sources that are looked at are all pods, all external addresses and all nodes but the destination's
    own (S-7).
    """

    source: Endpoints
    destination: Endpoints
    ports: Ports = ()


@dataclass(frozen=True, slots=True)
class Require:
    """Every flow of the scope is allowed."""

    source: Endpoints
    destination: Endpoints
    ports: Ports = ()


@dataclass(frozen=True, slots=True)
class Isolate:
    """No flow is allowed between pods of two existing namespaces whose values of the label `by` differ.

    Only namespaces that match `namespaces` count; one that lacks the label belongs to no group.
    """

    namespaces: LabelSelector
    by: str
    ports: Ports = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """Each pod of the scope, in an existing namespace, is isolated by policy in each of `directions`."""

    pods: Endpoints
    directions: tuple[Direction, ...] = (Direction.INGRESS, Direction.EGRESS)


Statement = Forbid | Only | Require | Isolate | Cover


@dataclass(frozen=True, slots=True)
class Refines:
    """The policies allow no flow that those of `than` refuse; `than` is a path, or `git:REVISION:PATH`."""

    than: str


@dataclass(frozen=True, slots=True)
class Equivalent:
    """The policies allow the same flows as those of `than`."""

    than: str


Relation = Refines | Equivalent


def speaks_of_nodes(statement: Statement) -> bool:
    """Return whether a node can be at an end of the flows that a property speaks of."""
    match statement:
        case Forbid() | Require():
            return any(selection.nodes for selection in (*statement.source, *statement.destination))
        case Only():
            return True  # all nodes are among the sources that are left
        case Isolate() | Cover():
            return False
        case _:
            assert_never(statement)


class Severity(StrEnum):
    """How much a property matters to its author; it does not change a verdict."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Property:
    """One property, ready to be decided.

    `readings` holds the values pinned for this property alone (a value of `readings.FREE` frees the point);
    `expected` the verdict expected in each world, in the report's spelling. `index` is its place in
    `spec.properties`.
    """

    index: int
    name: str
    statement: Statement | Relation
    world: World
    severity: Severity = Severity.MEDIUM
    description: str | None = None
    readings: Mapping[str, bool | str] = field(default_factory=dict)
    expected: Mapping[World, str] = field(default_factory=dict)

    @property
    def relates(self) -> bool:
        """Whether it holds two sets of policies against each other."""
        return isinstance(self.statement, Refines | Equivalent)

    @property
    def relation(self) -> Relation:
        """The statement, where it holds two sets of policies against each other.

        Raises:
            ValueError: it is about one.
        """
        if not isinstance(self.statement, Refines | Equivalent):
            raise ValueError(f"`{self.name}` is about one set of policies")
        return self.statement

    @property
    def of_one_set(self) -> Statement:
        """The statement, where it is about one set of policies.

        Raises:
            ValueError: it holds two against each other.
        """
        if isinstance(self.statement, Refines | Equivalent):
            raise ValueError(f"`{self.name}` holds two sets of policies against each other")
        return self.statement
