"""Looking for a model of one question, asserting only what the models picked so far need.

The formula of a property is large (every namespace's policies and shapes), what decides it is mostly small.
So the sides of a flow begin as free Booleans; when a model picks a pod of namespace n, what n's policies say
and which pods n has is asserted, and the search goes on. A model counts only when everything it picked was
asserted (S-8).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address

import z3

from verifier.deadline import Deadline, LimitError
from verifier.encodings.network_policy import Guarded, exempt, has_no_side
from verifier.encodings.peer import governed, is_pod
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Kind, Role, SymbolicEndpoint
from verifier.encodings.symbolic_readings import pin_readings
from verifier.encodings.terms import truth, value
from verifier.encodings.tiers import SaysYes, encode_free_side, encode_side
from verifier.flow import Ground
from verifier.solver.answers import Outcome, Sat, Undecided, outcome
from verifier.solver.context import Context
from verifier.solver.likely import Likely

LOGIC = "QF_FD"
MANY_SIDES = 8
MANY_NAMESPACES = 8  # open to choice at each end: pays to guess
_NO_PODS = (Kind.EXTERNAL, Kind.NODE)


Chosen = Callable[[Ground], bool]
"""Says of each isolation, or of each rule, whether it is to hold; a search meets more of them as it runs."""


class Search:
    """One question on one solver. Every constraint but the assumptions of a call stays."""

    def __init__(
        self, context: Context, question: Question, readings: dict[str, bool | str], deadline: Deadline
    ) -> None:
        self.context = context
        self.question = question
        self.deadline = deadline
        symbols = context.symbols
        self.terms = symbols.terms
        self.solver = self.terms.solver(LOGIC)
        self.violating = self.terms.boolean("violating")
        self.snapshot = self.terms.boolean("snapshot")
        self.guards: dict[Ground, z3.BoolRef] = {}
        self._literals = 0
        self._defined: list[z3.BoolRef] = []
        self._all_guards = self.terms.boolean("all_guards")
        self._asserted_shapes: set[tuple[Role, int]] = set()
        self._asserted_sides: set[tuple[Role, int | None]] = set()
        self._has_guessed = False
        self._misses = dict.fromkeys(Role, 0)
        self._near: dict[tuple[tuple[int, ...], ...], z3.BoolRef] = {}
        self.readings = readings
        self.tiered = bool(context.tiers.policies) or context.any_policy
        self._begin()

    def _begin(self) -> None:
        context, question, terms = self.context, self.question, self.terms
        symbols, universe = context.symbols, context.universe
        self.solver.add(*pin_readings(terms, symbols.readings, self.readings), question.scope)
        if question.covers is None:
            between = universe.flow(new_namespaces_both=context.new_namespaces_both)
            self.solver.add(universe.itself() if question.itself else between)
        else:
            self.solver.add(universe.reachable(Role.DESTINATION))
        self.solver.add(terms.implication(self.violating, question.violation))
        for role, kinds in question.kinds:
            end = symbols.flow.end(role)
            self.solver.add(universe.endpoint(role, kinds))
            shown = terms.negation(terms.equals(end.kind, Kind.HYPOTHETICAL))
            self.solver.add(terms.implication(self.snapshot, shown))
            self.solver.add(
                terms.implication(
                    terms.conjunction((self.unpoliced(role), terms.negation(self.untrusted(role)))),
                    symbols.flow.side_ok(role),
                )
            )
        for role, kinds in question.kinds:
            if len(question.namespaces.get(role, ())) == 1:  # every model would ask for it
                (namespace,) = question.namespaces[role]
                self._assert_namespace(role, kinds, namespace, Kind.POD, sides=True)

    def afresh(self) -> Search:
        """Return the same search with nothing picked yet."""
        fresh = Search(self.context, self.question, self.readings, self.deadline)
        fresh.solver.add(*self._defined)
        return fresh

    @property
    def is_large(self) -> bool:
        """Whether so many namespaces have been asserted that a fresh start is cheaper than going on."""
        return len(self._asserted_sides) > MANY_SIDES

    def unpoliced(self, role: Role) -> z3.BoolRef:
        """Return the term "no policy speaks for the endpoint at `role`", which then says yes.

        Where there are tiers, they speak for pods of new namespaces too, and of the own node's traffic.
        """
        symbols, terms = self.context.symbols, self.terms
        end = symbols.flow.end(role)
        if self.question.covers is None and self.tiered:
            return has_no_side(symbols, role)
        if self.question.covers is not None:
            alone = terms.negation(governed(symbols, end))
        else:
            alone = exempt(symbols, role)
        return terms.disjunction((alone, self.context.universe.is_new(end)))

    def untrusted(self, role: Role) -> z3.BoolRef:
        """Return the term "an unmodelled policy may touch the endpoint at `role`" (S-12)."""
        symbols, terms, untrusted = self.context.symbols, self.terms, self.context.untrusted
        end = symbols.flow.end(role)
        if untrusted.everywhere:
            return terms.negation(terms.equals(end.kind, Kind.EXTERNAL))
        return terms.conjunction(
            (is_pod(symbols, end), terms.one_of(end.namespace, sorted(untrusted.namespaces)))
        )

    @property
    def choices(self) -> tuple[z3.BoolRef, ...]:
        """What whoever writes the NetworkPolicies may choose (S-16)."""
        return tuple(self.written(role) for role in Role) if self.context.any_policy else ()

    def written(self, role: Role) -> z3.BoolRef:
        """Return the variable "the NetworkPolicy that somebody writes lets the flow through at `role`"."""
        return self.terms.boolean(f"written[{role}]")

    def new_literal(self, stem: str) -> z3.BoolRef:
        """Return a Boolean variable that no constraint of this search has met."""
        self._literals += 1
        return self.terms.boolean(f"{stem}[{self._literals}]")

    def define(self, stem: str, term: z3.BoolRef) -> z3.BoolRef:
        """Return a literal, to be assumed, under which `term` holds."""
        literal = self.new_literal(stem)
        self._defined.append(self.terms.implication(literal, term))
        self.solver.add(self._defined[-1])
        return literal

    # --- asking --------------------------------------------------------------------------------------------

    def run(
        self,
        assumptions: Sequence[z3.BoolRef] = (),
        *,
        only: Chosen | None = None,
        tries: int | None = None,
    ) -> Outcome:
        """Look for a model under `assumptions`, all guards holding, or those of the grounds in `only`.

        Without `violating` among the assumptions, it is the scope alone that is looked at. `tries` are the
        namespaces to look at besides those met already, None for all that it takes.
        """
        try:
            return self._run(assumptions, only, tries)
        except LimitError as limit:
            return Undecided(limit.reason)

    def _run(self, assumptions: Sequence[z3.BoolRef], only: Chosen | None, tries: int | None) -> Outcome:
        sides = any(term is self.violating for term in assumptions)
        while True:
            held = [self._all_guards]
            if only is not None:  # in the guards' own order: the core must not hang on that of a set
                held = [guard for ground, guard in self.guards.items() if only(ground)]
            found = self._found((*assumptions, *held), sides=sides)
            if not isinstance(found, Sat):
                return found
            if tries is not None and self._is_far(found.model, sides=sides):
                tries -= 1
                if tries < 0:
                    return Undecided("nobody found among the namespaces looked at")
            ahead = tries is None
            if ahead and sides and self._is_far(found.model, sides=sides) and self._assert_likely():
                continue
            if not self._assert_picked(found.model, sides=sides, ahead=ahead):
                return found

    def _found(self, assumptions: Sequence[z3.BoolRef], *, sides: bool) -> Outcome:
        """Ask for a model, rather in namespaces of which everything has been asserted already."""
        found = outcome(self.solver, self.deadline, assumptions)
        if not isinstance(found, Sat) or not self._is_far(found.model, sides=sides):
            return found
        near = outcome(self.solver, self.deadline, (*assumptions, self.near(sides=sides)))
        return near if isinstance(near, Sat) else found

    def near(self, *, sides: bool = True) -> z3.BoolRef:
        """Return a literal under which nobody is picked whose namespace is yet to be asserted."""
        met = tuple(self._met(role, sides=sides) for role in self.question.roles)
        literal = self._near.get(met)
        if literal is None:
            terms, flow = self.terms, self.context.symbols.flow
            literal = self._near[met] = self.new_literal("near")
            for role, namespaces in zip(self.question.roles, met, strict=True):
                end = flow.end(role)
                there = terms.one_of(end.kind, _NO_PODS), terms.one_of(end.namespace, namespaces)
                self.solver.add_for_now(terms.implication(literal, terms.disjunction(there)))
        return literal

    def meet(self, role: Role, namespace: int) -> None:
        """Assert what is to be known of the pods of an existing namespace at `role`."""
        for end, kinds in self.question.kinds:
            if end is role:
                self._assert_namespace(role, kinds, namespace, Kind.POD, sides=True)

    def _is_far(self, model: z3.ModelRef, *, sides: bool) -> bool:
        """Return whether a pod is picked whose namespace is yet to be asserted."""
        ends = (self.context.symbols.flow.end(role) for role in self.question.roles)
        pods = (end for end in ends if value(model, end.kind) not in _NO_PODS)
        return any(value(model, end.namespace) not in self._met(end.role, sides=sides) for end in pods)

    def _met(self, role: Role, *, sides: bool) -> tuple[int, ...]:
        """Return the namespaces of whose pods at `role` everything has been asserted."""
        table, shapes_do = self.context.symbols.table, not sides or self.context.any_policy
        asserted = self._asserted_shapes if shapes_do else self._asserted_sides
        met = sorted(n for end, n in asserted if end is role and n is not None)
        if not self.tiered or not sides or (role, None) in self._asserted_sides:
            met.extend(range(table.existing, table.size))
        return tuple(met)

    def _assert_picked(self, model: z3.ModelRef, *, sides: bool, ahead: bool) -> bool:
        """Assert what the picked endpoints need; return whether anything was missing.

        Of both at once: models pick any other destination before they come back to one that is known.
        """
        any_missing = False
        for role, kinds in reversed(self.question.kinds):
            end = self.context.symbols.flow.end(role)
            kind = Kind(value(model, end.kind))
            missing = self._assert_not_taken(model, end, kind)
            if kind in (Kind.POD, Kind.HYPOTHETICAL):
                namespace = value(model, end.namespace)
                missing |= self._assert_namespace(role, kinds, namespace, kind, sides=sides)
                if missing and ahead:
                    self._look_ahead(role, kinds, sides=sides)
            any_missing |= missing
        return any_missing or self._assert_addresses(model)

    def _assert_likely(self) -> bool:
        """Assert, once, two namespaces between which flows seem to get through; return whether there are any.

        Where many are open to choice, those that models pick tell little of who is open.
        """
        ends = [self.question.namespaces.get(role, frozenset()) for role in Role]
        isolated = self.question.guarded is Guarded.ISOLATION and not self.context.any_policy
        if self._has_guessed or not isolated or min(map(len, ends)) <= MANY_NAMESPACES:
            return False
        self._has_guessed = True
        pair = next(Likely(self.context.sides).pairs(*ends), ())
        for role, namespace in zip(Role, pair, strict=False):
            self.meet(role, namespace)
        return bool(pair)

    def _assert_addresses(self, model: z3.ModelRef) -> bool:
        """Assert what the picked endpoints' addresses break; return whether they broke anything."""
        symbols, addresses = self.context.symbols, self.context.universe.addresses
        needed = []
        for role, _ in self.question.kinds:
            end = symbols.flow.end(role)
            kind = Kind(value(model, end.kind))
            shown = kind is Kind.POD
            needed.append(
                addresses.of_shapes(end, value(model, end.namespace))
                if shown
                else addresses.of_kind(end, kind)
            )
        if len(needed) > 1 and not self.question.itself:
            needed.append(addresses.distinct())
        broken = [term for term in needed if not truth(model, term)]
        self.solver.add(*broken)
        return bool(broken)

    def _look_ahead(self, role: Role, kinds: frozenset[Kind], *, sides: bool) -> None:
        """Assert more of what models will pick: with each miss as many namespaces as all misses before."""
        ahead = self._misses[role]
        self._misses[role] += ahead or 1
        if not ahead:
            return
        done: Collection[tuple[Role, int | None]]
        done = self._asserted_sides if sides else self._asserted_shapes
        waiting = sorted(n for n in self.question.namespaces.get(role, ()) if (role, n) not in done)
        if self.question.guarded is Guarded.ISOLATION:  # what is open is a violation, so where is it?
            waiting = self.context.sides.most_open_first(waiting, role.direction)
        for namespace in waiting[:ahead]:
            self._assert_namespace(role, kinds, namespace, Kind.POD, sides=sides)

    def _assert_namespace(
        self, role: Role, kinds: frozenset[Kind], namespace: int, kind: Kind, *, sides: bool
    ) -> bool:
        """Assert which pods a namespace has and what its policies say; return whether `kind` needed it."""
        missing = False
        if Kind.POD in kinds and (role, namespace) not in self._asserted_shapes:
            self.solver.add(self.context.universe.shapes_of(role, namespace))
            self._asserted_shapes.add((role, namespace))
            missing = kind is Kind.POD
        if sides:
            missing |= self._assert_side(role, self.policed(namespace))
        return missing

    def policed(self, namespace: int) -> int | None:
        """Return the namespace, if it is like no other for its policies; None for new ones, or for all."""
        existing = namespace < self.context.symbols.table.existing
        return namespace if existing and not self.context.any_policy else None

    def _assert_not_taken(self, model: z3.ModelRef, end: SymbolicEndpoint, kind: Kind) -> bool:
        """Assert that an address nobody states is not one that somebody else has; return whether it was."""
        symbols, addresses = self.context.symbols, self.context.universe.addresses
        if not addresses.any_known:
            return False
        identity = value(model, end.identity)
        on_host = kind is Kind.NODE
        if kind is Kind.NODE and symbols.nodes.addresses(identity) is not None:
            return False
        if kind is Kind.POD:
            workload = symbols.shapes[identity].workload if identity < len(symbols.shapes) else None
            if workload is None or workload.addresses is not None:
                return False
            on_host = workload.host_network
        taken = False
        for address, present in (
            (IPv4Address(value(model, end.ipv4)), end.has_ipv4),
            (IPv6Address(value(model, end.ipv6)), end.has_ipv6),
        ):
            if truth(model, present) and addresses.known_address(address, on_host=on_host):
                self.solver.add(addresses.not_known(end, kind, identity, address))
                taken = True
        return taken

    def _assert_side(self, role: Role, namespace: int | None) -> bool:
        """Assert what policies say of that namespace (None: of new ones); return whether it was missing."""
        if (role, namespace) in self._asserted_sides or (namespace is None and not self.tiered):
            return False
        symbols, terms, untrusted = self.context.symbols, self.terms, self.context.untrusted
        touched = untrusted.everywhere or namespace in untrusted.namespaces
        if touched and self.question.covers is None:
            self._asserted_sides.add((role, namespace))
            return False
        end = symbols.flow.end(role)
        there: tuple[z3.BoolRef, ...]
        if self.context.any_policy:
            there = is_pod(symbols, end), terms.negation(self.untrusted(role))
        elif namespace is None:
            there = (self.context.universe.is_new(end),)
        else:
            there = is_pod(symbols, end), terms.equals(end.namespace, namespace)
        picked = terms.conjunction((*there, terms.negation(self.unpoliced(role))))
        open_, says = symbols.flow.side_ok(role), self.says_yes(role, namespace)
        # Whatever else isolates a pod, what our policies isolate is covered (S-12).
        agrees = terms.implication(open_, says) if touched else terms.same_truth(open_, says)
        self.solver.add(terms.implication(picked, agrees))
        self._asserted_sides.add((role, namespace))
        return True

    def says_yes(self, role: Role, namespace: int | None) -> z3.BoolRef:
        """Return what policies say of a pod of that namespace at `role`; takes their guards in.

        None is a new namespace, of whose pods tiers alone speak.
        """
        question, context = self.question, self.context
        if question.covers is None and self.tiered:
            says = self._tiers_say(role, namespace)
            self._take_in(says.guards)
            return says.term
        if namespace is None:
            return self.terms.true
        side = context.sides.side(namespace, role, question.guarded, question.covers)
        self._take_in(side.guards)
        return self.terms.negation(side.isolated) if question.covers else side.allows(context.symbols)

    def _tiers_say(self, role: Role, namespace: int | None) -> SaysYes:
        tiers, guarded = self.context.tiers, self.question.guarded
        if self.context.any_policy:
            return encode_free_side(tiers, role, guarded, self.written(role))
        return encode_side(tiers, self.context.sides, role, guarded, namespace)

    def _take_in(self, guards: Iterable[tuple[Ground, z3.BoolRef]]) -> None:
        for ground, guard in guards:
            if ground not in self.guards:
                self.solver.add(self.terms.implication(self._all_guards, guard))
                self.guards[ground] = guard
