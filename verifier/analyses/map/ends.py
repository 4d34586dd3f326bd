"""Who can stand at an end of a flow: shapes of pods, and cells of addresses outside the cluster; as bits.

Pods that nothing that policies look at tells apart are one shape. Shapes come first, ordered by namespace, so
that the pods of a namespace are neighbours; then the cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import repeat

from verifier.analyses.map.address_cells import AddressCell, KnownAddresses, Membership, address_cells
from verifier.analyses.map.bits import bits_of
from verifier.analyses.map.mentions import Mentions, Range
from verifier.flow import Address, ContainerPort, Node
from verifier.population import Cidr, Population, Workload, of_ports

MOST_NODES = 20
_UNSAID = "\x00"  # a value that no manifest can hold: one that nobody mentions
_UNKNOWN = "\x00\x00"


@dataclass(frozen=True, slots=True)
class Shape:
    """Pods that policies cannot tell apart.

    Args:
        labels: the mentioned ones that they bear; a value that nobody mentions is told as one.
        unknown: the mentioned keys that a controller sets, to values that nobody knows (S-13).
        ports: those with a mentioned name, in the order of the manifest.
        inside: the mentioned ranges that hold the address, for each of the families that the pod is known to
            have; None: its address is not known.
    """

    index: int
    namespace: str
    labels: Mapping[str, str]
    unknown: frozenset[str]
    ports: tuple[ContainerPort, ...]
    host_network: bool
    node: str | None
    inside: Mapping[int, frozenset[Range]] | None
    workloads: tuple[Workload, ...]

    @property
    def alone(self) -> bool:
        """Whether it is one pod, which has no other of its shape to talk to."""
        return len(self.workloads) == 1 and self.workloads[0].single


class Ends:
    """Every endpoint of one cluster by its index, and sets of them."""

    def __init__(self, population: Population, mentions: Mentions) -> None:
        self.population = population
        self.known = KnownAddresses(population)
        self.nodes = _nodes(population)
        self.shapes = _shapes(population, mentions, self.nodes)
        self.cells: Sequence[AddressCell] = address_cells(mentions.ranges, population.network, self.known)
        self.size = len(self.shapes) + len(self.cells)
        self.all = (1 << self.size) - 1
        self.pods = (1 << len(self.shapes)) - 1
        self.outside = self.all ^ self.pods
        self.by_namespace = self._by_namespace()
        self.on_host = self.where(lambda shape: shape.host_network)
        self.unknown_address = self.where(lambda shape: shape.inside is None)
        self.families = {version: self._family(version) for version in (4, 6)}

    @cached_property
    def known_of_pods(self) -> KnownAddresses:
        """The addresses that nobody but a pod off the host network has."""
        return KnownAddresses(self.population, on_host=False)

    def where(self, chosen: Callable[[Shape], bool]) -> int:
        """Return the set of the shapes that are `chosen`."""
        return bits_of((shape.index for shape in self.shapes if chosen(shape)), self.size)

    def grouped(self, key: Callable[[Shape], object], among: Iterable[Shape]) -> dict[object, int]:
        """Return the sets of those shapes `among` that have the same key."""
        groups: dict[object, list[int]] = {}
        for shape in among:
            groups.setdefault(key(shape), []).append(shape.index)
        return {each: bits_of(indices, self.size) for each, indices in groups.items()}

    def cell(self, index: int) -> AddressCell:
        """Return the cell with that index."""
        return self.cells[index - len(self.shapes)]

    def _by_namespace(self) -> dict[str, int]:
        found: dict[str, int] = dict.fromkeys(self.population.namespaces, 0)
        begin = 0
        for index, shape in enumerate(self.shapes):
            last = index + 1 == len(self.shapes) or self.shapes[index + 1].namespace != shape.namespace
            if last:
                found[shape.namespace] = (1 << index + 1) - (1 << begin)
                begin = index + 1
        return found

    def _family(self, version: int) -> int:
        """Return who has, or may have, an address of that family."""
        pods = self.where(lambda shape: version in self.versions(shape))
        first = len(self.shapes)
        cells = (first + place for place, cell in enumerate(self.cells) if cell.version == version)
        return pods | bits_of(cells, self.size)

    def versions(self, shape: Shape) -> frozenset[int]:
        """Return the families in which pods of a shape have, or may have, an address."""
        if shape.inside is not None:
            return frozenset(shape.inside)
        network = self.population.network
        if not shape.host_network:
            return _declared(network.pod_cidrs)
        places = [shape.node] if shape.node is not None else [*self.nodes, None]
        found: frozenset[int] = frozenset()
        for name in places:
            known = known_of_node(self.nodes, name)
            found |= {address.version for address in known} if known else _declared(network.node_cidrs)
        return found


def _declared(cidrs: Sequence[Cidr] | None) -> frozenset[int]:
    """Undeclared ranges have IPv4, and IPv6 if the cluster is dual-stack, which nobody says."""
    if cidrs is None:
        return frozenset((4, 6))
    return frozenset(cidr.version for cidr in cidrs)


def _nodes(population: Population) -> dict[str, Node]:
    """Return the nodes that the input declares or names."""
    found = {node.name: node for node in population.nodes}
    for name in sorted({w.node for w in population.workloads if w.node is not None} - set(found)):
        found[name] = Node(name)
    return found


def known_of_node(nodes: Mapping[str, Node], name: str | None) -> tuple[Address, ...]:
    """Return the addresses that a node states."""
    return nodes[name].addresses if name is not None and name in nodes else ()


def known_addresses(workload: Workload, nodes: Mapping[str, Node]) -> tuple[Address, ...] | None:
    """Return the addresses of a workload's pod: stated, or on the host network its node's; else None."""
    if workload.addresses is not None or not workload.host_network:
        return workload.addresses
    return known_of_node(nodes, workload.node) or None


def _shapes(population: Population, mentions: Mentions, nodes: Mapping[str, Node]) -> list[Shape]:
    membership = Membership(mentions.ranges)
    mentioned = sorted(mentions.pod_labels.items())
    placed = tells_nodes_apart(population)
    groups: dict[_Key, list[Workload]] = {}
    workloads = population.workloads
    lists: dict[tuple[ContainerPort, ...], int] = {}

    def number(ports: tuple[ContainerPort, ...]) -> int:
        named = tuple(port for port in ports if port.name in mentions.port_names)
        return lists.setdefault(named, len(lists))

    columns = zip(workloads, _labels(workloads, mentioned), of_ports(workloads, number), strict=True)
    for workload, borne, ports in columns:
        known = known_addresses(workload, nodes)
        key = (
            workload.namespace,
            borne,
            ports,
            workload.host_network,
            workload.node if placed or workload.host_network else None,
            None if known is None else _inside(known, membership),
        )
        alike = groups.get(key)
        if alike is None:
            groups[key] = [workload]
        else:
            alike.append(workload)
    named = list(lists)
    told = cache(partial(_told, [key for key, _ in mentioned]))
    ordered = sorted(groups.items(), key=lambda item: item[0][0])
    return [
        Shape(
            index,
            namespace,
            *told(borne),
            named[ports],
            host_network,
            node,
            None if inside is None else dict(inside),
            tuple(alike),
        )
        for index, ((namespace, borne, ports, host_network, node, inside), alike) in enumerate(ordered)
    ]


def tells_nodes_apart(population: Population) -> bool:
    """Return whether it is looked at on which nodes pods off the host network run, so far as that is known.

    It matters to what shares their node. On many nodes pods that are alike otherwise would not be so, and
    each node would have rows of its own: then rows say that it depends on the node.
    """
    if not population.has_host_network:
        return False
    return len({workload.node for workload in population.workloads}) <= MOST_NODES


def _told(keys: Sequence[str], borne: Sequence[str | None]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the labels that are borne, and the keys of those whose values nobody knows."""
    labels = {key: value for key, value in zip(keys, borne, strict=True) if value is not None}
    unknown = frozenset(key for key, value in labels.items() if value == _UNKNOWN)
    return {key: value for key, value in labels.items() if key not in unknown}, unknown


