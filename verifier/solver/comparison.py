"""Two sets of policies over the same flows: which does one refuse and the other allow?

One search holds what both sets say. The variables of `SymbolicFlow` say what the new set does; `egress_ok`
and `ingress_ok` of the old one are variables of their own, the same as the new ones wherever the two sets say
the same anyway. Readings and unknown facts have one value for both (S-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import z3

from verifier.deadline import Deadline
from verifier.difference import Change
from verifier.encodings.network_policy import Guarded, PolicySides
from verifier.encodings.peer import is_pod
from verifier.encodings.precedence import Precedence
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Kind, Role, SymbolicFlow
from verifier.encodings.symbolic_readings import pin_readings
from verifier.encodings.symbols import Symbols
from verifier.encodings.tiers import TierSides
from verifier.encodings.worlds import Universe
from verifier.manifest.by_namespace import Grouping, PoliciesByNamespace
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.readings import FREE, READINGS
from verifier.solver.context import Context
from verifier.solver.search import Search

ALL_FREE: dict[str, bool | str] = {row.name: FREE for row in READINGS}
_OLD = "old:"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies of one version of a cluster."""

    policies: tuple[NetworkPolicy, ...] = ()
    tiers: tuple[TieredPolicy, ...] = ()

    def within(self, namespaces: Iterable[str]) -> PolicySet:
        """Return the set where only these namespaces exist: policies of others have nobody to speak of."""
        names = frozenset(namespaces)
        return replace(self, policies=tuple(p for p in self.policies if p.namespace in names))


def set_apart(tiers: Iterable[TieredPolicy]) -> tuple[TieredPolicy, ...]:
    """Return policies of tiers under names that none of the other version has: its ranks are its own."""
    return tuple(replace(policy, name=f"{_OLD}{policy.name}") for policy in tiers)


