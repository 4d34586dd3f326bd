"""Boxes of flows: from one flow that is gained, or lost, to all like it.

A box begins as everything that policies cannot tell from its first flow. Axis by axis it is widened as long
as the solver proves that every flow in it is gained (or lost), whatever the input leaves open: so each box is
maximal, and all of it is true. Boxes may overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import z3

from verifier.deadline import LimitError
from verifier.diagnostics import InternalError
from verifier.difference import Change, Sort
from verifier.encodings.namespaces import match_namespaces
from verifier.encodings.peer import encode_namespace_selector
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.encodings.terms import truth, value
from verifier.manifest.labels import LabelSelector
from verifier.solver.answers import Sat, Undecided, Unsat
from verifier.solver.axes import Axis, Respect, Value, axes_of, axes_of_shown
from verifier.solver.cells import Mentioned
from verifier.solver.comparison import Comparison
from verifier.solver.neighbours import Neighbours
from verifier.solver.preferences import polish
from verifier.solver.widening import Chosen, Widening, is_sort


@dataclass(frozen=True, slots=True)
class Box:
    """Flows that are all gained, or all lost.

    Args:
        first: the flow that it was made from.
        chosen: the values on each axis that matters; whoever is not said is free.
        rooms: for an end, the selector of the namespaces of its pods, instead of their names.
        every_reading: it is so under every reading; else under those of the profile, or those in `chosen`.
    """

    change: Change
    first: z3.ModelRef
    chosen: Mapping[Axis, frozenset[Value]]
    rooms: Mapping[Role, LabelSelector] = field(default_factory=dict)
    every_reading: bool = True


class Boxes:
    """The boxes of one comparison, found one after the other until no flow is left outside."""

    def __init__(
        self,
        comparison: Comparison,
        selectors: Sequence[LabelSelector],
        mentioned_in: Mapping[int | None, Mentioned],
        *,
        shown_only: bool = False,
    ) -> None:
        """Prepare.

        `selectors` are those of namespaces that policies mention, `mentioned_in` what the policies of each
        namespace do (None: those of tiers). `shown_only`: there are no pods but those shown.
        """
        self._shown_only = shown_only
        self._comparison = comparison
        self._selectors = selectors
        self._mentioned_in = mentioned_in
        self._terms = comparison.terms
        self._found: dict[Change, list[z3.BoolRef]] = {change: [] for change in Change}
        self._neighbours = {change: Neighbours(comparison, change) for change in Change}

    # --- one flow after the other --------------------------------------------------------------------------

    def next(self, change: Change, world: Sequence[z3.BoolRef]) -> Box | None:
        """Return the box of a flow that lies in none so far; None: there is no such flow in the `world`.

        Raises:
            LimitError: nobody knows.
        """
        comparison = self._comparison
        comparison.renew()
        asked = [comparison.violating, comparison.of[change], *world]
        outside = [self._terms.negation(box) for box in self._found[change]]
        outcome = comparison.run([*asked, *map(comparison.literal, outside)])
        match outcome:
            case Unsat():
                return None
            case Undecided(reason=reason):
                raise LimitError(reason)
            case Sat(model=model):
                first = polish(comparison, model, [*asked, *outside])
                profile = [comparison.profile] if comparison.profile in world else []
                box = self._widened(change, first, profile)
                if not truth(first, self.term(box)):
                    raise InternalError("a box of flows does not hold the flow that it was made from")
                self._found[change].append(self.term(box))
                return box

    def needed(self, change: Change, boxes: Sequence[Box], besides: Sequence[Box]) -> list[Box]:
        """Return `boxes` but those that are contained in the union of the rest and of those `besides`."""
        kept = list(boxes)
        with suppress(LimitError):  # when time is over, what may be contained stays
            for box in boxes:
                others = [each for each in (*kept, *besides) if each is not box]
                if self._is_contained(change, box, [self.term(each) for each in others]):
                    kept = [each for each in kept if each is not box]
        return kept

    def _is_contained(self, change: Change, box: Box, others: Sequence[z3.BoolRef]) -> bool:
        """Return whether every flow of `box` is known to lie in one of the `others`."""
        if not any(truth(box.first, other) for other in others):
            return False
        comparison = self._comparison
        outside = [comparison.literal(self._terms.negation(other)) for other in others]
        here = [comparison.violating, comparison.of[change], comparison.literal(self.term(box))]
        return isinstance(comparison.run([*here, *outside]), Unsat)

    def any_at_all(self, change: Change, world: Sequence[z3.BoolRef]) -> Box | None:
        """Return a flow that is gained, or lost, as a box of which nothing else is said; None: there is none.

        Raises:
            LimitError: nobody knows.
        """
        outcome = self._comparison.run([self._comparison.violating, self._comparison.of[change], *world])
        if isinstance(outcome, Undecided):
            raise LimitError(outcome.reason)
        return Box(change, outcome.model, {}) if isinstance(outcome, Sat) else None

    def term(self, box: Box) -> z3.BoolRef:
        """Return the term "the flow lies in `box`"."""
        parts = [axis.among(values) for axis, values in box.chosen.items()]
        parts += [self._room_term(role, selector) for role, selector in box.rooms.items()]
        if not box.every_reading:
            parts.append(self._comparison.profile_term)
        return self._terms.conjunction(parts)

    # --- widening ------------------------------------------------------------------------------------------

    def _widened(self, change: Change, first: z3.ModelRef, profile: Sequence[z3.BoolRef]) -> Box:
        widening = Widening(self._comparison, change, profile, self._neighbours[change])
        met = self._met(first)
        axes = self._axes(met, first)
        chosen = {axis: frozenset((axis.at(first),)) for axis in axes if not (profile and _is_reading(axis))}
        core = widening.core(chosen)
        if core is None and profile:  # readings that the profile leaves free
            chosen = {axis: frozenset((axis.at(first),)) for axis in axes}
            core = widening.core(chosen)
        if core is None:
            raise InternalError("flows that no axis tells apart differ in what policies say of them")
        chosen = {axis: values for axis, values in chosen.items() if axis in core or is_sort(axis)}
        for axis in [axis for axis in chosen if not is_sort(axis)]:
            if axis in chosen:
                chosen = widening.without(chosen, axis)
        for axis in list(chosen):
            chosen = widening.wider(chosen, axis, first)
        for axis in [axis for axis in chosen if is_sort(axis)]:
            chosen = widening.with_sorts(chosen, axis, first)
        chosen = widening.wider_still(chosen, first)
        chosen = self._finer(widening, chosen, met, first)
        rooms: dict[Role, LabelSelector] = {}
        for role in Role:
            selector = self._room(widening, chosen, rooms, role, first)
            if selector is not None:
                rooms[role] = selector
                chosen = {axis: v for axis, v in chosen.items() if not _is_room(axis, role)}
        terms = [self._room_term(role, selector) for role, selector in rooms.items()]
        chosen = self._lived_in(widening, chosen, terms, first)
        every_reading = not profile or widening.under_every_reading(chosen, terms)
        return Box(change, first, chosen, rooms, every_reading)

    def _lived_in(
        self, widening: Widening, chosen: Chosen, rooms: Sequence[z3.BoolRef], first: z3.ModelRef
    ) -> Chosen:
        """Return `chosen` without new namespaces of whose pods no flow of the box is."""
        existing = self._comparison.context.symbols.table.existing
        for axis, values in chosen.items():
            if axis.respect is Respect.NAMESPACE:
                new = frozenset(n for n in values if isinstance(n, int) and n >= existing)
                others = new and new < values and axis.at(first) not in new
                if others and not widening.any_flow({**chosen, axis: new}, rooms):
                    chosen = {**chosen, axis: values - new}
        return chosen

    def _axes(self, namespaces: Iterable[int | None], first: z3.ModelRef) -> list[Axis]:
        """Return the axes on which flows can differ that meet the policies of these namespaces."""
        together = Mentioned()
        for namespace in namespaces:
            if namespace in self._mentioned_in:
                together.join(self._mentioned_in[namespace])
        if self._shown_only:
            return axes_of_shown(self._comparison, together)
        return axes_of(self._comparison, together, first)

    def _met(self, first: z3.ModelRef) -> set[int | None]:
        """Return the namespaces whose policies the flow `first` meets; None: those of tiers."""
        flow = self._comparison.context.symbols.flow
        ends = [flow.end(role) for role in Role]
        pods = [end for end in ends if Kind(value(first, end.kind)) in (Kind.POD, Kind.HYPOTHETICAL)]
        return {None, *(value(first, end.namespace) for end in pods)}

    def _finer(self, widening: Widening, chosen: Chosen, met: set[int | None], first: z3.ModelRef) -> Chosen:
        """Return `chosen`, widened by what only policies of other namespaces that are in it tell apart."""
        reached = met | self._reached(chosen)
        if not (reached - met) & self._mentioned_in.keys():
            return chosen
        for axis in self._axes(reached, first):
            for old in chosen:
                if axis.is_about(old) and axis.values != old.values:
                    chosen = {axis if each is old else each: v for each, v in chosen.items()}
                    chosen[axis] = axis.within(old, chosen[axis])
                    chosen = widening.wider(chosen, axis, first)
                    break
        return chosen

    def _reached(self, chosen: Chosen) -> set[int | None]:
        """Return the namespaces of which pods of the box may be."""
        symbols, found = self._comparison.context.symbols, set[int | None]()
        for role in Role:
            every = set(range(symbols.table.existing))
            for axis, values in chosen.items():
                if axis.role is role and axis.respect is Respect.NAMESPACE:
                    every = {each for each in values if isinstance(each, int)}
                elif axis.role is role and axis.respect is Respect.SHAPE:
                    every = {symbols.shapes[each].namespace for each in values if isinstance(each, int)}
            found |= every
        return found

    def _room(
        self,
        widening: Widening,
        chosen: Mapping[Axis, frozenset[Value]],
        rooms: Mapping[Role, LabelSelector],
        role: Role,
        first: z3.ModelRef,
    ) -> LabelSelector | None:
        """Return a selector that says of which namespaces the pods at `role` are, if one says more."""
        table = self._comparison.context.symbols.table
        by_name = next((values for axis, values in chosen.items() if _is_namespace(axis, role)), None)
        if by_name is None:
            return None
        rest = {axis: values for axis, values in chosen.items() if not _is_room(axis, role)}
        said = {n for n in by_name if isinstance(n, int) and n < table.existing}
        for selector in self._selectors:
            match = match_namespaces(selector, table)
            meant = {*match.known, *match.possible}
            if not said <= meant or not match.possible or not truth(first, self._room_term(role, selector)):
                continue
            terms = [self._room_term(each, its) for each, its in (*rooms.items(), (role, selector))]
            if widening.core(rest, terms) is not None:
                return selector
        return None

    def _room_term(self, role: Role, selector: LabelSelector) -> z3.BoolRef:
        symbols = self._comparison.context.symbols
        end = symbols.flow.end(role)
        no_pod = self._terms.negation(self._terms.between(end.kind, Kind.POD, Kind.HYPOTHETICAL))
        return self._terms.disjunction((no_pod, encode_namespace_selector(symbols, selector, end)))


def _is_reading(axis: Axis) -> bool:
    return axis.respect is Respect.READING


def _is_namespace(axis: Axis, role: Role) -> bool:
    return axis.respect is Respect.NAMESPACE and axis.role is role


def _is_room(axis: Axis, role: Role) -> bool:
    return axis.respect in (Respect.NAMESPACE, Respect.NAMESPACE_LABEL) and axis.role is role


def sorts_at(box: Box, role: Role) -> frozenset[Sort]:
    """Return what sorts of things stand at an end of a box."""
    for axis, values in box.chosen.items():
        if is_sort(axis) and axis.role is role:
            return frozenset(sort for sort in values if isinstance(sort, Sort))
    return frozenset(Sort)


def axes_at(box: Box, role: Role | None, respect: Respect) -> Iterator[tuple[Axis, frozenset[Value]]]:
    """Yield the axes about that respect of an end, with what is chosen of them."""
    for axis, values in box.chosen.items():
        if axis.role is role and axis.respect is respect:
            yield axis, values
