"""Who and what a box of flows is about, in the words of Kubernetes: selectors, namespaces, CIDRs, ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range

from verifier.difference import Addresses, End, PortSpan, Rooms, Sort
from verifier.encodings.namespaces import match_namespaces
from verifier.encodings.shapes import declared_ports
from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS, PROTOCOLS, Role
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import ABSENT, LabelDomain
from verifier.flow import MAX_PORT, MIN_PORT
from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator
from verifier.population import Cidr, Population, Workload
from verifier.solver.axes import OTHERS, Axis, Respect, Value
from verifier.solver.boxes import Box, axes_at, sorts_at
from verifier.solver.cells import Cell, merged

_MOST_NAMED = 3  # namespaces; of more it is said which are left out, if these are fewer
_WIDTHS = {4: IPV4_BITS, 6: IPV6_BITS}


@dataclass(frozen=True, slots=True)
class On:
    """Ports, names of ports, and conditions of a box."""

    ports: tuple[PortSpan, ...] | None
    named: tuple[str, ...]
    conditions: tuple[str, ...]


def end_of(box: Box, role: Role, symbols: Symbols, *, by_name: bool = False) -> End:
    """Return who stands at an end of `box`; `by_name`: workloads alone, see `label_conditions`."""
    sorts = sorts_at(box, role)
    labels = [
        _requirement(axis, values, symbols.pod_labels[axis.key])
        for axis, values in axes_at(box, role, Respect.LABEL)
    ]
    addresses, elsewhere = _inside_or_out(box, role, _possible(sorts, symbols.population))
    return End(
        sorts=tuple(sort for sort in Sort if sort in sorts),
        rooms=None if by_name else _rooms(box, role, symbols),
        pods=_selector(() if by_name else labels),
        addresses=addresses,
        elsewhere=elsewhere,
        workloads=tuple(
            f"{workload.namespace}/{workload.owner}" for workload in _standing(box, role, symbols)
        ),
    )


def on_what(box: Box) -> On:
    """Return the ports of `box`, and its conditions."""
    ports: tuple[PortSpan, ...] | None = None
    for _, values in axes_at(box, None, Respect.PORT):
        ports = tuple(_spans(values))
    named, conditions = [], []
    for axis, values in box.chosen.items():
        if axis.words == ("", ""):
            if axis.respect is Respect.FACT:  # the node at an end
                conditions.append(f"the {axis.role} is, or runs on, one of {len(values)} nodes")
            continue
        if (
            axis.respect is Respect.NAMED_PORT
            and True in values
            and axis.words[0].startswith("the port is one")
        ):
            named.append(axis.key)
        else:
            conditions.append(axis.words[0 if True in values else 1])
    return On(ports, tuple(named), tuple(conditions))


def label_conditions(box: Box, symbols: Symbols) -> Iterator[str]:
    """Yield, of a box about workloads, what labels nobody states must be for it to be so."""
    for role in Role:
        for respect, whose, domains in (
            (Respect.LABEL, f"the {role}", symbols.pod_labels),
            (Respect.NAMESPACE_LABEL, f"the namespace of the {role}", symbols.namespace_labels),
        ):
            for axis, values in axes_at(box, role, respect):
                for said in _requirement(axis, values, domains[axis.key]):
                    listed = f" ({', '.join(said.values)})" if said.values else ""
                    yield f"the labels of {whose}: `{said.key} {said.operator}{listed}`"


# --- pods --------------------------------------------------------------------------------------------------


def _rooms(box: Box, role: Role, symbols: Symbols) -> Rooms | None:
    table = symbols.table
    if role in box.rooms:
        return Rooms(selector=box.rooms[role])
    labels = [
        _requirement(axis, values, symbols.namespace_labels[axis.key])
        for axis, values in axes_at(box, role, Respect.NAMESPACE_LABEL)
    ]
    named = [values for _, values in axes_at(box, role, Respect.NAMESPACE)]
    if not named and not labels:
        return None
    indexes = {n for n in (named[0] if named else range(table.size)) if isinstance(n, int)}
    existing = [n for n in range(table.existing) if n in indexes]
    missing = [n for n in range(table.existing) if n not in indexes]
    all_but = len(missing) < len(existing) and len(existing) > _MOST_NAMED
    new = any(n >= table.existing for n in indexes)
    spare = table.size - 1  # the last of the new ones has a name that nobody mentions
    listed = [n for n in range(table.existing, spare - 1) if (n in indexes) is not (spare in indexes)]
    return Rooms(
        names=tuple(table.names[n] for n in (missing if all_but else existing)),
        all_but=all_but,
        new=new,
        new_labels=_selector(labels) if labels else None,
        new_names=tuple(table.names[n] for n in listed),
        new_all_but=spare in indexes,
    )


def _requirement(
    axis: Axis, values: frozenset[Value], domain: LabelDomain
) -> tuple[LabelSelectorRequirement, ...]:
    """Return what a selector says of the label, so that it has one of `values`."""
    listed = [code for code in axis.values if isinstance(code, int) and code != ABSENT]
    inside = tuple(str(domain.value(code)) for code in listed if code in values)
    outside = tuple(str(domain.value(code)) for code in listed if code not in values)
    found = []
    if OTHERS not in values:
        if ABSENT in values:
            return (_say(axis.key, Operator.DOES_NOT_EXIST),)
        return (_say(axis.key, Operator.IN, inside),)
    if ABSENT not in values:
        found.append(_say(axis.key, Operator.EXISTS))
    if outside:
        found.append(_say(axis.key, Operator.NOT_IN, outside))
    return tuple(found)


def _say(key: str, operator: Operator, values: tuple[str, ...] | None = None) -> LabelSelectorRequirement:
    return LabelSelectorRequirement.model_construct(key=key, operator=operator, values=values)


def _selector(requirements: Iterable[tuple[LabelSelectorRequirement, ...]]) -> LabelSelector:
    """Return the requirements as a selector: what has one value as an entry of `matchLabels`."""
    labels: dict[str, str] = {}
    expressions = []
    for requirement in (each for several in requirements for each in several):
        if requirement.operator is Operator.IN and requirement.values and len(requirement.values) == 1:
            labels[requirement.key] = requirement.values[0]
        else:
            expressions.append(requirement)
    return LabelSelector.model_construct(match_labels=labels, match_expressions=tuple(expressions))


def _standing(box: Box, role: Role, symbols: Symbols) -> Iterator[Workload]:
    """Yield the workloads whose pods can stand at that end, as far as the input says."""
    sorts, namespaces = sorts_at(box, role), set[Value](range(symbols.table.existing))
    if role in box.rooms:
        match = match_namespaces(box.rooms[role], symbols.table)
        namespaces &= {*match.known, *match.possible}
    for _, values in axes_at(box, role, Respect.NAMESPACE):
        namespaces &= values
    for workload in symbols.population.workloads:
        sort = Sort.HOST_NETWORK_POD if workload.host_network else Sort.POD
        there = sort in sorts and symbols.table.index(workload.namespace) in namespaces
        if there and _may_stand(workload, box, role, symbols):
            yield workload


def _may_stand(workload: Workload, box: Box, role: Role, symbols: Symbols) -> bool:
    """Return whether a pod of `workload`, which may be of that sort and namespace, can stand there."""
    if any(
        values.isdisjoint(_shapes_of(workload, symbols)) for _, values in axes_at(box, role, Respect.SHAPE)
    ):
        return False
    for axis, values in axes_at(box, role, Respect.LABEL):
        if axis.key not in workload.controller_labels:
            code = symbols.pod_labels[axis.key].code(workload.labels)
            if (code if code in axis.values else OTHERS) not in values:
                return False
    for _, values in axes_at(box, role, Respect.ADDRESS):
        cells = [cell for cell in values if isinstance(cell, Cell)]
        if workload.addresses is not None and not any(
            cell.of == address.version and cell.first <= int(address) <= cell.last
            for address in workload.addresses
            for cell in cells
        ):
            return False
    return True


def _shapes_of(workload: Workload, symbols: Symbols) -> Iterator[int]:
    """Yield the shapes that `workload` may be of: its marks are theirs."""
    domains, added = symbols.pod_labels, workload.controller_labels
    keys = sorted((workload.labels.keys() | added) & domains.keys())
    codes = tuple((key, None if key in added else domains[key].code(workload.labels)) for key in keys)
    ports, _ = declared_ports(workload.ports, symbols.flow.named_any)
    for shape in symbols.shapes_by_namespace.get(symbols.table.index(workload.namespace), ()):
        alike = shape.workload.host_network == workload.host_network and shape.named_any == ports
        if alike and shape.label_codes == codes:
            yield shape.index


# --- addresses and ports -----------------------------------------------------------------------------------


def _possible(sorts: frozenset[Sort], population: Population) -> tuple[Cidr, ...] | None:
    """Return where addresses of pods can lie; None: anywhere, or not pods alone stand there."""
    stated = [address for workload in population.workloads for address in workload.addresses or ()]
    cidrs = population.network.unknown_pod_cidrs
    inside = all(any(a.version == c.version and a in c for c in cidrs) for a in stated)
    return cidrs if sorts == {Sort.POD} and inside else None


def _clipped(values: Iterable[Value], cidrs: Sequence[Cidr] | None) -> frozenset[Value]:
    """Return what of the cells lies in `cidrs`."""
    cells = [cell for cell in values if isinstance(cell, Cell)]
    if cidrs is None:
        return frozenset(cells)
    found = set()
    for cell in cells:
        for cidr in cidrs:
            low = max(cell.first, int(cidr.network_address))
            high = min(cell.last, int(cidr.broadcast_address))
            if cidr.version == cell.of and low <= high:
                found.add(Cell(cell.of, low, high))
    return frozenset(found)


def _inside_or_out(
    box: Box, role: Role, possible: tuple[Cidr, ...] | None
) -> tuple[tuple[Addresses, ...] | None, bool]:
    """Return the addresses of an end, or those left out, whichever are fewer words; and whether left out."""
    for axis, values in axes_at(box, role, Respect.ADDRESS):
        inside = tuple(_addresses(_clipped(values, possible)))
        outside = tuple(_addresses(_clipped(frozenset(axis.values) - values, possible)))
        shorter = _length(outside) < _length(inside)
        return (outside, True) if shorter else (inside, False)
    return None, False


def _length(addresses: Iterable[Addresses]) -> int:
    return sum(1 + len(each.without) for each in addresses)


def _addresses(values: frozenset[Value]) -> Iterator[Addresses]:
    """Yield the addresses as few CIDRs: one with others cut out of it, where that is shorter."""
    for version in _WIDTHS:
        cells = merged(cell for cell in values if isinstance(cell, Cell) and cell.of == version)
        if not cells:
            continue
        plain = [cidr for cell in cells for cidr in _cidrs(version, cell.first, cell.last)]
        around = _around(version, cells[0].first, cells[-1].last)
        edges = [int(around.network_address) - 1, *(n for c in cells for n in (c.first, c.last))]
        edges.append(int(around.broadcast_address) + 1)
        holes = [
            cidr
            for before, after in zip(edges[::2], edges[1::2], strict=True)
            if before + 1 < after
            for cidr in _cidrs(version, before + 1, after - 1)
        ]
        if len(holes) + 1 < len(plain):
            yield Addresses(str(around), tuple(map(str, holes)))
        else:
            yield from (Addresses(str(cidr)) for cidr in plain)


def _cidrs(version: int, first: int, last: int) -> Iterator[IPv4Network | IPv6Network]:
    if version == 4:
        yield from summarize_address_range(IPv4Address(first), IPv4Address(last))
    else:
        yield from summarize_address_range(IPv6Address(first), IPv6Address(last))


def _around(version: int, first: int, last: int) -> IPv4Network | IPv6Network:
    """Return the smallest CIDR that holds both."""
    width = _WIDTHS[version]
    host_bits = (first ^ last).bit_length()
    network = (first >> host_bits << host_bits, width - host_bits)
    return IPv4Network(network) if version == 4 else IPv6Network(network)


def _spans(values: frozenset[Value]) -> Iterator[PortSpan]:
    for protocol in PROTOCOLS:
        for cell in merged(cell for cell in values if isinstance(cell, Cell) and cell.of is protocol):
            yield PortSpan(protocol, cell.first, cell.last)


def is_whole(span: PortSpan) -> bool:
    """Return whether that is every port of its protocol."""
    return (span.first, span.last) == (MIN_PORT, MAX_PORT)
