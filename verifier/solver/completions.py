"""Does a violation rest on something that the input leaves undecided? (S-1)

A *completion* fixes every free reading and every unknown fact. A property is refuted only if every completion
has a violating flow. That is a question with two quantifiers, settled by playing the two against each other:
a flow is found; then a completion in which none of the flows found so far violates; then a flow that violates
in that one; and so on, until either side is out of moves. Both have finitely many that differ, and mostly one
is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import z3

from verifier.deadline import LimitError
from verifier.encodings.symbolic_flow import Kind, Role, SymbolicEndpoint
from verifier.encodings.symbolic_readings import free_readings
from verifier.encodings.terms import truth, value
from verifier.flow import Address
from verifier.readings import READINGS
from verifier.solver.answers import Sat, Undecided, Unsat
from verifier.solver.assignment import Literal, dual_stack_literal, fact_literals, reading_literal
from verifier.solver.comparison import Comparison
from verifier.solver.decode import Pick, pick
from verifier.solver.facts import holders, where
from verifier.solver.opponent import Opponent
from verifier.solver.room import has_room
from verifier.solver.search import Search
from verifier.solver.tier_facts import TierFacts
from verifier.solver.vacancy import Vacancies
from verifier.verdict import Choice

ROUNDS = 60

Pairs = list[tuple[z3.ExprRef, z3.ExprRef]]
Slots = dict[Role, int]


@dataclass(frozen=True, slots=True)
class Always:
    """Every completion has a violating flow; `model` is of one, whatever unmodelled policies say.

    Where the first flow is none in all of them, `under` is a literal for one in which `model` was found.
    """

    model: z3.ModelRef | None
    under: z3.BoolRef | None = None


@dataclass(frozen=True, slots=True)
class Sometimes:
    """Some completion has none; those in which `assignment` holds all have one.

    No part of it will do, if `irreducible`; otherwise time ran out before each had been tried.
    """

    assignment: tuple[Choice, ...]
    irreducible: bool


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Nobody can tell: policies of unmodelled kinds (`facts` names them) decide, or time ran out."""

    reason: str
    facts: tuple[str, ...] = ()


Settled = Always | Sometimes | Unsettled


