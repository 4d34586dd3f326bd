"""Is there any flow at all that one rule admits and that the other end's policies let through?"""

from __future__ import annotations

from collections.abc import Iterable

import z3

from verifier.encodings.network_policy import Guarded, PolicySides, encode_rule, rules_of
from verifier.encodings.peer import encode_pod_selector
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.encodings.symbols import Symbols
from verifier.flow import Direction
from verifier.manifest.network_policy import NetworkPolicy
from verifier.solver.equivalence import UndecidedError, any_pod_of
from verifier.solver.search import LOGIC, Deadline


def always_refused(
    symbols: Symbols,
    sides: PolicySides,
    policy: NetworkPolicy,
    direction: Direction,
    index: int,
    far_namespaces: Iterable[int],
    deadline: Deadline,
) -> bool:
    """Return whether the policies of the other end refuse all flows of a rule between two different pods.

    Whatever pods there are, under every reading. `far_namespaces` are all in which the rule can mean pods;
    the rule means nobody but pods.

    Raises:
        UndecidedError: the solver gave up.
    """
    terms = symbols.terms
    ingress = direction is Direction.INGRESS
    subject = symbols.flow.end(Role.DESTINATION if ingress else Role.SOURCE)
    far = symbols.flow.end(Role.SOURCE if ingress else Role.DESTINATION)
    namespace = symbols.table.index(policy.namespace)
    solver = terms.solver(LOGIC)
    solver.add(*any_pod_of(symbols, namespace, subject, far), terms.equals(far.kind, Kind.HYPOTHETICAL))
    if policy.spec.pod_selector is not None:
        solver.add(encode_pod_selector(symbols, policy.spec.pod_selector, subject))
    peers, ports = rules_of(policy, direction)[index]
    solver.add(encode_rule(symbols, peers, ports, namespace, far))
    passing = []
    for there in far_namespaces:
        side = sides.side(there, far.role, Guarded.ISOLATION)
        solver.add(*(guard for _, guard in side.guards))
        passing.append(terms.conjunction((terms.equals(far.namespace, there), side.allows(symbols))))
    solver.add(terms.disjunction(passing))
    solver.set("timeout", deadline.milliseconds_left())
    answer = solver.check()
    if answer == z3.unknown:
        raise UndecidedError(solver.reason_unknown())
    return bool(answer == z3.unsat)
