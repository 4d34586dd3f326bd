"""Shapes: pods that no policy and no property can tell apart are one (S-9); cost depends on shapes alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import NamedTuple

from verifier.encodings.ip_block import Block
from verifier.encodings.namespaces import NamespaceTable
from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS
from verifier.encodings.vocabulary import ABSENT, LabelDomain
from verifier.flow import Address, ContainerPort, Protocol
from verifier.manifest.workload import WORKLOAD_KINDS
from verifier.population import Workload, of_ports

UNKNOWN = None
_CONTROLLERS_LABELS = frozenset(key for kind in WORKLOAD_KINDS.values() for key in kind.labels)

PortNumbers = Mapping[tuple[str, Protocol], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """Workloads whose pods are alike: a pod of the first stands for all, one of `twin` for a second pod.

    Args:
        nodes: where the pods are known to run, if they are: per node's index one workload, and another (or
            the same) if there is a second pod of this shape on it. Where pods off the host network run
            matters only to what shares their node, so it does not tell them apart.
        label_codes: code per mentioned key that they bear; None: a controller sets it to a value that nobody
            knows (S-13).
        named_any: per mentioned port name and protocol the numbers declared under it; `named_first` only the
            first; `named_lead` that of the first port of the name, under its own protocol alone.
        single: there is one such pod only; otherwise there may be two (and more).
        members: all of these workloads.
    """

    index: int
    namespace: int
    workload: Workload
    twin: Workload
    label_codes: tuple[tuple[str, int | None], ...]
    named_any: PortNumbers
    named_first: PortNumbers
    named_lead: PortNumbers
    nodes: Mapping[int, tuple[Workload, Workload | None]]
    single: bool
    members: Sequence[Workload]

    def pod_on(self, node: int, besides: Workload | None = None) -> Workload:
        """Return the workload of a pod on that node; `besides`: of another pod than one of that workload."""
        if not self.nodes:
            return self.workload if besides is None else self.twin
        first, second = self.nodes[node]
        return second if second is not None and besides is first and first.single else first


def own_labels(workload: Workload) -> frozenset[tuple[str, str]]:
    """Return the labels that somebody chose: not those that controllers add, which tell apart pods alike."""
    added = _CONTROLLERS_LABELS | workload.controller_labels
    return frozenset((key, value) for key, value in workload.labels.items() if key not in added)


class BlockMembership:
    """Which of the mentioned blocks an address lies in; addresses between the same ends lie in the same."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._networks: dict[tuple[int, int], set[int]] = {}
        ends: dict[int, set[int]] = {4: set(), 6: set()}
        for version, address, length in blocks:
            self._networks.setdefault((version, length), set()).add(address)
            ends[version] |= {address, address + (1 << _width(version) - length)}
        self._ends = {version: sorted(found) for version, found in ends.items()}
        self._vectors: dict[tuple[int, int], tuple[Block, ...]] = {}

    def vector(self, address: Address) -> tuple[Block, ...]:
        """Return (version, network, prefix length) for each mentioned CIDR that holds `address`."""
        version, number = address.version, int(address)
        between = (version, bisect_right(self._ends[version], number))
        found = self._vectors.get(between)
        if found is None:
            found = self._vectors[between] = self._vector(version, number)
        return found

    def _vector(self, version: int, address: int) -> tuple[Block, ...]:
        found = []
        for (family, length), networks in self._networks.items():
            free = _width(version) - length
            if family == version and address >> free << free in networks:
                found.append((version, address >> free << free, length))
        return tuple(sorted(found))


def _width(version: int) -> int:
    return IPV4_BITS if version == 4 else IPV6_BITS


