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
    codes = range(ABSENT + 1, symbols.namespace_labels[key].size)
    one_value = terms.disjunction(
        terms.conjunction(
            (_has_value(symbols, key, source, code), _has_value(symbols, key, destination, code))
        )
        for code in codes
    )
    labelled = [
        terms.disjunction(_has_value(symbols, key, end, code) for code in codes)
        for end in (source, destination)
    ]
    return terms.conjunction((*labelled, terms.negation(one_value)))


def _has_value(symbols: Symbols, key: str, end: SymbolicEndpoint, code: int) -> z3.BoolRef:
    terms, table, domain = symbols.terms, symbols.table, symbols.namespace_labels[key]
    known = [
        index
        for index, labels in enumerate(table.labels[: table.existing])
        if labels is not None and domain.code(labels) == code
    ]
    unknown = [index for index in table.unknown if index < table.existing]
    by_fact = terms.conjunction(
        (terms.one_of(end.namespace, unknown), terms.equals(end.namespace_labels[key], code))
    )
    return terms.disjunction((terms.one_of(end.namespace, known), by_fact))
