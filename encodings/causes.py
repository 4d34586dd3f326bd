"""What lets a side of a flow through or keeps it out, one policy and one rule at a time.

`network_policy.py` says what all policies of a namespace say together, which decides; these terms tell apart
why.
"""

from __future__ import annotations

from collections.abc import Mapping

import z3

from verifier.encodings.effective import effective_types, rules_of
from verifier.encodings.network_policy import encode_rule, exempt
from verifier.encodings.peer import encode_pod_selector, is_pod
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols
from verifier.flow import RuleRef
from verifier.manifest.by_namespace import PoliciesByNamespace
from verifier.manifest.network_policy import NetworkPolicy


class Causes:
    """The policies of all namespaces; terms are made for the namespaces that are asked about."""

    def __init__(self, symbols: Symbols, policies: PoliciesByNamespace) -> None:
        self.symbols = symbols
        self._asked_of = policies

    def isolating(self, namespace: str, role: Role) -> Mapping[str, z3.BoolRef]:
        """Return "that policy isolates the pod at `role`" by title, for those of its namespace (NP-2).

        Meaningful for pods `within` that namespace.
        """
        return {policy.title: self._selects(policy, role) for policy in self._policies(namespace, role)}

    def rules(self, namespace: str, role: Role) -> Mapping[RuleRef, z3.BoolRef]:
        """Return "that rule lets the flow through" for each rule of policies that isolate (NP-3, NP-5).

        Meaningful for pods `within` that namespace.
        """
        symbols, found = self.symbols, {}
        peer = symbols.flow.end(Role.SOURCE if role is Role.DESTINATION else Role.DESTINATION)
        index = symbols.table.index(namespace)
        for policy in self._policies(namespace, role):
            selects = self._selects(policy, role)
            for number, (peers, ports) in enumerate(rules_of(policy, role.direction)):
                matches = encode_rule(symbols, peers, ports, index, peer)
                ref = RuleRef(policy.title, role.direction, number)
                found[ref] = symbols.terms.conjunction((selects, matches))
        return found

    def within(self, namespace: str, role: Role) -> z3.BoolRef:
        """Return the term "a pod of that existing namespace stands at `role`, and policies are asked"."""
        symbols, terms = self.symbols, self.symbols.terms
        end = symbols.flow.end(role)
        there = terms.equals(end.namespace, symbols.table.index(namespace))
        return terms.conjunction((is_pod(symbols, end), there, terms.negation(exempt(symbols, role))))

    def _policies(self, namespace: str, role: Role) -> list[NetworkPolicy]:
        every = self._asked_of.of(namespace)
        return [policy for policy in every if role.direction in effective_types(policy)]

    def _selects(self, policy: NetworkPolicy, role: Role) -> z3.BoolRef:
        symbols, selector = self.symbols, policy.spec.pod_selector
        if selector is None:
            return symbols.terms.true
        return encode_pod_selector(symbols, selector, symbols.flow.end(role))