class Seen(NamedTuple):
    """What of a workload a formula can see (S-9): where it is equal, pods are of one shape.

    `codes` are those of all mentioned label keys: ABSENT where the pods do not bear one, None where a
    controller sets it. `node` is its name or, where that tells nobody apart, whether it is not known.
    """

    namespace: str
    codes: tuple[int | None, ...]
    ports: tuple[tuple[int, str, str | None], ...]
    host_network: bool
    node: str | bool | None
    addresses: tuple[tuple[int, tuple[Block, ...]], ...] | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class ShapeKey:
    """What formulas look at."""

    mentioned_labels: Mapping[str, LabelDomain]
    port_names: frozenset[tuple[str, Protocol]]
    blocks: BlockMembership
    owners: frozenset[tuple[str | None, str]]  # workloads that a property names: (kind or None, name)
    nodes: Mapping[str, int]
    table: NamespaceTable

    def of(self, workload: Workload) -> Seen:
        """Return the key of S-9: equal keys, one shape."""
        (seen,) = self.of_all((workload,))
        return seen

    def of_all(self, workloads: Sequence[Workload]) -> Iterator[Seen]:
        """Yield the key of each of them: there may be many, and few labels and lists of ports."""
        names = {name for _, name in self.owners}
        columns = zip(workloads, self._codes(workloads), of_ports(workloads, self._named_ports), strict=True)
        for workload, codes, ports in columns:
            known = workload.addresses
            addresses = None if known is None else tuple((a.version, self.blocks.vector(a)) for a in known)
            # What is not known of two pods may differ, and each flow must tell whose it is: their nodes do.
            placed = workload.host_network or addresses is UNKNOWN or UNKNOWN in codes
            yield Seen(
                workload.namespace,
                codes,
                ports,
                workload.host_network,
                workload.node if placed else workload.node is None,
                addresses,
                workload.owner if workload.name in names and self._names(workload) else None,
            )

    def _codes(self, workloads: Sequence[Workload]) -> Iterable[tuple[int | None, ...]]:
        """Return the codes of each workload, worked out key by key."""
        maps = [workload.labels for workload in workloads]
        columns = {key: domain.codes_in(maps) for key, domain in self.mentioned_labels.items()}
        for place, workload in enumerate(workloads):
            for key in workload.controller_labels:
                if key in columns:
                    columns[key][place] = UNKNOWN
        return zip(*columns.values(), strict=True) if columns else repeat((), len(workloads))

    def _named_ports(self, ports: Sequence[ContainerPort]) -> tuple[tuple[int, str, str | None], ...]:
        """Return those ports that a formula may mean by their names."""
        named = (port for port in ports if (port.name, port.protocol) in self.port_names)
        return tuple((port.number, port.protocol.value, port.name) for port in named)

    def _names(self, workload: Workload) -> bool:
        return not self.owners.isdisjoint(((None, workload.name), (workload.kind, workload.name)))

    def borne(self, codes: Sequence[int | None]) -> tuple[tuple[str, int | None], ...]:
        """Return the code of each mentioned key that pods with these codes bear."""
        pairs = zip(self.mentioned_labels, codes, strict=True)
        return tuple((key, code) for key, code in pairs if code != ABSENT)


def collapse(workloads: Sequence[Workload], key: ShapeKey) -> tuple[Shape, ...]:
    """Return the shapes of `workloads`, ordered by namespace."""
    groups: dict[Seen, list[Workload]] = {}
    for workload, seen in zip(workloads, key.of_all(workloads), strict=True):
        group = groups.get(seen)
        if group is None:
            groups[seen] = [workload]
        else:
            group.append(workload)
    names = frozenset(name for name, _ in key.port_names)
    borne = cache(key.borne)
    ordered = sorted(groups.items(), key=lambda item: item[0].namespace)
    declared = of_ports(
        [group[0] for _, group in ordered],
        lambda ports: (*declared_ports(ports, key.port_names), leading_ports(ports, names)),
    )
    return tuple(
        _shape(index, group, key, borne(seen.codes), *numbers)
        for index, ((seen, group), numbers) in enumerate(zip(ordered, declared, strict=True))
    )


def _shape(
    index: int,
    group: Sequence[Workload],
    key: ShapeKey,
    label_codes: tuple[tuple[str, int | None], ...],
    named_any: PortNumbers,
    named_first: PortNumbers,
    named_lead: PortNumbers,
) -> Shape:
    first = group[0]
    replicated = next((workload for workload in group if not workload.single), None)
    return Shape(
        index=index,
        namespace=key.table.index(first.namespace),
        workload=first,
        twin=first if not first.single else (replicated or group[-1]),
        label_codes=label_codes,
        named_any=named_any,
        named_first=named_first,
        named_lead=named_lead,
        nodes=_by_node(group, key.nodes),
        single=first.single and len(group) == 1,
        members=group,
    )


def _by_node(
    group: Sequence[Workload], nodes: Mapping[str, int]
) -> dict[int, tuple[Workload, Workload | None]]:
    found: dict[int, tuple[Workload, Workload | None]] = {}
    for workload in group:
        if workload.node is None:
            continue
        index = nodes[workload.node]
        if index not in found:
            found[index] = workload, None if workload.single else workload
        elif found[index][1] is None:
            found[index] = found[index][0], workload
    return found


def declared_ports(
    ports: Sequence[ContainerPort], names: Container[tuple[str, Protocol]]
) -> tuple[PortNumbers, PortNumbers]:
    """Return, for each name and protocol, the numbers that `ports` declare, and the first (NP-23, NP-25)."""
    every: dict[tuple[str, Protocol], tuple[int, ...]] = {}
    for port in ports:
        if port.name is not None and (port.name, port.protocol) in names:
            name = (port.name, port.protocol)
            every[name] = (*every.get(name, ()), port.number)
    return every, {name: numbers[:1] for name, numbers in every.items()}


def leading_ports(ports: Sequence[ContainerPort], names: Iterable[str]) -> PortNumbers:
    """Return the number of the first port that `ports` declare under each name, whatever its protocol."""
    found: dict[tuple[str, Protocol], tuple[int, ...]] = {}
    for name in names:
        first = next((port for port in ports if port.name == name), None)
        if first is not None:
            found[name, first.protocol] = (first.number,)
    return found
