"""`isolate`: no flow between pods of two existing namespaces that differ in the value of a label."""

from __future__ import annotations

import z3

from verifier.encodings.network_policy import Guarded
from verifier.encodings.peer import encode_namespace_selector, is_pod
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import ABSENT
from verifier.population import METADATA_NAME
from verifier.properties.endpoints import POD_KINDS, encode_ports, flow_kinds, flow_namespaces, from_own_node
from verifier.properties.spec.scope import Isolate, Selection


def isolate(statement: Isolate, symbols: Symbols) -> Question:
    """Return the question unsatisfiable iff the property holds; it ranges over existing namespaces (S-5)."""
    terms, flow = symbols.terms, symbols.flow
    ends = (flow.source, flow.destination)
    named = (Selection(pods=True, namespace_selector=statement.namespaces),)
    return Question(
        scope=terms.conjunction(
            (
                *(is_pod(symbols, end) for end in ends),
                *(terms.between(end.namespace, 0, symbols.table.existing - 1) for end in ends),
                *(encode_namespace_selector(symbols, statement.namespaces, end) for end in ends),
                _differ(statement.by, symbols),
                encode_ports(symbols, statement.ports),
                terms.negation(from_own_node(symbols)),
            )
        ),
        violation=terms.conjunction((flow.egress_ok, flow.ingress_ok)),
        guarded=Guarded.ISOLATION,
        harmless=False,
        kinds=flow_kinds(POD_KINDS, POD_KINDS),
        namespaces=flow_namespaces(symbols, named, named),
    )


def _differ(key: str, symbols: Symbols) -> z3.BoolRef:
    """Both namespaces carry the label, with different values; a name is a value too (NP-16)."""
    terms, source, destination = symbols.terms, symbols.flow.source, symbols.flow.destination
    if key == METADATA_NAME:
        return terms.negation(terms.same(source.namespace, destination.namespace))
    having = [_having(symbols, key, end) for end in (source, destination)]
    one_value = terms.disjunction(terms.conjunction(both) for both in zip(*having, strict=True))
    return terms.conjunction((*map(terms.disjunction, having), terms.negation(one_value)))


def _having(symbols: Symbols, key: str, end: SymbolicEndpoint) -> list[z3.BoolRef]:
    """Return, for each value that the label can have, the term "the namespace of `end` has it"."""
    terms, table, domain = symbols.terms, symbols.table, symbols.namespace_labels[key]
    known: dict[int, list[int]] = {}
    for index in table.known:
        known.setdefault(domain.code(table.labels[index] or {}), []).append(index)
    unknown = terms.one_of(end.namespace, (index for index in table.unknown if index < table.existing))
    return [
        terms.disjunction(
            (
                terms.one_of(end.namespace, known.get(code, ())),
                terms.conjunction((unknown, terms.equals(end.namespace_labels[key], code))),
            )
        )
        for code in range(ABSENT + 1, domain.size)
    ]
