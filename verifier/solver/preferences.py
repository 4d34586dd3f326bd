"""A counterexample that a person likes to read: small, natural, and as close to the manifests as it can be.

Preferences are wishes, tried all at once; of those that clash the last is given up, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network
from itertools import permutations

import z3

from verifier.deadline import LimitError
from verifier.encodings.ip_block import address_in
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth, value
from verifier.encodings.vocabulary import ABSENT, OTHER
from verifier.flow import Protocol
from verifier.solver.answers import Sat, Unsat
from verifier.solver.decode import pick
from verifier.solver.search import Search

DOCUMENTATION = tuple(
    ip_network(text) for text in ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32")
)
USUAL_PORTS = (443, 80, 8080, 5432, 53)
SHARE = 0.3
TRIES = 2
READABLE_EXTERNAL = ("203.0.113.7", "198.51.100.7", "192.0.2.7", "2001:db8::7")


def polish(search: Search, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> z3.ModelRef:
    """Return a model of the same question, under the same assumptions, that reads better than `model`.

    Who is settled first; the rest is asked of a solver of its own, which holds what those two ends need.
    Beauty may take a part of the time that is left, so that the verdict has the rest.
    """
    deadline = search.deadline
    search.deadline = deadline.share(SHARE)
    try:
        return _polished(search, model, assumptions)
    finally:
        search.deadline = deadline


def _polished(search: Search, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> z3.ModelRef:
    with suppress(LimitError):
        _introduce(search, model)
        model = _keep(search, model, assumptions, _where_from(search), TRIES)
        model = _keep(search, model, [*assumptions, search.near()], _who(search))
        small = _afresh(search, model) if search.is_large else search
        given = [*assumptions, _all_of(small, _settled(small, model))]
        model = _keep(small, model, given, _what(small, model))
        flow = search.context.symbols.flow
        ports = [search.terms.equals(bits, value(model, bits)) for bits in (flow.port, flow.protocol)]
        model = _keep(small, model, [*given, *ports], _where(small, model))
    return model


def _introduce(search: Search, model: z3.ModelRef) -> None:
    """Have the search know each end's namespace at the other end too: a flow within one reads well."""
    ends = [search.context.symbols.flow.end(role) for role in search.question.roles]
    for end, other in permutations(ends, 2):
        namespace = value(model, end.namespace)
        is_pod = value(model, end.kind) in (Kind.POD, Kind.HYPOTHETICAL)
        if is_pod and namespace < search.context.symbols.table.existing:
            search.meet(other.role, namespace)


def _afresh(search: Search, model: z3.ModelRef) -> Search:
    """Return the same search, which knows the namespaces that `model` picks and no others."""
    fresh = search.afresh()
    for role in search.question.roles:
        end = search.context.symbols.flow.end(role)
        if value(model, end.kind) in (Kind.POD, Kind.HYPOTHETICAL):
            fresh.meet(role, value(model, end.namespace))
    return fresh


def _settled(search: Search, model: z3.ModelRef) -> list[z3.BoolRef]:
    terms, flow = search.terms, search.context.symbols.flow
    settled = [terms.same_truth(flow.is_ipv6, terms.constant(truth(model, flow.is_ipv6)))]
    for role in search.question.roles:
        end = flow.end(role)
        settled += [
            terms.equals(bits, value(model, bits)) for bits in (end.kind, end.namespace, end.identity)
        ]
    return settled


