"""What a change of policies does, as values: blocks of flows that are gained or lost, each with a witness."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.flow import Decision, Flow, Protocol, RuleRef, Surroundings
from verifier.manifest.labels import LabelSelector
from verifier.readings import Readings


class Version(StrEnum):
    """One of the two that are compared."""

    OLD = "old"
    NEW = "new"


class Change(StrEnum):
    """What becomes of a flow: `OLD` refuses what is gained, `NEW` what is lost, and the other allows it."""

    GAINED = "gained"
    LOST = "lost"


class Extent(StrEnum):
    """Where flows are looked for: each takes in the one before.

    Between pods that the input shows; from or to any pod; both under the readings of the profile; and under
    any readings.
    """

    SHOWN = "shown"
    ANY_POD = "any-pod"
    ANY_READING = "any-reading"


class Sort(StrEnum):
    """What sort of thing stands at an end."""

    POD = "pod"
    HOST_NETWORK_POD = "host-network pod"
    EXTERNAL = "external"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Rooms:
    """Of which namespaces pods are: those that `selector` selects or, if it is None, those listed.

    `names` are namespaces that exist; with `all_but` all others are meant. `new`: namespaces that do not
    exist yet count too, those whose labels match `new_labels`, and whose names are those of `new_names` or,
    with `new_all_but`, others.
    """

    names: tuple[str, ...] = ()
    all_but: bool = False
    new: bool = False
    new_labels: LabelSelector | None = None
    new_names: tuple[str, ...] = ()
    new_all_but: bool = True
    selector: LabelSelector | None = None


@dataclass(frozen=True, slots=True)
class Addresses:
    """A CIDR, and those cut out of it."""

    cidr: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """Who stands at one end of a block.

    Args:
        sorts: in the order of `Sort`.
        rooms: where its pods are; None: in any namespace.
        pods: which of the pods there.
        addresses: which of theirs, or with `elsewhere` which not; None: whatever address they have.
        workloads: those that the input shows, by namespace, kind and name.
    """

    sorts: tuple[Sort, ...]
    rooms: Rooms | None
    pods: LabelSelector
    addresses: tuple[Addresses, ...] | None
    workloads: tuple[str, ...]
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class PortSpan:
    """Ports of one protocol, first and last included."""

    protocol: Protocol
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Cause:
    """What changed a side: the policy, or the rule of it, in the version in which it stands; in words why."""

    version: Version
    policy: str
    rule: RuleRef | None
    text: str


@dataclass(frozen=True, slots=True)
class Witness:
    """One flow of a block, replayed by the reference reading under both versions.

    `was` is the flow as the old version has it, `flow` as the new one: they differ where the pods do.
    """

    was: Flow
    flow: Flow
    readings: Readings
    old: Decision
    new: Decision
    surroundings: Surroundings
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Flows that are all gained, or all lost; no wider block of its kind is.

    Args:
        ports: None: every port of every protocol.
        named: names of ports, with their protocols, that the destination must give to the port.
        conditions: what else must be so, in words: a reading, or a fact that the input leaves open.
        every_reading: it is so under every reading of the specification; else under those of the profile or,
            in the extent of any reading, where `conditions` hold.
    """

    change: Change
    extent: Extent
    source: End
    destination: End
    ports: tuple[PortSpan, ...] | None
    named: tuple[str, ...]
    conditions: tuple[str, ...]
    every_reading: bool
    witness: Witness


@dataclass(frozen=True, slots=True)
class Found:
    """All blocks of one change; `undecided` says why nobody knows whether there are more, `more` that."""

    blocks: tuple[Block, ...] = ()
    undecided: str | None = None
    more: bool = False

    @property
    def nothing(self) -> bool:
        """Whether it is proved that there is none: for any pod that could exist, under every reading."""
        return not self.blocks and self.undecided is None