class Completions:
    """One search, looked at as a game between flows and completions.

    `violation` stands in for that of the question: the same for some reasons only, say. `policies`: whether
    they have a say in it.
    """

    def __init__(self, search: Search, violation: z3.BoolRef | None = None, *, policies: bool = True) -> None:
        self.search, self.policies = search, policies
        self.violation = search.question.violation if violation is None else violation
        self.terms = search.terms
        self.symbols = search.context.symbols
        self.opponent = Opponent(search)
        nodes = self.symbols.nodes
        of_nodes = any(Kind.NODE in kinds for _, kinds in search.question.kinds)
        self._vacancies = Vacancies(self.symbols, nodes.endpoints if of_nodes else nodes.shown)
        self._of_tiers = TierFacts(self.symbols, search.context.tiers.precedence)
        self._second = {role: self.terms.boolean(f"second[{role}]") for role in search.question.roles}
        self._two_asserted = False
        self._unmodelled: dict[str, None] = {}
        self._free = free_readings(search.readings)
        self._pinned: Pairs = [
            (
                self.symbols.readings[row.name],
                self.terms.constant(search.readings.get(row.name, row.values[0]) == row.values[0]),
            )
            for row in READINGS
            if row.name not in self._free
        ]

    def settle(self, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> Settled:
        """Return whether every completion has a violation, beginning with the one of `model`.

        `assumptions` are those under which `model` was found: the world, and `violating`.
        """
        try:
            return self._settled(model, assumptions)
        except LimitError as limit:
            return Unsettled(limit.reason)

    def _settled(self, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> Settled:
        picks = self._picks(model)
        slots = _first_slots(picks)
        mentioned = self._rule_out(model, picks, slots)
        match self._forced(assumptions, ()):
            case Always() as always:
                return always if always.model is not None else Always(model)
            case Unsettled() as unsettled:
                return unsettled
            case None if self._unmodelled:
                return Unsettled("it depends on policies that are not modelled", tuple(self._unmodelled))
            case None:
                literals = self._literals(model, picks, slots, mentioned)
                return self._sometimes(list(literals), assumptions)

    def in_all(self, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> bool:
        """Return whether every completion has one for sure; `settle` says what it depends on, too."""
        picks = self._picks(model)
        self._rule_out(model, picks, _first_slots(picks))
        return isinstance(self._forced(assumptions, ()), Always)

    def supposed_by(self, model: z3.ModelRef) -> tuple[Choice, ...] | None:
        """Return choices under which the flow of `model` itself violates, whatever else is so.

        None of them can be left out. None: nobody can tell. To be asked of a game that has not begun.
        """
        picks = self._picks(model)
        slots = _first_slots(picks)
        mentioned = self._rule_out(model, picks, slots)
        try:
            literals = list(self._literals(model, picks, slots, mentioned))
            if self.opponent.move([literal.term for literal in literals]) is not None:
                return None
            for literal in list(literals):
                fewer = [other for other in literals if other is not literal]
                if self.opponent.move([other.term for other in fewer]) is None:
                    literals = fewer
        except LimitError:
            return None
        return tuple(literal.choice for literal in literals)

    def _forced(
        self, assumptions: Sequence[z3.BoolRef], given: Sequence[z3.BoolRef]
    ) -> Always | Unsettled | None:
        """Return whether every completion in which `given` holds has a violation; None: one has not.

        Raises:
            LimitError: no time is left.
        """
        latest = Always(None)
        for _ in range(ROUNDS):
            move = self.opponent.move(given)
            if move is None:
                return latest
            under = self._completion(move)
            match self.search.run([*assumptions, under]):
                case Sat(model=found):
                    latest = Always(found, under)
                    picks = self._picks(found)
                    self._rule_out(found, picks, self._slots(found, picks))
                case Unsat():
                    return None
                case Undecided(reason=reason):
                    return Unsettled(reason)
        return Unsettled("too many cases")

    def _sometimes(self, literals: list[Literal], assumptions: Sequence[z3.BoolRef]) -> Settled:
        """Give up of `literals`, which a violation rests on, those that it does not need.

        Facts are given up before readings: where a plugin's reading alone decides, no address need be known.
        """
        if not isinstance(self._forced(assumptions, [literal.term for literal in literals]), Always):
            texts = tuple(literal.choice.text for literal in literals)
            return Unsettled("it depends on what the input leaves open", texts)
        irreducible = True
        for literal in list(literals):
            fewer = [other for other in literals if other is not literal]
            try:
                enough = self._forced(assumptions, [other.term for other in fewer])
            except LimitError:
                irreducible = False
                break
            if isinstance(enough, Always):
                literals = fewer
            irreducible = irreducible and not isinstance(enough, Unsettled)
        return Sometimes(tuple(literal.choice for literal in literals), irreducible)

    def _literals(
        self, model: z3.ModelRef, picks: Sequence[Pick], slots: Slots, mentioned: str
    ) -> Iterator[Literal]:
        if "dual_stack" in mentioned or "has_ipv6" in mentioned:
            yield dual_stack_literal(self.symbols, model)
        for picked in picks:
            for holder in holders(picked, slots[picked.role], self.symbols):
                end = self.symbols.flow.end(picked.role)
                yield from fact_literals(self.opponent.facts_of(holder), end, mentioned, self.symbols, model)
        yield from self._vacancies.literals(mentioned)
        yield from self._of_tiers.literals(mentioned, model)
        for name in self._free:
            if f"reading[{name}]" in mentioned:
                yield reading_literal(name, self.symbols, model)

    # --- which of a shape's two pods ------------------------------------------------------------------------

    def _two_of_a_shape(self) -> Iterator[z3.BoolRef]:
        """Yield what holds of "it is the second pod of its shape": of a flow's two ends, one is."""
        terms, flow = self.terms, self.symbols.flow
        if len(self._second) == 1:  # `cover` looks at one pod
            yield from map(terms.negation, self._second.values())
            return
        for role, second in self._second.items():
            yield terms.implication(flow.end(role).single, terms.negation(second))
        alike = terms.conjunction(
            (
                terms.equals(flow.source.kind, Kind.POD),
                terms.equals(flow.destination.kind, Kind.POD),
                terms.same(flow.source.identity, flow.destination.identity),
                terms.negation(flow.source.single),
            )
        )
        apart = terms.negation(terms.same_truth(*self._second.values()))
        yield terms.implication(alike, apart)

    def _slots(self, model: z3.ModelRef, picks: Sequence[Pick]) -> Slots:
        return {p.role: int(p.kind is Kind.POD and truth(model, self._second[p.role])) for p in picks}

    def _picks(self, model: z3.ModelRef) -> list[Pick]:
        return [pick(model, self.symbols.flow.end(role)) for role in self.search.question.roles]

    # --- the flow's move -----------------------------------------------------------------------------------

    def _rule_out(self, model: z3.ModelRef, picks: Sequence[Pick], slots: Slots) -> str:
        """Have the opponent find a completion in which the flow of `model`, facts open, is no violation.

        Returns what is left to decide that, as text: the names of the readings and facts in it.
        """
        mentioned = []
        flow = self.symbols.flow
        pairs = self._flow_pairs(model)
        for picked in picks:
            pairs.extend(self._endpoint_pairs(model, picked, slots[picked.role]))
        shown = all(picked.kind in (Kind.POD, Kind.NODE) for picked in picks)
        scarce = self._scarce(model, picks)
        violation = self._violation(picks, scarce)
        # The same two endpoints may meet in either family; what is not shown has an address of one only.
        for is_ipv6 in (False, True) if shown else (truth(model, flow.is_ipv6),):
            family = (flow.is_ipv6, self.terms.constant(is_ipv6))
            if shown and len(picks) > 1:
                self._keep_apart(pairs, family)
            instance = z3.simplify(self.terms.substituted(violation, [*pairs, family]))
            mentioned.append(instance.sexpr())
            self.opponent.solver.add(self.terms.negation(instance))
        return "".join(mentioned)

    def _keep_apart(self, pairs: Pairs, family: tuple[z3.ExprRef, z3.ExprRef]) -> None:
        """Shown endpoints have two addresses in every completion."""
        universe = self.search.context.universe
        apart = self.terms.implication(universe.family(), universe.addresses.distinct())
        self.opponent.solver.add(self.terms.substituted(apart, [*pairs, family]))

    def _violation(self, picks: Sequence[Pick], scarce: Sequence[Address]) -> z3.BoolRef:
        """Return scope and violation with the sides of the picked namespaces spelt out.

        Those of `picks` that are not shown have the addresses `scarce`, if nobody else does.
        """
        search, flow = self.search, self.symbols.flow
        asked = picks if self.policies else ()
        sides = [(flow.side_ok(picked.role), self._side(picked)) for picked in asked]
        sides += [pair for picked in asked for pair in self._sides_of_other(picked)]
        parts = [search.question.scope, self.terms.substituted(self.violation, sides)]
        paired = search.question.covers is None
        universe = search.context.universe
        parts.append(universe.family() if paired else universe.reachable(Role.DESTINATION))
        if scarce and paired:
            parts.append(universe.addresses.distinct())
        for address in scarce:
            vacant, meaning = self._vacancies.of(address, self.opponent.facts_of)
            self.opponent.solver.add(*meaning)
            parts.append(vacant)
        return self.terms.conjunction(parts)

    def _side(self, picked: Pick) -> z3.BoolRef:
        search, untrusted = self.search, self.search.context.untrusted
        is_a_pod = picked.kind in (Kind.POD, Kind.HYPOTHETICAL)
        touched = is_a_pod and picked.namespace in untrusted.namespaces
        if touched or (untrusted.everywhere and picked.kind is not Kind.EXTERNAL):
            self._unmodelled.update(dict.fromkeys(untrusted.words))
            return self.terms.constant(search.question.harmless)
        if not is_a_pod:
            return self.terms.true
        says = search.says_yes(picked.role, search.policed(picked.namespace))
        self.opponent.solver.add(*search.guards.values())
        return self.terms.disjunction((search.unpoliced(picked.role), says))

    def _sides_of_other(self, picked: Pick) -> Iterator[tuple[z3.BoolRef, z3.BoolRef]]:
        """Yield, where sets of policies are compared, the variable of the other's side and what it says."""
        if isinstance(self.search, Comparison):
            is_a_pod = picked.kind in (Kind.POD, Kind.HYPOTHETICAL)
            yield self.search.old_side(picked.role, picked.namespace if is_a_pod else None)
            self.opponent.solver.add(*self.search.guards.values())

    def _scarce(self, model: z3.ModelRef, picks: Sequence[Pick]) -> list[Address]:
        """Return the addresses of who is not shown that the cluster's own pods and nodes could use up."""
        flow, found = self.symbols.flow, list[Address]()
        is_ipv6 = truth(model, flow.is_ipv6)
        for picked in picks:
            if picked.kind in (Kind.HYPOTHETICAL, Kind.EXTERNAL):
                end = flow.end(picked.role)
                code = value(model, end.ipv6 if is_ipv6 else end.ipv4)
                if not has_room(self.symbols, 6 if is_ipv6 else 4, code):
                    found.append(IPv6Address(code) if is_ipv6 else IPv4Address(code))
        return found

    def _flow_pairs(self, model: z3.ModelRef) -> Pairs:
        flow, terms = self.symbols.flow, self.terms
        return [
            (flow.is_self, terms.false),
            *self._pinned,
            *((bits, terms.numeral(value(model, bits), bits.size())) for bits in (flow.port, flow.protocol)),
            *((flag, terms.constant(truth(model, flag))) for flag in flow.named),
            *self._of_tiers.substitutes(model),
            *((flag, terms.constant(truth(model, flag))) for flag in self.search.choices),
        ]

    def _endpoint_pairs(self, model: z3.ModelRef, picked: Pick, slot: int) -> Pairs:
        """Return what each variable of an endpoint becomes: the fact deciding it, or its value in `model`."""
        end, terms = self.symbols.flow.end(picked.role), self.terms
        becomes: dict[int, tuple[z3.ExprRef, z3.ExprRef]] = {}
        for bits in _bits(end):
            becomes[bits.get_id()] = (bits, terms.numeral(value(model, bits), bits.size()))
        for flag in (end.host_network, end.single, end.has_ipv4, end.has_ipv6):
            becomes[flag.get_id()] = (flag, terms.constant(truth(model, flag)))
        if picked.kind is Kind.HYPOTHETICAL and self.symbols.population.network.pod_cidrs is None:
            becomes[end.has_ipv6.get_id()] = (end.has_ipv6, self.symbols.flow.dual_stack)
        for holder in holders(picked, slot, self.symbols):
            for field, variable in self.opponent.facts_of(holder).variables.items():
                becomes[field.of(end).get_id()] = (field.of(end), variable)
        return list(becomes.values())

    # --- the opponent's move -------------------------------------------------------------------------------

    def _completion(self, model: z3.ModelRef) -> z3.BoolRef:
        """Return a literal under which the completion of `model` holds for everybody met so far."""
        if not self._two_asserted:
            self._two_asserted = True
            self.search.solver.add(*self._two_of_a_shape())
        move = self.search.new_literal("completion")
        free = [self.symbols.readings[name] for name in self._free]
        wanted = [self._as_in(model, flag, flag) for flag in (*free, self.symbols.flow.dual_stack)]
        wanted += self._of_tiers.completion(model)
        roles = self.search.question.roles
        harmless = self.terms.constant(self.search.question.harmless)
        for role in roles:
            says = self.terms.same_truth(self.symbols.flow.side_ok(role), harmless)
            wanted.append(self.terms.implication(self.search.untrusted(role), says))
            end = self.symbols.flow.end(role)
            for holder, facts in self.opponent.facts.items():
                here = where(holder, end, self._second[role], self.symbols)
                agrees = [self._as_in(model, field.of(end), fact) for field, fact in facts.variables.items()]
                wanted.append(self.terms.implication(here, self.terms.conjunction(agrees)))
        wanted += self._vacancies.taken(model, (self.symbols.flow.end(role) for role in roles))
        self.search.solver.add(self.terms.implication(move, self.terms.conjunction(wanted)))
        return move

    def _as_in(self, model: z3.ModelRef, variable: z3.ExprRef, fact: z3.ExprRef) -> z3.BoolRef:
        """Return the term "`variable` has the value that `fact` has in `model`"."""
        if isinstance(variable, z3.BitVecRef) and isinstance(fact, z3.BitVecRef):
            return self.terms.equals(variable, value(model, fact))
        assert isinstance(variable, z3.BoolRef)  # noqa: S101
        assert isinstance(fact, z3.BoolRef)  # noqa: S101
        return self.terms.same_truth(variable, self.terms.constant(truth(model, fact)))


def _first_slots(picks: Sequence[Pick]) -> Slots:
    """Say "another pod" only of the second of two pods that are shown."""
    shapes = [picked.identity for picked in picks if picked.kind is Kind.POD]
    alike = len(shapes) > 1 and shapes[0] == shapes[1]
    return {picked.role: int(alike and picked.role is Role.DESTINATION) for picked in picks}


def _bits(end: SymbolicEndpoint) -> list[z3.BitVecRef]:
    fields = [end.kind, end.identity, end.namespace, end.node, end.ipv4, end.ipv6]
    return [*fields, *end.labels.values(), *end.namespace_labels.values()]
