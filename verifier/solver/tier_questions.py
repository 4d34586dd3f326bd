"""What is asked of the rules of tiers, of any pod and under every reading: who decides, if not they?

All questions are about one direction. A rule *decides* a flow if it is the first of its tier that matches, in
some order of the policies of equal priority (ANP-2, ANP-11). It never does iff each of its flows is one of an
earlier rule of its policy or of a policy that surely comes earlier: those that tie with it may come later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import z3

from verifier.deadline import Deadline
from verifier.encodings.ip_block import encode_internet
from verifier.encodings.network_policy import effective_types, encode_rule, rules_of
from verifier.encodings.peer import encode_pod_selector, governed
from verifier.encodings.symbolic_flow import Kind, Role, SymbolicEndpoint
from verifier.encodings.symbolic_readings import pin_readings
from verifier.encodings.symbols import Symbols
from verifier.encodings.tier_rules import effect, encode_subject, encode_tiered_rule
from verifier.encodings.vocabulary import ABSENT
from verifier.flow import Action, Address, Direction, External, Ground, Isolation, Node, RuleRef
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.population import Workload
from verifier.readings import DEFAULT_PROFILE, profile_choices
from verifier.solver.answers import is_unsatisfiable
from verifier.solver.equivalence import any_pod
from verifier.solver.fewest import fewest
from verifier.solver.search import LOGIC, truth

DECIDES = frozenset({Action.ACCEPT, Action.DENY})
DENIES = frozenset({Action.DENY})


class Far(StrEnum):
    """Whom the other end of a flow is to be."""

    ANYBODY = "anybody"
    POD = "a pod"
    NEW_POD = "a pod of a namespace that does not exist yet"
    INTERNET = "an address of the internet"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that has an effect: its flows (`box`), and those that no earlier rule of its policy has."""

    policy: TieredPolicy
    does: Action
    box: z3.BoolRef
    first: z3.BoolRef


