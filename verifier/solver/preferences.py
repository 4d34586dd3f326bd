"""A counterexample that a person likes to read: small, natural, and as close to the manifests as it can be.

Preferences are literals tried one after the other; each that leaves the question satisfiable is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import z3

from verifier.encodings.ip_block import address_in
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import ABSENT, OTHER
from verifier.flow import Protocol
from verifier.solver.decode import pick
from verifier.solver.search import Sat, Search, truth, value

DOCUMENTATION = tuple(
    ip_network(text) for text in ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32")
)
USUAL_PORTS = (443, 80, 8080, 5432, 53)
READABLE = {
    Role.SOURCE: ("10.0.0.1", "10.1.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1"),
    Role.DESTINATION: ("10.0.0.2", "10.1.0.2", "172.16.0.2", "192.168.0.2", "100.64.0.2", "fd00::2"),
}
READABLE_EXTERNAL = ("203.0.113.7", "198.51.100.7", "192.0.2.7", "2001:db8::7")


def polish(search: Search, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> z3.ModelRef:
    """Return a model of the same question that reads better than `model`."""
    for stage in (_who, _what, _where):
        model = _keep(search, model, assumptions := [*assumptions, *_fixed(search, model, stage)], stage)
    return model


def _fixed(search: Search, model: z3.ModelRef, stage: object) -> list[z3.BoolRef]:
    """Return what earlier stages settled."""
    if stage is _who:
        return []
    terms, flow = search.terms, search.context.symbols.flow
    ends = [flow.end(role) for role in search.question.roles]
    settled = [
        terms.equals(bits, value(model, bits))
        for end in ends
        for bits in (end.kind, end.namespace, end.identity)
    ]
    settled.append(terms.same_truth(flow.is_ipv6, terms.constant(truth(model, flow.is_ipv6))))
    if stage is _where:
        settled += [terms.equals(bits, value(model, bits)) for bits in (flow.port, flow.protocol)]
    return settled


def _keep(
    search: Search, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef], stage: object
) -> z3.ModelRef:
    assert callable(stage)  # noqa: S101
    wishes = [wish for wish in stage(search, model) if not z3.is_true(wish)]
    everything = search.run([*assumptions, *wishes])
    if isinstance(everything, Sat):
        return everything.model
    kept = list(assumptions)
    for wish in wishes:
        outcome = search.run([*kept, wish])
        if isinstance(outcome, Sat):
            model = outcome.model
            kept.append(wish)
    return model


def _who(search: Search, model: z3.ModelRef) -> Iterator[z3.BoolRef]:
    """An existing pod before a hypothetical one, an existing namespace before a new one, IPv4 before IPv6."""
    symbols, terms = search.context.symbols, search.terms
    ends = [symbols.flow.end(role) for role in search.question.roles]
    for end in ends:
        yield terms.negation(terms.equals(end.kind, Kind.HYPOTHETICAL))
        yield terms.negation(terms.equals(end.kind, Kind.NODE))
    for end in ends:
        yield terms.negation(search.context.universe.is_new(end))
    yield terms.negation(symbols.flow.is_ipv6)


def _what(search: Search, model: z3.ModelRef) -> Iterator[z3.BoolRef]:
    """A declared container port before a usual one, TCP before others."""
    symbols, terms = search.context.symbols, search.terms
    flow = symbols.flow
    if search.question.covers is not None:
        return
    destination = pick(model, flow.destination)
    declared = []
    if destination.kind is Kind.POD:
        declared = [
            terms.conjunction((_is_protocol(symbols, port.protocol), terms.equals(flow.port, port.number)))
            for port in symbols.shapes[destination.identity].workload.ports
        ]
    yield terms.disjunction(declared) if declared else terms.true
    yield _is_protocol(symbols, Protocol.TCP)
    if not declared:
        yield terms.one_of(flow.port, USUAL_PORTS)
        yield terms.one_of(flow.port, USUAL_PORTS[:1])


def _where(search: Search, model: z3.ModelRef) -> Iterator[z3.BoolRef]:
    """Few labels; readable addresses, from the documentation ranges outside the cluster."""
    symbols, terms = search.context.symbols, search.terms
    flow = symbols.flow
    for role in search.question.roles:
        end, picked = flow.end(role), pick(model, flow.end(role))
        if picked.kind is Kind.HYPOTHETICAL:
            yield from (terms.equals(label, ABSENT) for label in end.labels.values())
            if role is Role.DESTINATION:
                yield from (terms.negation(named) for named in flow.named_any.values())
        if picked.kind in (Kind.POD, Kind.HYPOTHETICAL):
            # An unlabelled namespace, or at least no value that only a model would think of.
            yield from (terms.equals(label, ABSENT) for label in end.namespace_labels.values())
            yield from (terms.negation(terms.equals(label, OTHER)) for label in end.namespace_labels.values())
        yield from _addresses(symbols, end, picked.kind)


def _addresses(symbols: Symbols, end: SymbolicEndpoint, kind: Kind) -> Iterator[z3.BoolRef]:
    terms, is_ipv6 = symbols.terms, symbols.flow.is_ipv6
    if kind is Kind.EXTERNAL:
        yield terms.choice(
            is_ipv6, address_in(terms, DOCUMENTATION, end.ipv6), address_in(terms, DOCUMENTATION, end.ipv4)
        )
    readable = (*READABLE_EXTERNAL, *READABLE[end.role]) if kind is Kind.EXTERNAL else READABLE[end.role]
    own = [ip_address(text) for text in readable]
    for variable, present, version in ((end.ipv4, end.has_ipv4, 4), (end.ipv6, end.has_ipv6, 6)):
        choices = [int(address) for address in own if address.version == version]
        yield terms.implication(present, terms.one_of(variable, choices))
        yield terms.implication(present, terms.one_of(variable, choices[:1]))


def _is_protocol(symbols: Symbols, protocol: Protocol) -> z3.BoolRef:
    return symbols.terms.equals(symbols.flow.protocol, PROTOCOLS.index(protocol))