_Inside = tuple[tuple[int, frozenset[Range]], ...]
_Key = tuple[str, tuple[str | None, ...], int, bool, str | None, _Inside | None]
"""What of a pod policies can see: the fields of `Shape`, ports by the number of their list."""


def _labels(
    workloads: Sequence[Workload], mentioned: Sequence[tuple[str, set[str]]]
) -> Iterable[tuple[str | None, ...]]:
    """Return for each workload the value of each mentioned label; values that nobody mentions are one."""
    maps = [workload.labels for workload in workloads]
    columns = {key: _column(key, values, maps) for key, values in mentioned}
    for place, workload in enumerate(workloads):
        for key in workload.controller_labels:
            if key in columns:
                columns[key][place] = _UNKNOWN
    return zip(*columns.values(), strict=True) if columns else repeat((), len(workloads))


def _column(key: str, values: set[str], maps: Iterable[Mapping[str, str]]) -> list[str | None]:
    told = dict[str | None, str | None]([(None, None), *((value, value) for value in values)]).get
    return [told(labels.get(key), _UNSAID) for labels in maps]


def _inside(known: tuple[Address, ...], membership: Membership) -> _Inside:
    every = {address.version: membership.of(address) for address in known}
    return tuple(sorted(every.items(), key=lambda item: item[0]))
