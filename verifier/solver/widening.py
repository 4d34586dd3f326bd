"""How wide can a box of flows be? As wide as all flows in it are gained (or lost).

Each flow that is not keeps every box out that it lies in: so those that are found are kept, and looked at
before the solver is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import z3

from verifier.deadline import LimitError
from verifier.difference import Change
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.encodings.terms import truth
from verifier.encodings.vocabulary import ABSENT
from verifier.solver.answers import Outcome, Sat, Undecided, Unsat
from verifier.solver.axes import OTHERS, Axis, Respect, Value
from verifier.solver.comparison import Comparison
from verifier.solver.neighbours import Neighbours

_PATIENCE = 3  # values of one axis that are left out, before it is asked which come into question at all

Chosen = dict[Axis, frozenset[Value]]


@dataclass(slots=True)
class _Unchanged:
    """A flow that is not gained (or not lost), and where it lies on the axes looked at so far."""

    model: z3.ModelRef
    places: dict[Axis, Value] = field(default_factory=dict)

    def at(self, axis: Axis) -> Value:
        if axis not in self.places:
            self.places[axis] = axis.at(self.model)
        return self.places[axis]

    def lies_in(self, chosen: Mapping[Axis, frozenset[Value]], but: Axis | None = None) -> bool:
        """Return whether it lies in the box, on every axis `but` one."""
        return all(self.at(axis) in values for axis, values in chosen.items() if axis is not but)


class Widening:
    """The question "is every flow of this box gained (or lost)?", asked of wider and wider boxes."""

    def __init__(
        self,
        comparison: Comparison,
        change: Change,
        profile: Sequence[z3.BoolRef],
        neighbours: Neighbours,
    ) -> None:
        self._comparison = comparison
        self._change, self._kept = comparison.of[change], comparison.kept[change]
        self._profile = list(profile)
        self._unchanged: list[_Unchanged] = []
        self._neighbours = neighbours
        self._cut: list[Axis] = []
        terms, flow = comparison.terms, comparison.context.symbols.flow
        self._not_shown = terms.conjunction(
            terms.negation(terms.equals(flow.end(role).kind, Kind.POD)) for role in Role
        )

    # --- asking --------------------------------------------------------------------------------------------

    def _ask(
        self, chosen: Mapping[Axis, frozenset[Value]], besides: Iterable[z3.BoolRef] = ()
    ) -> Sat | Unsat:
        """Look for a flow of the box that is not gained (or lost)."""
        besides = tuple(besides)
        for known in self._unchanged:
            if known.lies_in(chosen) and all(truth(known.model, term) for term in besides):
                return Sat(known.model)
        # Pods that nobody shows first: they have neighbours.
        outcome = self._run(self._kept, chosen, (self._not_shown, *besides))
        if isinstance(outcome, Unsat) and self._comparison.literal(self._not_shown).get_id() in outcome.core:
            outcome = self._run(self._kept, chosen, besides)
        if isinstance(outcome, Sat):
            self._unchanged.append(_Unchanged(outcome.model))
        return outcome

    def any_flow(self, chosen: Mapping[Axis, frozenset[Value]], besides: Iterable[z3.BoolRef]) -> bool:
        """Return whether there is any flow in such a box."""
        return isinstance(self._run(self._comparison.violating, chosen, besides), Sat)

    def _run(
        self,
        what: z3.BoolRef,
        chosen: Mapping[Axis, frozenset[Value]],
        besides: Iterable[z3.BoolRef],
    ) -> Sat | Unsat:
        comparison = self._comparison
        literals = [comparison.literal(axis.among(values)) for axis, values in chosen.items()]
        literals += [comparison.literal(term) for term in besides]
        outcome: Outcome = comparison.run([comparison.violating, what, *self._profile, *literals])
        if isinstance(outcome, Undecided):
            raise LimitError(outcome.reason)
        return outcome

    def core(
        self,
        chosen: Mapping[Axis, frozenset[Value]],
        besides: Iterable[z3.BoolRef] = (),
    ) -> frozenset[Axis] | None:
        """Return axes whose choice suffices for every flow to be gained; None: not even all do."""
        outcome = self._ask(chosen, besides)
        if isinstance(outcome, Sat):
            return None
        by_id = {
            self._comparison.literal(axis.among(values)).get_id(): axis for axis, values in chosen.items()
        }
        return frozenset(by_id[number] for number in outcome.core if number in by_id)

    def under_every_reading(
        self, chosen: Mapping[Axis, frozenset[Value]], besides: Iterable[z3.BoolRef]
    ) -> bool:
        """Return whether every flow of the box is gained (or lost) under other readings too."""
        self._profile = []
        return isinstance(self._ask(chosen, besides), Unsat)

    # --- widening ------------------------------------------------------------------------------------------

    def without(self, chosen: Chosen, axis: Axis) -> Chosen:
        """Return `chosen` without that axis, and what else is not needed then, if the box may be so wide."""
        fewer = {each: values for each, values in chosen.items() if each is not axis}
        core = self.core(fewer)
        if core is None:
            return chosen
        return {each: values for each, values in fewer.items() if each in core or is_sort(each)}

    def wider(self, chosen: Chosen, axis: Axis, first: z3.ModelRef) -> Chosen:
        """Return `chosen` with every value on that axis with which the box may be.

        Where pods are said to be some, no other sort of thing stands beside them. A sort that is in no flow
        of the box stays out too: it would keep the other end from being wider.
        """
        own = axis.at(first)
        values = frozenset(axis.values) - self._refuted(chosen, axis)
        asked = 0
        if is_sort(axis):
            if any(each.of_pods and each.role is axis.role for each in chosen):
                return chosen
            values = self._with_any(chosen, axis, values, own)
        while True:
            values = _narrower(axis, values, own)
            if values <= chosen[axis]:
                return chosen
            outcome = self._ask({**chosen, axis: values})
            if isinstance(outcome, Unsat):
                if len(values) < len(axis.values):
                    return {**chosen, axis: values}
                return {each: its for each, its in chosen.items() if each is not axis}
            values -= self._refuted_by(self._unchanged[-1], axis, values)
            asked += 1
            if asked == _PATIENCE:
                values = self._with_any(chosen, axis, values, own)

    def with_sorts(self, chosen: Chosen, sorts: Axis, first: z3.ModelRef) -> Chosen:
        """Return `chosen` with more sorts, for addresses at which nothing of the sorts so far can be.

        A box of pods may hold addresses that no pod has: there flows of another sort need not be gained.
        """
        if any(axis.of_pods and axis.role is sorts.role for axis in chosen):
            return chosen
        addresses = next((a for a in chosen if (a.respect, a.role) == (Respect.ADDRESS, sorts.role)), None)
        if addresses is None:
            return chosen
        for sort in sorts.values:
            if sort not in chosen[sorts]:
                chosen = self._with_sort(chosen, sorts, sort, addresses, addresses.at(first))
        if len(chosen[sorts]) < len(sorts.values):
            return chosen
        return {axis: values for axis, values in chosen.items() if axis is not sorts}

    def _with_sort(self, chosen: Chosen, sorts: Axis, sort: Value, addresses: Axis, own: Value) -> Chosen:
        wider = {**chosen, sorts: chosen[sorts] | {sort}}
        while isinstance(outcome := self._ask(wider), Sat):
            there = addresses.at(outcome.model)
            if there == own or self.any_flow({**chosen, addresses: frozenset((there,))}, ()):
                return chosen
            wider[addresses] -= {there}
        if not self.any_flow({**wider, sorts: frozenset((sort,))}, ()):
            return chosen
        if wider[addresses] != chosen[addresses]:
            self._cut.append(addresses)
        return wider

    def wider_still(self, chosen: Chosen, first: z3.ModelRef) -> Chosen:
        """Return `chosen` with values that came into question only when other axes had become wider."""
        before: Chosen = {}
        while chosen != before:
            before = chosen
            for axis in self._cut:
                if axis in chosen:
                    chosen = self._with_more(chosen, axis, axis.at(first))
        return chosen

    def _with_more(self, chosen: Chosen, axis: Axis, own: Value) -> Chosen:
        left = frozenset(axis.values) - chosen[axis] - self._refuted(chosen, axis)
        while left:
            outcome = self._run(self._change, {**chosen, axis: left}, ())
            if isinstance(outcome, Unsat):
                break
            one = axis.at(outcome.model)
            left -= {one}
            more = chosen[axis] | {one}
            if _narrower(axis, more, own) == more and isinstance(self._ask({**chosen, axis: more}), Unsat):
                chosen = {**chosen, axis: more}
        return chosen

    def _refuted(self, chosen: Chosen, axis: Axis) -> frozenset[Value]:
        """Return values on that axis with which flows are known, in a box like this, that are not gained."""
        found: frozenset[Value] = frozenset()
        for known in self._unchanged:
            if known.lies_in(chosen, but=axis):
                found |= self._refuted_by(known, axis, frozenset(axis.values) - found - chosen[axis])
        return found

    def _refuted_by(self, known: _Unchanged, axis: Axis, values: frozenset[Value]) -> frozenset[Value]:
        others = values - {known.at(axis)}
        return self._neighbours.unchanged(known.model, axis, others) | {known.at(axis)}

    def _with_any(self, chosen: Chosen, axis: Axis, values: frozenset[Value], own: Value) -> frozenset[Value]:
        """Return those of `values` with which any flow is gained, or `values` where they are many."""
        found = {own}
        for _ in range(_PATIENCE * 2):
            left = values - found
            outcome = self._run(self._change, {**chosen, axis: left}, ()) if left else Unsat(frozenset())
            if isinstance(outcome, Unsat):
                self._cut.append(axis)
                return frozenset(found)
            found.add(axis.at(outcome.model))
        return values


def _narrower(axis: Axis, values: frozenset[Value], own: Value) -> frozenset[Value]:
    """Return what of `values` one requirement can say: never "absent, or one of these"."""
    if (
        axis.respect not in (Respect.LABEL, Respect.NAMESPACE_LABEL)
        or OTHERS in values
        or ABSENT not in values
    ):
        return values
    return frozenset((ABSENT,)) if own == ABSENT else values - {ABSENT}


def is_sort(axis: Axis) -> bool:
    """Return whether it is about what sort of thing stands at an end."""
    return axis.respect is Respect.SORT
