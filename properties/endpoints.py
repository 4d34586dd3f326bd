"""Endpoints and ports of a property -> terms."""

from __future__ import annotations

from collections.abc import Iterable

import z3

from verifier.encodings.ip_block import encode_internet, encode_ip_block
from verifier.encodings.namespaces import match_namespaces
from verifier.encodings.network_policy import own_node
from verifier.encodings.peer import encode_namespace_selector, encode_pod_selector, is_pod
from verifier.encodings.ports import is_protocol
from verifier.encodings.symbolic_flow import Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.properties.spec.scope import Endpoints, NamedPort, PortRange, Ports, Selection

POD_KINDS = frozenset((Kind.POD, Kind.HYPOTHETICAL))
EVERY_KIND = frozenset(Kind)


def kinds_of(endpoints: Endpoints) -> frozenset[Kind]:
    """Return the kinds of endpoint that may be selected at all."""
    kinds: set[Kind] = set()
    for selection in endpoints:
        if selection.pods:
            kinds.add(Kind.POD)
            if selection.workload is None:  # a workload is shown, never hypothetical
                kinds.add(Kind.HYPOTHETICAL)
        if selection.externals:
            kinds.add(Kind.EXTERNAL)
        if selection.nodes:
            kinds.add(Kind.NODE)
    return frozenset(kinds)


def namespaces_of(symbols: Symbols, endpoints: Endpoints) -> frozenset[int]:
    """Return the existing namespaces that pods of `endpoints` can lie in, as indexes."""
    table = symbols.table
    found: set[int] = set()
    for selection in endpoints:
        if not selection.pods:
            continue
        own = set(range(table.existing))
        if selection.namespace is not None:
            own = {table.index(selection.namespace)}
        if selection.namespace_selector is not None:
            match = match_namespaces(selection.namespace_selector, table)
            own &= {*match.known, *match.possible}
        found |= own
    return frozenset(found)


def encode_endpoints(symbols: Symbols, endpoints: Endpoints, end: SymbolicEndpoint) -> z3.BoolRef:
    """Return the term "`end` is one of `endpoints`"."""
    return symbols.terms.disjunction(_encode_selection(symbols, selection, end) for selection in endpoints)


def _encode_selection(symbols: Symbols, selection: Selection, end: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    sorts = []
    if selection.pods:
        sorts.append(_encode_pods(symbols, selection, end))
    if selection.externals:
        sorts.append(_encode_externals(symbols, selection, end))
    if selection.nodes:
        named = terms.true
        if selection.node is not None:
            named = terms.equals(end.identity, symbols.nodes.places[selection.node])
        sorts.append(terms.conjunction((terms.equals(end.kind, Kind.NODE), named)))
    parts = [terms.disjunction(sorts)]
    if selection.ip_block is not None:
        parts.append(encode_ip_block(terms, selection.ip_block, end, symbols.flow.is_ipv6))
    if selection.excluded:
        parts.append(terms.negation(encode_endpoints(symbols, selection.excluded, end)))
    return terms.conjunction(parts)


def _encode_pods(symbols: Symbols, selection: Selection, end: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    parts = [is_pod(symbols, end)]
    if selection.namespace is not None:
        parts.append(terms.equals(end.namespace, symbols.table.index(selection.namespace)))
    if selection.namespace_selector is not None:
        parts.append(encode_namespace_selector(symbols, selection.namespace_selector, end))
    if selection.pod_selector is not None:
        parts.append(encode_pod_selector(symbols, selection.pod_selector, end))
    if selection.workload is not None:
        kind, name = selection.workload
        owned = [
            shape.index
            for shape in symbols.shapes
            if shape.workload.name == name and kind in (None, shape.workload.kind)
        ]
        parts.append(terms.equals(end.kind, Kind.POD))
        parts.append(terms.one_of(end.identity, owned))
    return terms.conjunction(parts)


def _encode_externals(symbols: Symbols, selection: Selection, end: SymbolicEndpoint) -> z3.BoolRef:
    terms = symbols.terms
    external = terms.equals(end.kind, Kind.EXTERNAL)
    if not selection.internet:
        return external
    return terms.conjunction((external, encode_internet(terms, end, symbols.flow.is_ipv6)))


def encode_ports(symbols: Symbols, ports: Ports) -> z3.BoolRef:
    """Return the term "the flow's destination port is one of `ports`"; no ports at all: every port."""
    return (
        symbols.terms.disjunction(_encode_port(symbols, port) for port in ports)
        if ports
        else symbols.terms.true
    )


def _encode_port(symbols: Symbols, port: PortRange | NamedPort) -> z3.BoolRef:
    terms, flow = symbols.terms, symbols.flow
    if isinstance(port, NamedPort):
        declared = flow.named_any[port.name, port.protocol]
        return terms.conjunction(
            (is_protocol(symbols, port.protocol), is_pod(symbols, flow.destination), declared)
        )
    protocol = terms.true if port.protocol is None else is_protocol(symbols, port.protocol)
    return terms.conjunction((protocol, terms.between(flow.port, port.low, port.high)))


def from_own_node(symbols: Symbols) -> z3.BoolRef:
    """Return the term "the source is the node that the destination pod runs on", which S-7 leaves out."""
    return own_node(symbols, Role.DESTINATION)


def flow_namespaces(
    symbols: Symbols, source: Endpoints, destination: Endpoints
) -> dict[Role, frozenset[int]]:
    """Return where the pods at both ends can be, as `Question.namespaces` wants them."""
    return {
        Role.SOURCE: namespaces_of(symbols, source),
        Role.DESTINATION: namespaces_of(symbols, destination),
    }


def flow_kinds(
    source: Iterable[Kind], destination: Iterable[Kind]
) -> tuple[tuple[Role, frozenset[Kind]], ...]:
    """Return the kinds at both ends, as `Question.kinds` wants them."""
    return ((Role.SOURCE, frozenset(source)), (Role.DESTINATION, frozenset(destination)))