def _all_of(search: Search, terms: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """Return a literal under which all of `terms` hold: the solver takes one sooner than many."""
    literal = search.new_literal("all_of")
    search.solver.add_for_now(search.terms.implication(literal, search.terms.conjunction(terms)))
    return literal


def _keep(
    search: Search,
    model: z3.ModelRef,
    assumptions: Sequence[z3.BoolRef],
    wishes: Iterable[z3.BoolRef],
    tries: int | None = None,
) -> z3.ModelRef:
    """Return a model in which as many of `wishes` come true as can, the earlier before the later.

    `tries` are the namespaces to look at besides those met already, None for all that it takes.
    """
    kept, true = list(assumptions), set[int]()
    waiting = {wish.get_id(): wish for wish in wishes if wish is not search.terms.true}
    literals: dict[int, z3.BoolRef] = {}
    given_up: dict[int, tuple[z3.BoolRef, list[int]]] = {}  # each with those that it clashes with
    is_new = True
    while waiting:
        if is_new:  # what is so already needs no asking
            granted = {key: wish for key, wish in waiting.items() if truth(model, wish)}
            true |= granted.keys()
            waiting = {key: wish for key, wish in waiting.items() if key not in granted}
            if granted and (waiting or given_up):
                kept.append(_all_of(search, granted.values()))
            if not waiting:
                break
        for key, wish in waiting.items():
            if key not in literals:
                literals[key] = _all_of(search, [wish])
        outcome = search.run([*kept, *map(literals.__getitem__, waiting)], tries=tries)
        is_new = isinstance(outcome, Sat)
        if isinstance(outcome, Sat):
            model = outcome.model
            continue
        if not isinstance(outcome, Unsat):
            return model
        clashing = [key for key in waiting if literals[key].get_id() in outcome.core]
        last = clashing.pop() if clashing else next(reversed(waiting))
        wish = waiting.pop(last)
        if clashing:  # what clashes with no other wish never comes true
            given_up[last] = wish, clashing
    for key, (wish, others) in reversed(given_up.items()):  # what clashed with one that was given up later
        if not truth(model, wish):
            if true.issuperset(others):
                continue
            outcome = search.run([*kept, wish], tries=tries)
            if not isinstance(outcome, Sat):
                continue
            model = outcome.model
        kept.append(wish)
        true.add(key)
    return model


def _where_from(search: Search) -> Iterator[z3.BoolRef]:
    """Existing namespaces before new ones, known labels before unknown."""
    symbols, terms = search.context.symbols, search.terms
    ends = [symbols.flow.end(role) for role in search.question.roles]
    yield from (terms.negation(search.context.universe.is_new(end)) for end in ends)
    labels = symbols.table.labels
    unknown = [index for index in range(symbols.table.existing) if labels[index] is None]
    yield from (terms.negation(terms.one_of(end.namespace, unknown)) for end in ends if unknown)


def _who(search: Search) -> Iterator[z3.BoolRef]:
    """Pods before nodes, shown pods before hypothetical ones; IPv4 before IPv6, too.

    Pods that a policy can keep apart before those on the host network, which none can (NP-43).
    """
    symbols, terms = search.context.symbols, search.terms
    kinds = dict(search.question.kinds)
    ends = [symbols.flow.end(role) for role in search.question.roles]
    yield from _where_from(search)
    for end in ends:
        if kinds[end.role] > {Kind.NODE}:
            yield terms.negation(terms.equals(end.kind, Kind.NODE))
    yield terms.negation(symbols.flow.is_ipv6)
    for end in reversed(ends):  # of two wishes that clash the later is given up: rather the source
        if kinds[end.role] > {Kind.HYPOTHETICAL}:
            yield terms.negation(terms.equals(end.kind, Kind.HYPOTHETICAL))
    if symbols.population.has_host_network:
        yield from (terms.negation(end.host_network) for end in ends)


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
                yield from (
                    terms.implication(named, flow.named_first[name]) for name, named in flow.named_any.items()
                )
                yield from (
                    terms.implication(flow.named_first[name], lead) for name, lead in flow.named_lead.items()
                )
        is_pod = picked.kind in (Kind.POD, Kind.HYPOTHETICAL)
        if is_pod and symbols.table.labels[picked.namespace] is None:
            # An unlabelled namespace, or at least no value that only a model would think of.
            yield from (terms.equals(label, ABSENT) for label in end.namespace_labels.values())
            yield from (terms.negation(terms.equals(label, OTHER)) for label in end.namespace_labels.values())
        yield from _addresses(symbols, end, picked.kind, is_ipv6=truth(model, flow.is_ipv6))


def _addresses(symbols: Symbols, end: SymbolicEndpoint, kind: Kind, *, is_ipv6: bool) -> Iterator[z3.BoolRef]:
    terms, version = symbols.terms, 6 if is_ipv6 else 4
    variable = end.ipv6 if is_ipv6 else end.ipv4
    if kind is Kind.EXTERNAL:
        yield address_in(terms, DOCUMENTATION, variable)
    network = symbols.population.network
    inside = network.node_cidrs if kind is Kind.NODE and network.node_cidrs else network.unknown_pod_cidrs
    number = 1 if end.role is Role.SOURCE else 2
    own = [int(cidr.network_address) + number for cidr in inside if cidr.version == version]
    if kind is Kind.EXTERNAL:
        outside = [ip_address(text) for text in READABLE_EXTERNAL]
        own = [*(int(address) for address in outside if address.version == version), *own]
    yield terms.one_of(variable, own)
    yield terms.one_of(variable, own[:1])


def _is_protocol(symbols: Symbols, protocol: Protocol) -> z3.BoolRef:
    return symbols.terms.equals(symbols.flow.protocol, PROTOCOLS.index(protocol))
