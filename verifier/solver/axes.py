"""In which respects flows differ: each axis has finitely many values, and a flow has one of them.

Two flows with the same value on every axis are the same to all policies that the axes were made for. A box is
a set of values on some axes; whoever stands there is free on the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import z3

from verifier.difference import Sort
from verifier.encodings.ip_block import cidr_bits
from verifier.encodings.network_policy import own_node
from verifier.encodings.peer import is_pod
from verifier.encodings.ports import is_protocol
from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS, PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth, value
from verifier.encodings.vocabulary import ABSENT, OTHER
from verifier.flow import MAX_PORT, MIN_PORT, Protocol
from verifier.readings import READINGS
from verifier.solver.cells import Cell, Mentioned, cut, holding, merged
from verifier.solver.comparison import Comparison

Value = object
Moved = Sequence[tuple[z3.BitVecRef, int]]


class Respect(StrEnum):
    """What an axis is about."""

    SORT = "sort"
    NAMESPACE = "namespace"
    NAMESPACE_LABEL = "namespace label"
    LABEL = "label"
    SHAPE = "shape"
    ADDRESS = "address"
    PORT = "port"
    NAMED_PORT = "named port"
    OWN_NODE = "own node"
    READING = "reading"
    FACT = "fact"


OTHERS = "others"
"""The value of a label axis for all label values that no policy in question mentions."""


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """One respect: `values` are all there are, `at` the one of a model, `among` "it is one of these".

    `role` and `key` say whose respect it is, and of which label, name or reading. `moved`: the variables that
    a flow has to have other values of, to have that value here and be the same otherwise.
    """

    respect: Respect
    values: tuple[Value, ...]
    at: Callable[[z3.ModelRef], Value]
    among: Callable[[frozenset[Value]], z3.BoolRef]
    role: Role | None = None
    key: str = ""
    words: tuple[str, str] = ("", "")  # of an axis of true and false
    moved: Callable[[Value], Moved] | None = None

    @property
    def of_pods(self) -> bool:
        """Whether only pods have it."""
        of_pods = (Respect.NAMESPACE, Respect.NAMESPACE_LABEL, Respect.LABEL, Respect.SHAPE)
        return self.respect in of_pods

    def is_about(self, other: Axis) -> bool:
        """Return whether both are about the same, cut into other values perhaps."""
        return (self.respect, self.role, self.key) == (other.respect, other.role, other.key)

    def within(self, coarser: Axis, chosen: frozenset[Value]) -> frozenset[Value]:
        """Return those of its values that lie in the ones `chosen` of a `coarser` axis."""
        return frozenset(each for each in self.values if coarser.holding(each) in chosen)

    def holding(self, finer: Value) -> Value:
        """Return the value in which that of a finer axis lies."""
        if isinstance(finer, Cell):
            cells = [each for each in self.values if isinstance(each, Cell)]
            return holding(cells, finer.of, finer.first)
        return finer if finer in self.values else OTHERS


def axes_of(comparison: Comparison, mentioned: Mentioned, model: z3.ModelRef) -> list[Axis]:
    """Return every axis on which the flows of policies that mention this can differ.

    `model`: the first flow of a box; labels of a namespace count only where it is not known which it has.
    """
    symbols = comparison.context.symbols
    found: list[Axis] = [*_readings(symbols), *_facts(comparison), *_own_nodes(symbols)]
    found += _named_ports(symbols, mentioned)
    for role in Role:  # the source is widened first: of two maximal boxes the one with more sources
        end = symbols.flow.end(role)
        found.append(_address(symbols, end, mentioned))
        found += _labels(symbols, end, mentioned)
        if symbols.table.labels[min(value(model, end.namespace), symbols.table.size - 1)] is None:
            found += _namespace_labels(symbols, end)
        found.append(_namespace(symbols, end))
        found.append(_sort(symbols, end))
    found.append(_port(symbols, mentioned))
    return found


def axes_of_shown(comparison: Comparison, mentioned: Mentioned) -> list[Axis]:
    """Return the axes on which flows of shown pods can differ: who they are says what they bear."""
    symbols = comparison.context.symbols
    found: list[Axis] = [*_readings(symbols), *_facts(comparison), *_own_nodes(symbols)]
    unknown = {key for workload in symbols.population.workloads for key in workload.controller_labels}
    for workload in symbols.population.workloads:
        numbers = ((port.protocol, port.number, port.number) for port in workload.ports if port.name)
        mentioned.ports.update(numbers)
    for role in Role:
        end = symbols.flow.end(role)
        found.append(_address(symbols, end, mentioned))
        found += (axis for axis in _labels(symbols, end, mentioned) if axis.key in unknown)
        found += _namespace_labels(symbols, end) if symbols.table.unknown else ()
        found.append(_shape(symbols, end))
        found.append(_sort(symbols, end))
    found.append(_port(symbols, mentioned))
    return found


# --- who ---------------------------------------------------------------------------------------------------


def _sort(symbols: Symbols, end: SymbolicEndpoint) -> Axis:
    terms = symbols.terms
    kinds = {
        Sort.POD: terms.conjunction((is_pod(symbols, end), terms.negation(end.host_network))),
        Sort.HOST_NETWORK_POD: terms.conjunction((is_pod(symbols, end), end.host_network)),
        Sort.EXTERNAL: terms.equals(end.kind, Kind.EXTERNAL),
        Sort.NODE: terms.equals(end.kind, Kind.NODE),
    }

    def at(model: z3.ModelRef) -> Value:
        kind = Kind(value(model, end.kind))
        if kind in (Kind.POD, Kind.HYPOTHETICAL):
            return Sort.HOST_NETWORK_POD if truth(model, end.host_network) else Sort.POD
        return Sort.EXTERNAL if kind is Kind.EXTERNAL else Sort.NODE

    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        return terms.disjunction(term for sort, term in kinds.items() if sort in chosen)

    return Axis(Respect.SORT, tuple(Sort), at, among, end.role)


def _unless_no_pod(symbols: Symbols, end: SymbolicEndpoint, term: z3.BoolRef) -> z3.BoolRef:
    return symbols.terms.disjunction((symbols.terms.negation(is_pod(symbols, end)), term))


def _namespace(symbols: Symbols, end: SymbolicEndpoint) -> Axis:
    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        term = symbols.terms.one_of(end.namespace, (n for n in chosen if isinstance(n, int)))
        return _unless_no_pod(symbols, end, term)

    def moved(to: Value) -> Moved:
        return [(end.namespace, to)] if isinstance(to, int) else []

    every = tuple(range(symbols.table.size))
    at = partial(value, variable=end.namespace)
    return Axis(Respect.NAMESPACE, every, at, among, end.role, moved=moved)


def _shape(symbols: Symbols, end: SymbolicEndpoint) -> Axis:
    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        term = symbols.terms.one_of(end.identity, (n for n in chosen if isinstance(n, int)))
        return _unless_no_pod(symbols, end, term)

    every = tuple(shape.index for shape in symbols.shapes)
    return Axis(Respect.SHAPE, every, lambda model: value(model, end.identity), among, end.role)


def _labels(symbols: Symbols, end: SymbolicEndpoint, mentioned: Mentioned) -> Iterator[Axis]:
    for key, values in sorted(mentioned.mentions.pod_labels.items()):
        domain = symbols.pod_labels[key]
        codes = sorted(domain.codes[each] for each in values)
        yield _label_axis(Respect.LABEL, symbols, end, key, end.labels[key], codes)


def _namespace_labels(symbols: Symbols, end: SymbolicEndpoint) -> Iterator[Axis]:
    """Of namespaces whose labels are known nothing is said: they go by name."""
    for key, domain in symbols.namespace_labels.items():
        codes = sorted(domain.codes.values())
        yield _label_axis(Respect.NAMESPACE_LABEL, symbols, end, key, end.namespace_labels[key], codes)


def _label_axis(
    respect: Respect,
    symbols: Symbols,
    end: SymbolicEndpoint,
    key: str,
    variable: z3.BitVecRef,
    codes: Sequence[int],
) -> Axis:
    terms = symbols.terms
    listed = frozenset(codes)

    def at(model: z3.ModelRef) -> Value:
        code = value(model, variable)
        return code if code == ABSENT or code in listed else OTHERS

    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        if OTHERS in chosen:
            left_out = [code for code in (ABSENT, *codes) if code not in chosen]
            term = terms.negation(terms.one_of(variable, left_out))
        else:
            term = terms.one_of(variable, (code for code in chosen if isinstance(code, int)))
        if respect is Respect.NAMESPACE_LABEL:
            known = terms.one_of(end.namespace, symbols.table.known)
            term = terms.disjunction((known, term))
        return _unless_no_pod(symbols, end, term)

    def moved(to: Value) -> Moved:
        return [(variable, to if isinstance(to, int) else OTHER)]

    return Axis(respect, (ABSENT, *codes, OTHERS), at, among, end.role, key, moved=moved)


def _address(symbols: Symbols, end: SymbolicEndpoint, mentioned: Mentioned) -> Axis:
    terms, is_ipv6 = symbols.terms, symbols.flow.is_ipv6
    variables = {4: end.ipv4, 6: end.ipv6}
    cells: list[Cell] = []
    for version, width in ((4, IPV4_BITS), (6, IPV6_BITS)):
        blocks = [bits[1:] for bits in map(cidr_bits, mentioned.mentions.blocks) if bits[0] == version]
        ranges = [(low, low + (1 << width - length) - 1) for low, length in blocks]
        cells += cut(version, ranges, 0, (1 << width) - 1)

    def at(model: z3.ModelRef) -> Value:
        version = 6 if truth(model, is_ipv6) else 4
        return holding(cells, version, value(model, variables[version]))

    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        found = []
        for version, family in ((4, terms.negation(is_ipv6)), (6, is_ipv6)):
            ranges = merged([cell for cell in cells if cell in chosen and cell.of == version])
            inside = terms.disjunction(
                terms.between(variables[version], cell.first, cell.last) for cell in ranges
            )
            found.append(terms.conjunction((family, inside)))
        return terms.disjunction(found)

    return Axis(Respect.ADDRESS, tuple(cells), at, among, end.role)


# --- on what -----------------------------------------------------------------------------------------------


def _port(symbols: Symbols, mentioned: Mentioned) -> Axis:
    terms, flow = symbols.terms, symbols.flow
    cells: list[Cell] = []
    for protocol in PROTOCOLS:
        ranges = [(low, high) for of, low, high in mentioned.ports if of is protocol]
        cells += cut(protocol, ranges, MIN_PORT, MAX_PORT)

    def at(model: z3.ModelRef) -> Value:
        return holding(cells, PROTOCOLS[value(model, flow.protocol)], value(model, flow.port))

    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        found = []
        for code, protocol in enumerate(PROTOCOLS):
            ranges = merged([cell for cell in cells if cell in chosen and cell.of is protocol])
            inside = terms.disjunction(terms.between(flow.port, cell.first, cell.last) for cell in ranges)
            if [(cell.first, cell.last) for cell in ranges] == [(MIN_PORT, MAX_PORT)]:
                inside = terms.true
            found.append(terms.conjunction((terms.equals(flow.protocol, code), inside)))
        return terms.disjunction(found)

    def moved(to: Value) -> Moved:
        if not isinstance(to, Cell) or not isinstance(to.of, Protocol):
            return []
        return [(flow.port, to.first), (flow.protocol, PROTOCOLS.index(to.of))]

    return Axis(Respect.PORT, tuple(cells), at, among, moved=moved)


def _named_ports(symbols: Symbols, mentioned: Mentioned) -> Iterator[Axis]:
    """Only a pod calls a port by a name, and a flow of another protocol is on another port."""
    flow, terms = symbols.flow, symbols.terms
    for declared, which in (
        (flow.named_any, "one that the pod calls"),
        (flow.named_first, "the first one that the pod calls"),
        (flow.named_lead, "the very first one that the pod calls"),
    ):
        for (name, protocol), variable in declared.items():
            if (name, protocol) in mentioned.mentions.port_names:
                called = f"`{name}` ({protocol})"
                words = (f"the port is {which} {called}", f"the port is not {which} {called}")
                parts = is_pod(symbols, flow.destination), is_protocol(symbols, protocol), variable
                yield _flag(
                    Respect.NAMED_PORT, symbols, terms.conjunction(parts), f"{name}/{protocol}", words
                )


# --- what is the same for the whole cluster ----------------------------------------------------------------


def _flag(
    respect: Respect,
    symbols: Symbols,
    term: z3.BoolRef,
    key: str,
    words: tuple[str, str],
    role: Role | None = None,
) -> Axis:
    terms = symbols.terms

    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        if len(chosen) > 1:
            return terms.true
        return term if True in chosen else terms.negation(term)

    return Axis(respect, (True, False), lambda model: truth(model, term), among, role, key, words)


def _own_nodes(symbols: Symbols) -> Iterator[Axis]:
    for role, other in ((Role.DESTINATION, Role.SOURCE), (Role.SOURCE, Role.DESTINATION)):
        words = (f"the {other} is the node of the {role}", f"the {other} is not the node of the {role}")
        yield _flag(Respect.OWN_NODE, symbols, own_node(symbols, role), role, words, role)


def _readings(symbols: Symbols) -> Iterator[Axis]:
    for row in READINGS:
        yield _flag(Respect.READING, symbols, symbols.readings[row.name], row.name, row.words)


def _facts(comparison: Comparison) -> Iterator[Axis]:
    """Facts that tiers rest on: which address a name has, which of equal priorities is first, node labels."""
    symbols = comparison.context.symbols
    for name, variable in symbols.domain_names.items():
        words = (f"the address is one of `{name}`", f"the address is none of `{name}`")
        yield _flag(Respect.FACT, symbols, variable, f"domain {name}", words)
    for version, precedence in (
        ("NEW", comparison.context.tiers.precedence),
        ("OLD", comparison.old_precedence),
    ):
        for one, other, before in precedence.asked:
            words = (
                f"in {version} {one.title} is asked before {other.title}",
                f"in {version} {other.title} is asked before {one.title}",
            )
            yield _flag(Respect.FACT, symbols, before, f"order {version} {one.title} {other.title}", words)
    if not symbols.node_labels:
        return
    for role in Role:
        yield _node(symbols, symbols.flow.end(role))
    for index, name in enumerate(symbols.nodes.names):
        if symbols.nodes.labels(index) is None:
            for key, domain in symbols.node_labels.items():
                label = symbols.node_label(index, key)
                for code, text in ((ABSENT, "absent"), *((domain.codes[v], v) for v in domain.values)):
                    words = (
                        f"the label `{key}` of node `{name}` is {text}",
                        f"the label `{key}` of node `{name}` is not {text}",
                    )
                    term = symbols.terms.equals(label, code)
                    yield _flag(Respect.FACT, symbols, term, f"node {index} {key} {code}", words)


def _node(symbols: Symbols, end: SymbolicEndpoint) -> Axis:
    def among(chosen: frozenset[Value]) -> z3.BoolRef:
        return symbols.terms.one_of(end.node, (n for n in chosen if isinstance(n, int)))

    every = tuple(range(len(symbols.nodes.names)))
    return Axis(Respect.FACT, every, lambda model: value(model, end.node), among, end.role, "node")
