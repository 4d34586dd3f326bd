"""`forbid`: no flow of the scope is allowed."""

from __future__ import annotations

from verifier.encodings.network_policy import Guarded
from verifier.encodings.question import Question
from verifier.encodings.symbols import Symbols
from verifier.properties.endpoints import (
    encode_endpoints,
    encode_ports,
    flow_kinds,
    flow_namespaces,
    from_own_node,
    kinds_of,
)
from verifier.properties.spec.scope import Forbid


def forbid(statement: Forbid, symbols: Symbols) -> Question:
    """Return the question unsatisfiable iff the property holds; a node to its own pod is left out (S-7)."""
    terms, flow = symbols.terms, symbols.flow
    return Question(
        scope=terms.conjunction(
            (
                encode_endpoints(symbols, statement.source, flow.source),
                encode_endpoints(symbols, statement.destination, flow.destination),
                encode_ports(symbols, statement.ports),
                terms.negation(from_own_node(symbols)),
            )
        ),
        violation=terms.conjunction((flow.egress_ok, flow.ingress_ok)),
        guarded=Guarded.ISOLATION,
        harmless=False,
        kinds=flow_kinds(kinds_of(statement.source), kinds_of(statement.destination)),
        namespaces=flow_namespaces(symbols, statement.source, statement.destination),
    )