class TierQuestions:
    """The rules of one direction, asked by one solver: each question is a set of assumptions."""

    def __init__(
        self,
        symbols: Symbols,
        tiers: Sequence[TieredPolicy],
        direction: Direction,
        on_host: Iterable[Workload],
        deadline: Deadline,
    ) -> None:
        """Prepare the questions.

        `on_host`: pods that are shown on the host network; no others are there (S-5).
        """
        self._symbols, self._terms = symbols, symbols.terms
        self._direction, self._deadline = direction, deadline
        role = Role.DESTINATION if direction is Direction.INGRESS else Role.SOURCE
        self._subject = symbols.flow.end(role)
        self._far = symbols.flow.end(Role.SOURCE if role is Role.DESTINATION else Role.DESTINATION)
        self._asked = 0
        self._solver = self._terms.solver(LOGIC)
        self._solver.add(*any_pod(symbols, self._subject, self._far))
        hosts = tuple(on_host)
        for end in (self._subject, self._far):
            shown = self._terms.disjunction(self._is(end, workload) for workload in hosts)
            self._solver.add(self._terms.implication(end.host_network, shown))
        self._existing = self._literal(
            self._terms.between(self._subject.namespace, 0, symbols.table.existing - 1)
        )
        usual = pin_readings(self._terms, symbols.readings, profile_choices(DEFAULT_PROFILE))
        self._usual = self._literal(self._terms.conjunction(usual))
        self._rules = {ref: rule for policy in tiers for ref, rule in self._read(policy)}
        self._outside: dict[tuple[str, Ground], z3.BoolRef] = {}

    def _is(self, end: SymbolicEndpoint, workload: Workload) -> z3.BoolRef:
        """Return the term "`end` has the namespace and labels of pods of `workload`" (NP-17)."""
        terms, labels = self._terms, []
        for key, domain in self._symbols.pod_labels.items():
            if key in workload.controller_labels:
                labels.append(terms.between(end.labels[key], ABSENT + 1, domain.size - 1))
            else:
                labels.append(terms.equals(end.labels[key], domain.code(workload.labels)))
        place = self._symbols.table.index(workload.namespace)
        return terms.conjunction((terms.equals(end.namespace, place), *labels))

    def _read(self, policy: TieredPolicy) -> Iterator[tuple[RuleRef, _Rule]]:
        """Yield the rules that have an effect (ANP-12)."""
        terms, earlier = self._terms, self._terms.false
        subject = encode_subject(self._symbols, policy.subject, self._subject)
        for index, rule in enumerate(policy.rules(self._direction)):
            does = effect(rule)
            if does is not None:
                met = encode_tiered_rule(self._symbols, rule, self._far)
                box = terms.conjunction((subject, met))
                first = terms.conjunction((box, terms.negation(earlier)))
                yield RuleRef(policy.title, self._direction, index), _Rule(policy, does, box, first)
                earlier = terms.disjunction((earlier, box))

    # --- what never decides --------------------------------------------------------------------------------

    @property
    def rules(self) -> Mapping[RuleRef, Action]:
        """Every rule that has an effect, with what it does."""
        return {ref: rule.does for ref, rule in self._rules.items()}

    def shadowing(self, ref: RuleRef) -> tuple[RuleRef, ...] | None:
        """Return the fewest rules of its tier that decide all flows of a rule before it; None: some are left.

        Nothing is returned, `()`, of a rule that has no flows at all.

        Raises:
            LimitError: nobody knows.
        """
        inside = self._literal(self._rules[ref].box)
        return fewest(self._solver, self._deadline, [inside], self._earlier(ref))

    def unreached(
        self, ref: RuleRef, policies: Iterable[NetworkPolicy], *, existing: bool
    ) -> tuple[Ground, ...] | None:
        """Return what of a rule after the NetworkPolicies keeps all flows from it; None: some come to it.

        Rules of its tier, rules before the NetworkPolicies that decide, and `policies` that isolate (CNP-4).
        With `existing` it is asked of pods of namespaces that exist.

        Raises:
            LimitError: nobody knows.
        """
        before = (*self._earlier(ref).items(), *self._deciding(DECIDES).items())
        outside: dict[Ground, z3.BoolRef] = dict(before)
        for policy in policies:
            ground = Isolation(policy.title, self._direction)
            outside[ground] = self._out("isolated", ground, self._isolates(policy))
        inside = [self._literal(self._rules[ref].box), *([self._existing] if existing else [])]
        return fewest(self._solver, self._deadline, inside, outside)

    def passes_for_nothing(self, ref: RuleRef, without: Collection[RuleRef]) -> bool:
        """Return whether the tier says the same of all flows if a rule that passes is gone too.

        `without`: rules that are gone already.

        Raises:
            LimitError: nobody knows.
        """
        rule, terms = self._rules[ref], self._terms
        kept = {each: found for each, found in self._rules.items() if each not in without}
        before = [found.box for each, found in kept.items() if _is_earlier(each, found, ref, rule)]
        comes = terms.conjunction((rule.box, terms.negation(terms.disjunction(before))))
        own = [(each, r) for each, r in kept.items() if each.policy == ref.policy and each.index > ref.index]
        later = [
            (each, found)
            for each, found in kept.items()
            if found.policy is not rule.policy
            and found.policy.tier == rule.policy.tier
            and found.policy.priority >= rule.policy.priority
        ]
        priorities = sorted({found.policy.priority for _, found in later})
        groups = [own, *([e for e in later if e[1].policy.priority == at] for at in priorities)]
        otherwise = terms.false
        for group in reversed(groups):
            met = terms.disjunction(found.box for _, found in group)
            here = terms.disjunction(self._decides_of(group, rule.policy.tier.position))
            otherwise = terms.disjunction((here, terms.conjunction((terms.negation(met), otherwise))))
        differs = self._literal(terms.conjunction((comes, otherwise)))
        return is_unsatisfiable(self._solver, self._deadline, [differs])

    def _decides_of(self, group: Sequence[tuple[RuleRef, _Rule]], position: int) -> Iterator[z3.BoolRef]:
        """Yield, of rules of one priority, "the first of its policy, and it does other than Pass"."""
        terms = self._terms
        earlier: dict[str, z3.BoolRef] = {}
        for ref, rule in group:
            met = earlier.get(ref.policy, terms.false)
            if _outcome(rule.does, position) is not _outcome(Action.PASS, position):
                yield terms.conjunction((rule.box, terms.negation(met)))
            earlier[ref.policy] = terms.disjunction((met, rule.box))

    # --- ties ----------------------------------------------------------------------------------------------

    def difference(
        self, one: TieredPolicy, other: TieredPolicy, policies: Iterable[NetworkPolicy], *, existing: bool
    ) -> tuple[RuleRef, RuleRef] | None:
        """Return a rule of each of two policies that tie, which treat some flow differently; None: none do.

        A flow that nothing has decided before, under the usual readings. `policies` isolate; that counts in a
        tier after them.

        Raises:
            LimitError: nobody knows.
        """
        terms, position = self._terms, one.tier.position
        pairs = [
            (left, right, terms.conjunction((self._rules[left].first, self._rules[right].first)))
            for left in self._of(one)
            for right in self._of(other)
            if _outcome(self._rules[left].does, position) is not _outcome(self._rules[right].does, position)
        ]
        if not pairs:
            return None
        earlier = [
            rule.box
            for rule in self._rules.values()
            if rule.policy.tier == one.tier and rule.policy.priority < one.priority
        ]
        if position > 0:
            earlier += [self._decided(ref, DECIDES) for ref in self._rules if self._decisive(ref, DECIDES)]
            earlier += [self._isolates(policy) for policy in policies]
        differs = terms.conjunction(
            (terms.disjunction(both for *_, both in pairs), *(terms.negation(met) for met in earlier))
        )
        asked = [self._literal(differs), self._usual, *([self._existing] if existing else [])]
        if is_unsatisfiable(self._solver, self._deadline, asked):
            return None
        model = self._solver.model()
        return next((left, right) for left, right, both in pairs if truth(model, both))

    # --- NetworkPolicies behind them -----------------------------------------------------------------------

    def denying(
        self,
        policy: NetworkPolicy,
        index: int,
        peer: int | None = None,
        far: Far | External | Node = Far.ANYBODY,
    ) -> tuple[RuleRef, ...] | None:
        """Return the fewest rules before the NetworkPolicies that deny all that a rule of one admits.

        None: they leave some of it. `peer`: only what that peer of the rule admits; `far`: only with such
        another end. Nothing is returned, `()`, of a rule that admits nothing of the kind.

        Raises:
            LimitError: nobody knows.
        """
        outside = self._deciding(DENIES)
        if not outside:
            return None
        terms, symbols = self._terms, self._symbols
        peers, ports = rules_of(policy, self._direction)[index]
        namespace = symbols.table.index(policy.namespace)
        chosen = peers if peer is None else (peers[peer],)
        rule = encode_rule(symbols, chosen, ports, namespace, self._far)
        inside = terms.conjunction((self._selects(policy), rule, self._stands(far)))
        return fewest(self._solver, self._deadline, [self._literal(inside)], outside)

    def _stands(self, far: Far | External | Node) -> z3.BoolRef:
        """Return the term "the other end is of that sort"."""
        terms, end, table = self._terms, self._far, self._symbols.table
        match far:
            case External():
                return terms.conjunction((terms.equals(end.kind, Kind.EXTERNAL), self._has((far.address,))))
            case Node():
                return terms.conjunction((terms.equals(end.kind, Kind.NODE), self._has(far.addresses)))
            case Far.ANYBODY:
                return terms.true
            case Far.POD:
                return terms.equals(end.kind, Kind.HYPOTHETICAL)
            case Far.NEW_POD:
                new = terms.between(end.namespace, table.existing, table.size - 1)
                return terms.conjunction((terms.equals(end.kind, Kind.HYPOTHETICAL), new))
            case Far.INTERNET:
                on_it = encode_internet(terms, end, self._symbols.flow.is_ipv6)
                return terms.conjunction((terms.equals(end.kind, Kind.EXTERNAL), on_it))

    def _has(self, addresses: Iterable[Address]) -> z3.BoolRef:
        """Return the term "in the flow's family the other end has one of these addresses"."""
        terms, end, is_ipv6 = self._terms, self._far, self._symbols.flow.is_ipv6
        numbers: dict[int, list[int]] = {4: [], 6: []}
        for address in addresses:
            numbers[address.version].append(int(address))
        return terms.choice(is_ipv6, terms.one_of(end.ipv6, numbers[6]), terms.one_of(end.ipv4, numbers[4]))

    # --- terms ---------------------------------------------------------------------------------------------

    def _literal(self, term: z3.BoolRef) -> z3.BoolRef:
        """Return a variable that implies `term`, to be assumed."""
        self._asked += 1
        literal = self._terms.boolean(f"asked[{self._direction} {self._asked}]")
        self._solver.add(self._terms.implication(literal, term))
        return literal

    def _out(self, how: str, ground: Ground, term: z3.BoolRef) -> z3.BoolRef:
        """Return a variable that keeps the flow out of `term`, one for each way of asking."""
        found = self._outside.get((how, ground))
        if found is None:
            found = self._outside[how, ground] = self._literal(self._terms.negation(term))
        return found

    def _of(self, policy: TieredPolicy) -> Iterator[RuleRef]:
        return (ref for ref, rule in self._rules.items() if rule.policy is policy)

    def _earlier(self, ref: RuleRef) -> dict[RuleRef, z3.BoolRef]:
        mine = self._rules[ref]
        return {
            other: self._out("box", other, rule.box)
            for other, rule in self._rules.items()
            if _is_earlier(other, rule, ref, mine)
        }

    def _deciding(self, wanted: Collection[Action]) -> dict[RuleRef, z3.BoolRef]:
        """Return what keeps the flow from each rule before the NetworkPolicies that does what is wanted."""
        how = f"decided: {sorted(wanted)}"
        return {
            ref: self._out(how, ref, self._decided(ref, wanted))
            for ref in self._rules
            if self._decisive(ref, wanted)
        }

    def _decisive(self, ref: RuleRef, wanted: Collection[Action]) -> bool:
        rule = self._rules[ref]
        return rule.policy.tier.position < 0 and rule.does in wanted

    def _decided(self, ref: RuleRef, wanted: Collection[Action]) -> z3.BoolRef:
        """Return "the rule matches, and nothing that may come before it does anything but what is wanted".

        In whatever order: over all rules, the union is "the tier surely does what is wanted".
        """
        mine = self._rules[ref]
        others = [
            rule.first
            for rule in self._rules.values()
            if rule.policy is not mine.policy
            and rule.policy.tier == mine.policy.tier
            and rule.policy.priority <= mine.policy.priority
            and rule.does not in wanted
        ]
        return self._terms.conjunction((mine.first, self._terms.negation(self._terms.disjunction(others))))

    def _selects(self, policy: NetworkPolicy) -> z3.BoolRef:
        terms, symbols = self._terms, self._symbols
        place = terms.equals(self._subject.namespace, symbols.table.index(policy.namespace))
        selector = policy.spec.pod_selector
        met = terms.true if selector is None else encode_pod_selector(symbols, selector, self._subject)
        return terms.conjunction((governed(symbols, self._subject), place, met))

    def _isolates(self, policy: NetworkPolicy) -> z3.BoolRef:
        """Return "the policy keeps its pods from the tiers after it in this direction" (CNP-4)."""
        types = effective_types(policy)
        if self._direction in types:
            return self._selects(policy)
        per_pod = self._terms.negation(self._symbols.readings["baseline_handover"])
        return self._terms.conjunction((per_pod, self._selects(policy)))


def _is_earlier(other: RuleRef, rule: _Rule, ref: RuleRef, mine: _Rule) -> bool:
    """Return whether `other` is asked before `ref` in every order, in one tier."""
    if rule.policy is mine.policy:
        return other.index < ref.index
    return rule.policy.tier == mine.policy.tier and rule.policy.priority < mine.policy.priority


def _outcome(does: Action, position: int) -> Action:
    """Return what comes of an action: to pass in the last tier is to accept (CNP-3)."""
    return Action.ACCEPT if position > 0 and does is Action.PASS else does