def own_title(title: str) -> str:
    """Return the title that a policy has in its manifest, as `set_apart` may have changed it."""
    kind, slash, name = title.partition("/")
    return f"{kind}{slash}{name.removeprefix(_OLD)}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared: two sets of policies over the symbols of one population.

    Args:
        changed: for each end, the indexes of the namespaces whose sides may differ.
        profile: the readings that count first.
        same_tiers: both sets have the same policies of tiers; then only those namespaces may differ.
        always: what holds of every flow that counts.
        judged: to be gained, or lost, is what violates a property; then the readings are those of `profile`.
    """

    symbols: Symbols
    old: PolicySet
    new: PolicySet
    changed: Mapping[Role, frozenset[int]]
    profile: Mapping[str, bool | str]
    same_tiers: bool
    always: Sequence[z3.BoolRef] = ()
    judged: Change | None = None
    new_namespaces_both: bool = False


class Comparison(Search):
    """A search for flows on which two sets of policies differ, in each namespace that is `changed`.

    Literals to assume: `of[change]` (the flow is gained, or lost), `kept[change]` (it is not), `profile` (the
    readings have the values of the profile). `violating` is always assumed, so that sides are asserted.
    """

    def __init__(self, compared: Compared, deadline: Deadline, shared: Comparison | None = None) -> None:
        """Begin; `shared`: another search for the same, whose terms are used again."""
        self.compared = compared
        symbols, judged = compared.symbols, compared.judged
        terms = symbols.terms
        self.old_ok = {role: terms.boolean(f"{role}_ok[old]") for role in Role}
        self._apart = _apart(symbols, tuple(self.old_ok.values()))
        # One hint alone would be asserted at once, before this search is ready.
        everywhere = frozenset(range(symbols.table.existing) if symbols.table.existing > 1 else ())
        question = Question(
            scope=terms.true,
            violation=terms.true if judged is None else self._apart[judged],
            guarded=Guarded.NOTHING,
            harmless=False,
            kinds=tuple((role, frozenset(Kind)) for role in Role),
            namespaces=dict.fromkeys(Role, everywhere),
        )
        readings = ALL_FREE if judged is None else dict(compared.profile)
        context, old_context = self._contexts() if shared is None else (shared.context, shared.old.context)
        self.old: Search = Search(old_context, question, readings, deadline) if shared is None else shared.old
        self._asserted_old: set[tuple[Role, int | None]] = set()
        super().__init__(context, question, readings, deadline)
        self.tiered = self.old.tiered = bool(compared.new.tiers or compared.old.tiers)
        self._literal_of: dict[int, z3.BoolRef] = {}
        self._begin_comparison()

    def _contexts(self) -> tuple[Context, Context]:
        """Return what the search for the new set, and that for the old one, hold."""
        compared, symbols = self.compared, self.compared.symbols
        universe, tiers = Universe(symbols), TierSides(symbols, compared.new.tiers)
        context = Context(
            symbols,
            PolicySides(symbols, PoliciesByNamespace(Grouping(compared.new.policies))),
            tiers,
            universe,
            new_namespaces_both=compared.new_namespaces_both,
        )
        old_context = Context(
            replace(symbols, flow=self._flow_of_old(symbols.flow)),
            PolicySides(symbols, PoliciesByNamespace(Grouping(compared.old.policies))),
            tiers if compared.same_tiers else TierSides(symbols, compared.old.tiers),
            universe,
        )
        return context, old_context

    def _flow_of_old(self, flow: SymbolicFlow) -> SymbolicFlow:
        egress, ingress = self.old_ok[Role.SOURCE], self.old_ok[Role.DESTINATION]
        return replace(flow, egress_ok=egress, ingress_ok=ingress)

    def afresh(self) -> Comparison:
        """Return the same search with nothing picked yet."""
        return Comparison(self.compared, self.deadline, self)

    @property
    def old_precedence(self) -> Precedence:
        """The order of the old set's policies of equal priority."""
        return self.old.context.tiers.precedence

    def _begin_comparison(self) -> None:
        terms, flow, symbols = self.terms, self.context.symbols.flow, self.context.symbols
        for role in Role:
            end = flow.end(role)
            same = terms.same_truth(self.old_ok[role], flow.side_ok(role))
            if self.compared.same_tiers:
                here = terms.conjunction(
                    (is_pod(symbols, end), terms.one_of(end.namespace, self.compared.changed[role]))
                )
                self.solver.add(terms.disjunction((here, same)))
            self.solver.add(terms.implication(self.unpoliced(role), self.old_ok[role]))
        self.solver.add(*self.compared.always)
        self.of, self.kept = {}, {}
        for change, term in self._apart.items():
            self.of[change], self.kept[change] = terms.boolean(change), terms.boolean(f"not {change}")
            self.solver.add(terms.implication(self.of[change], term))
            self.solver.add(terms.implication(self.kept[change], terms.negation(term)))
        self.profile = terms.boolean("profile")
        self.profile_term = terms.conjunction(pin_readings(terms, symbols.readings, self.compared.profile))
        self.solver.add(terms.implication(self.profile, self.profile_term))
        if not self.compared.same_tiers:
            self._link_orders()

    def _link_orders(self) -> None:
        """Two policies of equal priority in both versions have one order in both (ANP-11)."""
        new, old = self.context.tiers.precedence, self.old_precedence
        was = {own_title(p.title): p for group in old.tied for p in group}
        for group in new.tied:
            both = [policy for policy in group if policy.title in was]
            for place, one in enumerate(both):
                for other in both[place + 1 :]:
                    earlier, later = was[one.title], was[other.title]
                    if (earlier.tier, earlier.priority) == (later.tier, later.priority):
                        same = self.terms.same_truth(old.before(earlier, later), new.before(one, other))
                        self.solver.add(same)

    # --- asking --------------------------------------------------------------------------------------------

    def literal(self, term: z3.BoolRef) -> z3.BoolRef:
        """Return a Boolean variable that, where it is assumed, has `term` hold."""
        found = self._literal_of.get(term.get_id())
        if found is None:
            found = self._literal_of[term.get_id()] = self.new_literal("holds")
            self.solver.add_for_now(self.terms.implication(found, term))
        return found

    def renew(self) -> None:
        """Let go of all literals: every one of them has made the next model dearer."""
        self.solver.renew()
        self._literal_of.clear()
        self._near.clear()

    def unchanged(self, change: Change, namespaces: Mapping[Role, int | None]) -> z3.BoolRef:
        """Return "the flow is not gained" (or not lost), by what policies say of pods in these namespaces.

        None: the end is no pod. Unlike `kept` it hangs on nothing but the fields of the flow.
        """
        old, new = [], []
        for role, namespace in namespaces.items():
            if namespace is not None:
                place = self.policed(namespace)
                new.append(self.terms.disjunction((self.unpoliced(role), self.says_yes(role, place))))
                old.append(new[-1])
                if not self.compared.same_tiers or place in self.compared.changed[role]:
                    old[-1] = self.terms.disjunction((self.unpoliced(role), self._old_says(role, place)))
        allowed = self.terms.conjunction(new)
        was_allowed = self.terms.conjunction(old)
        if change is Change.GAINED:
            return self.terms.disjunction((self.terms.negation(allowed), was_allowed))
        return self.terms.disjunction((self.terms.negation(was_allowed), allowed))

    def _assert_side(self, role: Role, namespace: int | None) -> bool:
        missing = super()._assert_side(role, namespace)
        return self._assert_old_side(role, namespace) or missing

    def _assert_old_side(self, role: Role, namespace: int | None) -> bool:
        if (role, namespace) in self._asserted_old or (namespace is None and not self.tiered):
            return False
        if self.compared.same_tiers and (namespace is None or namespace not in self.compared.changed[role]):
            return False
        self._asserted_old.add((role, namespace))
        symbols, terms = self.context.symbols, self.terms
        end = symbols.flow.end(role)
        there: Sequence[z3.BoolRef]
        if namespace is None:
            there = (self.context.universe.is_new(end),)
        else:
            there = is_pod(symbols, end), terms.equals(end.namespace, namespace)
        says = self._old_says(role, namespace)
        picked = terms.conjunction((*there, terms.negation(self.unpoliced(role))))
        self.solver.add(terms.implication(picked, terms.same_truth(self.old_ok[role], says)))
        return True

    def old_side(self, role: Role, namespace: int | None) -> tuple[z3.BoolRef, z3.BoolRef]:
        """Return the variable of the old set's side, and what it says of a pod there (None: of no pod)."""
        if namespace is None:
            return self.old_ok[role], self.terms.true
        says = self._old_says(role, self.policed(namespace))
        return self.old_ok[role], self.terms.disjunction((self.unpoliced(role), says))

    def _old_says(self, role: Role, namespace: int | None) -> z3.BoolRef:
        says = self.old.says_yes(role, namespace)
        self._take_in(self.old.guards.items())
        return says


def _apart(symbols: Symbols, old: Sequence[z3.BoolRef]) -> dict[Change, z3.BoolRef]:
    """Return the terms "the flow is gained", "it is lost"; `old` are what the sides said."""
    terms, flow = symbols.terms, symbols.flow
    allowed = terms.conjunction((flow.egress_ok, flow.ingress_ok))
    was_allowed = terms.conjunction(old)
    return {
        Change.GAINED: terms.conjunction((allowed, terms.negation(was_allowed))),
        Change.LOST: terms.conjunction((was_allowed, terms.negation(allowed))),
    }
