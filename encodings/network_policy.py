"""networking.k8s.io/v1 NetworkPolicy -> what one side of a flow says.

A side is open unless a policy isolates the pod, and then admits the union of the rules of all policies that
select it (NP-2, NP-3). For proofs to say what they rest on, a guard, a Boolean of its own, stands before each
policy's isolation (a claim that flows are refused) or before each of its rules (a claim that flows are
allowed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import z3

from verifier.encodings.effective import effective_types, rules_of
from verifier.encodings.peer import encode_peer, encode_pod_selector, governed, is_pod, node_like
from verifier.encodings.ports import encode_port_entry
from verifier.encodings.symbolic_flow import Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import Terms
from verifier.flow import Direction, Ground, Isolation, RuleRef
from verifier.manifest.by_namespace import PoliciesByNamespace
from verifier.manifest.network_policy import (
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)

_UNPOLICED = 1_000_000  # as open as a namespace can be


class Guarded(Enum):
    """What the guards stand before."""

    ISOLATION = "isolation"
    RULES = "rules"
    NOTHING = "nothing"  # who asks does not ask what a proof rests on


@dataclass(frozen=True, slots=True)
class Side:
    """What the policies of one namespace say of its pods in one direction.

    `isolated`: some policy isolates the pod. `admitted`: some rule of a selecting policy matches. `guards`:
    the guard variable of each isolation, or of each rule.
    """

    isolated: z3.BoolRef
    admitted: z3.BoolRef
    guards: tuple[tuple[Ground, z3.BoolRef], ...]

    def allows(self, symbols: Symbols) -> z3.BoolRef:
        """Return the term "the side says yes" for a pod that policies govern."""
        return symbols.terms.disjunction((symbols.terms.negation(self.isolated), self.admitted))


class PolicySides:
    """The sides of all namespaces, each encoded when it is first asked for."""

    def __init__(self, symbols: Symbols, policies: PoliciesByNamespace) -> None:
        self.symbols = symbols
        self.policies = policies
        self._sides: dict[tuple[int, Role, Direction, Guarded], Side] = {}
        self._rules: dict[tuple[str, Role, Direction], tuple[z3.BoolRef, list[z3.BoolRef]]] = {}
        self._isolated: dict[tuple[int, Role, Direction], z3.BoolRef] = {}

    def guard(self, ground: Ground) -> z3.BoolRef:
        """Return the variable that stands before an isolation or a rule."""
        return guard_of(self.symbols.terms, ground)

    def isolated(self, namespace: int, role: Role, direction: Direction) -> z3.BoolRef:
        """Return "a policy of that namespace isolates the pod at `role` in `direction`", without guards."""
        key = (namespace, role, direction)
        found = self._isolated.get(key)
        if found is None:
            terms, end = self.symbols.terms, self.symbols.flow.end(role)
            policies = self.policies_of(namespace)
            isolating = [p.spec.pod_selector for p in policies if direction in effective_types(p)]
            found = self._isolated[key] = terms.disjunction(
                terms.true if selector is None else encode_pod_selector(self.symbols, selector, end)
                for selector in isolating
            )
        return found

    def side(self, namespace: int, role: Role, guarded: Guarded, direction: Direction | None = None) -> Side:
        """Return what the policies of the namespace with this index say of a pod at that end of the flow.

        `direction` is that of the role unless given: `cover` asks about both directions of one pod.
        """
        direction = direction or role.direction
        key = (namespace, role, direction, guarded)
        found = self._sides.get(key)
        if found is None:
            found = self._sides[key] = self._encode(namespace, role, direction, guarded)
        return found

    def most_open_first(self, namespaces: Iterable[int], direction: Direction) -> list[int]:
        """Return namespaces in the order in which it pays to look for what is open: no more than a guess."""
        names, openness = self.symbols.table.names, self.policies.openness(direction)
        return sorted(namespaces, key=lambda index: -openness.get(names[index], _UNPOLICED))

    def policies_of(self, namespace: int) -> Sequence[NetworkPolicy]:
        """Return the policies of the namespace with this index; a new one has none."""
        table = self.symbols.table
        return self.policies.of(table.names[namespace]) if namespace < table.existing else ()

    def _encode(self, namespace: int, role: Role, direction: Direction, guarded: Guarded) -> Side:
        terms = self.symbols.terms
        isolating, admitting = [], []
        guards: list[tuple[Ground, z3.BoolRef]] = []
        for policy in self.policies_of(namespace):
            if direction not in effective_types(policy):
                continue
            selected, rules = self._policy(policy, namespace, role, direction)
            if guarded is Guarded.ISOLATION:
                isolation = Isolation(policy.title, direction)
                guards.append((isolation, self.guard(isolation)))
                isolating.append(terms.conjunction((guards[-1][1], selected)))
            elif guarded is Guarded.NOTHING:
                isolating.append(selected)
            else:
                refs = [RuleRef(policy.title, direction, index) for index in range(len(rules))]
                guards.extend((ref, self.guard(ref)) for ref in refs)
                rules = [
                    terms.conjunction((self.guard(ref), rule)) for ref, rule in zip(refs, rules, strict=True)
                ]
                isolating.append(selected)
            admitting.append(terms.conjunction((selected, terms.disjunction(rules))))
        return Side(terms.disjunction(isolating), terms.disjunction(admitting), tuple(guards))

    def _policy(
        self, policy: NetworkPolicy, namespace: int, role: Role, direction: Direction
    ) -> tuple[z3.BoolRef, list[z3.BoolRef]]:
        """Return whether the policy selects the pod, and of each of its rules whether it matches."""
        key = (policy.title, role, direction)
        found = self._rules.get(key)
        if found is None:
            symbols = self.symbols
            subject = symbols.flow.end(role)
            peer = symbols.flow.end(Role.SOURCE if role is Role.DESTINATION else Role.DESTINATION)
            selector = policy.spec.pod_selector
            selected = (
                symbols.terms.true if selector is None else encode_pod_selector(symbols, selector, subject)
            )
            rules = [
                encode_rule(symbols, peers, ports, namespace, peer)
                for peers, ports in rules_of(policy, direction)
            ]
            found = self._rules[key] = (selected, rules)
        return found


def encode_rule(
    symbols: Symbols,
    peers: Sequence[NetworkPolicyPeer],
    ports: Sequence[NetworkPolicyPort],
    namespace: int,
    endpoint: SymbolicEndpoint,
) -> z3.BoolRef:
    """Return the term "the rule matches: its peers admit `endpoint` and its ports the flow" (NP-5)."""
    terms = symbols.terms
    admitted = terms.disjunction(encode_peer(symbols, peer, namespace, endpoint) for peer in peers)
    on_port = terms.disjunction(encode_port_entry(symbols, entry) for entry in ports)
    return terms.conjunction((admitted if peers else terms.true, on_port if ports else terms.true))


def guard_of(terms: Terms, ground: Ground) -> z3.BoolRef:
    """Return the variable that stands before what a policy does."""
    index = ground.index if isinstance(ground, RuleRef) else ""
    return terms.boolean(f"guard[{ground.policy} {ground.direction} {index}]")


def own_node(symbols: Symbols, role: Role) -> z3.BoolRef:
    """Return the term "the other end is the node that the pod at `role` runs on" (NP-41, NP-42)."""
    return symbols.terms.once(("own node", role), lambda: _own_node(symbols, role))


def _own_node(symbols: Symbols, role: Role) -> z3.BoolRef:
    terms, flow = symbols.terms, symbols.flow
    other = flow.end(Role.SOURCE if role is Role.DESTINATION else Role.DESTINATION)
    on_one_node = terms.same(flow.source.node, flow.destination.node)
    return terms.conjunction((node_like(symbols, other), is_pod(symbols, flow.end(role)), on_one_node))


def own_node_lets(symbols: Symbols, role: Role) -> z3.BoolRef:
    """Return "it is the own node's traffic, which NetworkPolicies do not refuse" (NP-41, NP-42)."""
    lets_node = _lets_node(symbols, role)
    return symbols.terms.conjunction((own_node(symbols, role), lets_node))


def _lets_node(symbols: Symbols, role: Role) -> z3.BoolRef:
    if role is Role.DESTINATION:
        return symbols.readings["own_node_ingress"]
    return symbols.terms.negation(symbols.readings["own_node_egress"])


def exempt(symbols: Symbols, role: Role) -> z3.BoolRef:
    """Return "no NetworkPolicy refuses that end": no side of its own, or its own node (NP-41, NP-42)."""
    return symbols.terms.once(("exempt", role), lambda: _exempt(symbols, role))


def _exempt(symbols: Symbols, role: Role) -> z3.BoolRef:
    terms, lets_node = symbols.terms, _lets_node(symbols, role)
    sideless = _sideless(symbols, role)
    return terms.disjunction((*sideless, terms.conjunction((own_node(symbols, role), lets_node))))


def has_no_side(symbols: Symbols, role: Role) -> z3.BoolRef:
    """Return "no policy is asked at that end": no pod, host network, itself (M-2, NP-40, NP-43, CNP-14)."""
    return symbols.terms.once(("no side", role), lambda: symbols.terms.disjunction(_sideless(symbols, role)))


def _sideless(symbols: Symbols, role: Role) -> tuple[z3.BoolRef, z3.BoolRef]:
    terms = symbols.terms
    return (
        terms.negation(governed(symbols, symbols.flow.end(role))),
        terms.conjunction((symbols.flow.is_self, symbols.readings["self_traffic"])),
    )
