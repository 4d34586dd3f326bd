"""Policies of ordered tiers -> what one tier, or all before or after the NetworkPolicies, say of a side.

Within a tier the first rule that matches decides (ANP-2, CNP-2): by ascending priority, and from the top. So
"the tier accepts" is "an accepting rule matches before any that denies or passes", and "the tier denies" is
"a denying rule matches before any that accepts or passes". The two are built apart, each from the last rule
backwards.

For proofs to say what they rest on, guards stand before rules as they do in `network_policy`. Where flows are
refused: before each rule that denies, and before each that passes, in so far as it keeps later ones from
accepting. Where flows are allowed: before each that accepts, and before each that passes, in so far as it
keeps later ones from denying. So a guard that is let go never helps what is to be proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import z3

from verifier.encodings.effective import effect
from verifier.encodings.network_policy import Guarded, PolicySides, guard_of, own_node_lets
from verifier.encodings.precedence import Precedence
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import Terms
from verifier.encodings.tier_rules import encode_subject, encode_tiered_rule
from verifier.flow import Action, Direction, Ground, RuleRef
from verifier.manifest.tiers import TieredPolicy, TieredRule

_GUARDED: Mapping[Guarded, Action] = {Guarded.ISOLATION: Action.DENY, Guarded.RULES: Action.ACCEPT}
"""The action whose rules refuse, or allow, what is to be proved, if it matters which do."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What some tiers say of a pod at one end: `accepted`, `denied`, or nothing, where neither holds."""

    accepted: z3.BoolRef
    denied: z3.BoolRef
    guards: tuple[tuple[Ground, z3.BoolRef], ...] = ()


@dataclass(frozen=True, slots=True)
class _First:
    """Of an ordered list of rules: the first that matches is of the action in question (`won`), or is not."""

    won: z3.BoolRef
    lost: z3.BoolRef


class TierSides:
    """The tiers around the NetworkPolicies, each end's terms made once, when they are first asked for."""

    def __init__(self, symbols: Symbols, policies: Iterable[TieredPolicy] = ()) -> None:
        self.symbols = symbols
        self.policies = tuple(policies)
        self.precedence = Precedence(symbols, self.policies)
        self._rules: dict[tuple[str, Direction, int], z3.BoolRef] = {}
        self._layers: dict[tuple[Role, Guarded, bool], Layer] = {}

    def layers(self, role: Role, guarded: Guarded) -> tuple[Layer, Layer]:
        """Return what the tiers before the NetworkPolicies say of the pod at `role`, and those after them."""
        return self._layer(role, guarded, before=True), self._layer(role, guarded, before=False)

    def _layer(self, role: Role, guarded: Guarded, *, before: bool) -> Layer:
        found = self._layers.get((role, guarded, before))
        if found is None:
            chosen = [
                policy
                for policy in self.policies
                if (policy.tier.position < 0) is before and policy.rules(role.direction)
            ]
            found = self._layers[role, guarded, before] = self._encode(chosen, role, guarded)
        return found

    def _encode(self, policies: Sequence[TieredPolicy], role: Role, guarded: Guarded) -> Layer:
        """Whoever passes, or meets no rule, goes on to the next tier."""
        terms, guards = self.symbols.terms, dict[Ground, z3.BoolRef]()
        accepted = denied = terms.false
        tiers = groupby(sorted(policies, key=lambda policy: policy.tier), key=lambda policy: policy.tier)
        for _, members in reversed([(tier, list(group)) for tier, group in tiers]):
            accepts = self._tier(members, role, guarded, Action.ACCEPT, guards)
            denies = self._tier(members, role, guarded, Action.DENY, guards)
            accepted, denied = (
                terms.disjunction((accepts, terms.conjunction((terms.negation(denies), accepted)))),
                terms.disjunction((denies, terms.conjunction((terms.negation(accepts), denied)))),
            )
        return Layer(accepted, denied, tuple(guards.items()))

    def _tier(
        self,
        policies: Sequence[TieredPolicy],
        role: Role,
        guarded: Guarded,
        action: Action,
        guards: dict[Ground, z3.BoolRef],
    ) -> z3.BoolRef:
        """Return "the first rule of the tier that matches does `action`"."""
        terms = self.symbols.terms
        by_priority = sorted(policies, key=lambda policy: policy.priority)
        tied = [list(group) for _, group in groupby(by_priority, key=lambda policy: policy.priority)]
        won = terms.false
        for group in reversed(tied):
            firsts = [(policy, self._policy(policy, role, guarded, action, guards)) for policy in group]
            lost = terms.disjunction(first.lost for _, first in firsts)
            wins = terms.disjunction(self._wins(policy, first, firsts) for policy, first in firsts)
            won = terms.disjunction((wins, terms.conjunction((terms.negation(lost), won))))
        return won

    def _wins(
        self, policy: TieredPolicy, first: _First, tied: Sequence[tuple[TieredPolicy, _First]]
    ) -> z3.BoolRef:
        """Return "of policies of equal priority `policy` decides": none that loses is asked before it."""
        terms, parts = self.symbols.terms, [first.won]
        for rival, other in tied:
            if rival is not policy and other.lost is not terms.false and first.won is not terms.false:
                earlier = self.precedence.before(policy, rival)
                parts.append(terms.disjunction((terms.negation(other.lost), earlier)))
        return terms.conjunction(parts)

    def _policy(
        self,
        policy: TieredPolicy,
        role: Role,
        guarded: Guarded,
        action: Action,
        guards: dict[Ground, z3.BoolRef],
    ) -> _First:
        """Return whether the first rule of the policy that matches the flow does `action`."""
        terms = self.symbols.terms
        won = lost = terms.false
        rules = list(enumerate(policy.rules(role.direction)))
        for index, rule in reversed(rules):
            does = effect(rule)
            if does is None:
                continue
            matches = self._rule(policy, role, index, rule)
            claim = _GUARDED.get(guarded)
            if claim is not None and (does is claim or (does is Action.PASS and action is not claim)):
                ground = RuleRef(policy.title, role.direction, index)
                guards[ground] = guard_of(terms, ground)
                matches = terms.conjunction((guards[ground], matches))
            others = terms.negation(matches)
            if does is action:
                won, lost = terms.disjunction((matches, won)), terms.conjunction((others, lost))
            else:
                won, lost = terms.conjunction((others, won)), terms.disjunction((matches, lost))
        subject = encode_subject(self.symbols, policy.subject, self.symbols.flow.end(role))
        return _First(terms.conjunction((subject, won)), terms.conjunction((subject, lost)))

    def _rule(self, policy: TieredPolicy, role: Role, index: int, rule: TieredRule) -> z3.BoolRef:
        key = (policy.title, role.direction, index)
        found = self._rules.get(key)
        if found is None:
            other = self.symbols.flow.end(Role.SOURCE if role is Role.DESTINATION else Role.DESTINATION)
            found = self._rules[key] = encode_tiered_rule(self.symbols, rule, other)
        return found


