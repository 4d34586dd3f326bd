"""Shapes: pods that no policy and no property can tell apart are one (S-9); cost depends on shapes alone."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from verifier.encodings.ip_block import Block
from verifier.encodings.namespaces import NamespaceTable
from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS
from verifier.encodings.vocabulary import LabelDomain
from verifier.flow import Address, ContainerPort, Protocol
from verifier.manifest.workload import WORKLOAD_KINDS
from verifier.population import Workload

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
    """Which of the mentioned blocks an address lies in; cost: one look-up for each prefix length in use."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._networks: dict[tuple[int, int], set[int]] = {}
        for version, address, length in blocks:
            self._networks.setdefault((version, length), set()).add(address)

    def vector(self, address: Address) -> tuple[tuple[int, int, int], ...]:
        """Return (version, prefix length, network) for each mentioned CIDR that holds `address`."""
        width = IPV4_BITS if address.version == 4 else IPV6_BITS
        found = []
        for (version, length), networks in self._networks.items():
            if version != address.version:
                continue
            network = int(address) >> (width - length) << (width - length)
            if network in networks:
                found.append((version, length, network))
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class ShapeKey:
    """What of a workload a formula can see."""

    mentioned_labels: Mapping[str, LabelDomain]
    port_names: frozenset[tuple[str, Protocol]]
    blocks: BlockMembership
    owners: frozenset[tuple[str | None, str]]  # workloads that a property names: (kind or None, name)
    nodes: Mapping[str, int]
    table: NamespaceTable

    def of(self, workload: Workload) -> tuple[object, ...]:
        """Return the key of S-9: equal keys, one shape."""
        named = not self.owners.isdisjoint(((None, workload.name), (workload.kind, workload.name)))
        addresses: object = UNKNOWN
        if workload.addresses is not None:
            addresses = tuple(
                (address.version, self.blocks.vector(address)) for address in workload.addresses
            )
        codes = self.label_codes(workload)
        # What is not known of two pods may differ, and each flow must tell whose it is: their nodes do.
        placed = workload.host_network or addresses is UNKNOWN or any(code is UNKNOWN for _, code in codes)
        return (
            workload.namespace,
            codes,
            tuple(port for port in workload.ports if (port.name, port.protocol) in self.port_names),
            workload.host_network,
            workload.node if placed else workload.node is None,
            addresses,
            workload.owner if named else None,
        )

    def label_codes(self, workload: Workload) -> tuple[tuple[str, int | None], ...]:
        """Return the code of each mentioned key that the pods bear, None where a controller sets it."""
        domains, labels, added = self.mentioned_labels, workload.labels, workload.controller_labels
        codes: dict[str, int | None] = {
            key: domains[key].code(labels) for key in labels if key in domains and key not in added
        }
        codes.update((key, UNKNOWN) for key in added if key in domains)
        return tuple((key, codes[key]) for key in sorted(codes))


def collapse(workloads: Sequence[Workload], key: ShapeKey) -> tuple[Shape, ...]:
    """Return the shapes of `workloads`, ordered by namespace."""
    groups: dict[tuple[object, ...], list[Workload]] = {}
    for workload in workloads:
        groups.setdefault(key.of(workload), []).append(workload)
    members = sorted(groups.values(), key=lambda group: group[0].namespace)
    return tuple(_shape(index, group, key) for index, group in enumerate(members))


def _shape(index: int, group: list[Workload], key: ShapeKey) -> Shape:
    first = group[0]
    named_any, named_first = declared_ports(first.ports, key.port_names)
    replicated = next((workload for workload in group if not workload.single), None)
    return Shape(
        index=index,
        namespace=key.table.index(first.namespace),
        workload=first,
        twin=first if not first.single else (replicated or group[-1]),
        label_codes=key.label_codes(first),
        named_any=named_any,
        named_first=named_first,
        named_lead=leading_ports(first.ports, {name for name, _ in key.port_names}),
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
