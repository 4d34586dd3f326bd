"""`cover`: each pod of the scope is isolated by a NetworkPolicy, per direction."""

from __future__ import annotations

from verifier.encodings.network_policy import Guarded
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols
from verifier.flow import Direction
from verifier.properties.endpoints import POD_KINDS, encode_endpoints, kinds_of, namespaces_of
from verifier.properties.spec.scope import Cover


def cover(statement: Cover, direction: Direction, symbols: Symbols) -> Question:
    """Return the question unsatisfiable iff the property holds in `direction`; existing namespaces (S-5)."""
    terms, pod = symbols.terms, symbols.flow.destination
    return Question(
        scope=terms.conjunction(
            (
                encode_endpoints(symbols, statement.pods, pod),
                terms.between(pod.namespace, 0, symbols.table.existing - 1),
            )
        ),
        violation=symbols.flow.ingress_ok,
        guarded=Guarded.ISOLATION,
        harmless=False,
        kinds=((Role.DESTINATION, kinds_of(statement.pods) & POD_KINDS),),
        namespaces={Role.DESTINATION: namespaces_of(symbols, statement.pods)},
        covers=direction,
    )
