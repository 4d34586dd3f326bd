"""Is there any flow at all that one rule admits and that the other end's policies let through?"""

from __future__ import annotations

from collections.abc import Iterable

import z3

from verifier.deadline import Deadline
from verifier.encodings.network_policy import Guarded, PolicySides, encode_rule, rules_of
from verifier.encodings.peer import encode_pod_selector
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.encodings.symbols import Symbols
from verifier.flow import Direction
from verifier.manifest.network_policy import NetworkPolicy
from verifier.solver.answers import is_unsatisfiable
from verifier.solver.equivalence import any_pod_of
from verifier.solver.search import LOGIC


class FarEnd:
    """The rules of one namespace in one direction, and what the pods they mean say of the same flows.

    One solver answers for all of them, with a literal for each rule.
    """

    def __init__(
        self, symbols: Symbols, sides: PolicySides, namespace: str, direction: Direction, deadline: Deadline
    ) -> None:
        self._symbols = symbols
        self._sides = sides
        self._deadline = deadline
        self._direction = direction
        self._namespace = symbols.table.index(namespace)
        ingress = direction is Direction.INGRESS
        self._subject = symbols.flow.end(Role.DESTINATION if ingress else Role.SOURCE)
        self._far = symbols.flow.end(Role.SOURCE if ingress else Role.DESTINATION)
        self._passing: dict[int, z3.BoolRef] = {}
        self._solver = symbols.terms.solver(LOGIC)
        self._solver.add(*any_pod_of(symbols, self._namespace, self._subject, self._far))
        self._solver.add(symbols.terms.equals(self._far.kind, Kind.HYPOTHETICAL))

    def always_refused(self, policy: NetworkPolicy, index: int, far_namespaces: Iterable[int]) -> bool:
        """Return whether the policies of the other end refuse all flows of a rule between two different pods.

        Whatever pods there are, under every reading. `far_namespaces` are all in which the rule can mean
        pods; the rule means nobody but pods.

        Raises:
            LimitError: nobody knows.
        """
        terms, symbols = self._symbols.terms, self._symbols
        asked = terms.boolean(f"asked[{policy.title} {self._direction} {index}]")
        parts = [self._passes(there) for there in far_namespaces]
        peers, ports = rules_of(policy, self._direction)[index]
        met = [
            encode_rule(symbols, peers, ports, self._namespace, self._far),
            terms.disjunction(parts),
        ]
        if policy.spec.pod_selector is not None:
            met.append(encode_pod_selector(symbols, policy.spec.pod_selector, self._subject))
        self._solver.add(terms.implication(asked, terms.conjunction(met)))
        return is_unsatisfiable(self._solver, self._deadline, [asked])

    def _passes(self, there: int) -> z3.BoolRef:
        """Return the term "the pod at the other end is of that namespace, whose policies say yes"."""
        found = self._passing.get(there)
        if found is None:
            terms = self._symbols.terms
            side = self._sides.side(there, self._far.role, Guarded.ISOLATION)
            self._solver.add(*(guard for _, guard in side.guards))
            found = self._passing[there] = terms.conjunction(
                (terms.equals(self._far.namespace, there), side.allows(self._symbols))
            )
        return found