@dataclass(frozen=True, slots=True)
class SaysYes:
    """The term "the side says yes" for a pod that policies govern, and the guards in it."""

    term: z3.BoolRef
    guards: tuple[tuple[Ground, z3.BoolRef], ...]


def encode_side(
    tiers: TierSides, sides: PolicySides, role: Role, guarded: Guarded, namespace: int | None
) -> SaysYes:
    """Return what tiers and NetworkPolicies say together of a pod of that namespace at `role`.

    Args:
        namespace: index of an existing one; None: one in which there are no NetworkPolicies.

    Source: ANP-4, CNP-2, CNP-4. That a pod's own node is let in is NetworkPolicy's rule (CNP-15).
    Oracle: `verifier.semantics.decide`.
    """
    symbols = tiers.symbols
    terms = symbols.terms
    before, after = tiers.layers(role, guarded)
    isolated = admitted = elsewhere = own = terms.false
    guards = (*before.guards, *after.guards)
    if namespace is not None:
        side = sides.side(namespace, role, guarded)
        guards = (*guards, *side.guards)
        isolated, admitted = side.isolated, side.admitted
        here = sides.isolated(namespace, role, role.direction)
        own = terms.conjunction((here, own_node_lets(symbols, role)))
        if after.denied is not terms.false:
            elsewhere = sides.isolated(namespace, role, role.direction.other)
    per_pod = terms.negation(symbols.readings["baseline_handover"])
    beyond = terms.disjunction((terms.negation(after.denied), terms.conjunction((per_pod, elsewhere))))
    handed_over = terms.conjunction((terms.negation(isolated), beyond))
    return SaysYes(_decided(terms, before, (admitted, own, handed_over)), guards)


def encode_free_side(tiers: TierSides, role: Role, guarded: Guarded, choice: z3.BoolRef) -> SaysYes:
    """Return what the tiers say together with a NetworkPolicy that may yet be written (S-16).

    `choice`: whether it lets the flow through. Not to select the pod does nothing that neither of these does:
    what comes after it allows the flow or refuses it.
    """
    before, _ = tiers.layers(role, guarded)
    own = own_node_lets(tiers.symbols, role)
    return SaysYes(_decided(tiers.symbols.terms, before, (choice, own)), before.guards)


def _decided(terms: Terms, before: Layer, next_tiers: Iterable[z3.BoolRef]) -> z3.BoolRef:
    left = terms.conjunction((terms.negation(before.denied), terms.disjunction(next_tiers)))
    return terms.disjunction((before.accepted, left))
