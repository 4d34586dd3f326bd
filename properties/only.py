"""`only`: every allowed flow into `to` on `ports` comes from `from`."""

from __future__ import annotations

from verifier.encodings.network_policy import Guarded
from verifier.encodings.question import Question
from verifier.encodings.symbols import Symbols
from verifier.properties.endpoints import (
    EVERY_KIND,
    encode_endpoints,
    encode_ports,
    flow_kinds,
    flow_namespaces,
    from_own_node,
    kinds_of,
)
from verifier.properties.spec.scope import Only, Selection


def only(statement: Only, symbols: Symbols) -> Question:
    """Return the question that is unsatisfiable iff the property holds.

    The sources looked at are all pods, all external addresses and all nodes but the destination's own (S-7).
    """
    terms, flow = symbols.terms, symbols.flow
    return Question(
        scope=terms.conjunction(
            (
                terms.negation(encode_endpoints(symbols, statement.source, flow.source)),
                encode_endpoints(symbols, statement.destination, flow.destination),
                encode_ports(symbols, statement.ports),
                terms.negation(from_own_node(symbols)),
            )
        ),
        violation=terms.conjunction((flow.egress_ok, flow.ingress_ok)),
        guarded=Guarded.ISOLATION,
        harmless=False,
        kinds=flow_kinds(EVERY_KIND, kinds_of(statement.destination)),
        namespaces=flow_namespaces(symbols, (Selection(pods=True),), statement.destination),
    )
