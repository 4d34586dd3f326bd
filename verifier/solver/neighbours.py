"""Flows that differ from a known one in one respect alone: which of them do policies treat alike?

A flow that is not gained keeps a box from being wider by one value, and mostly it is not gained for a reason
that holds for other values too. To see that, what policies say is worked out in the model of the flow; nobody
asks the solver.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import z3

from verifier.difference import Change
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role
from verifier.encodings.terms import partly, truth, value
from verifier.solver.axes import Axis, Moved, Respect, Value
from verifier.solver.cells import Cell
from verifier.solver.comparison import Comparison
from verifier.solver.decode import Pick, pick

Pairs = Sequence[tuple[z3.BitVecRef, z3.BitVecRef]]

_OF_NAMESPACES = (Respect.NAMESPACE, Respect.NAMESPACE_LABEL)
_OF_PODS = (Respect.LABEL, *_OF_NAMESPACES)


class Neighbours:
    """The flows around those that models of one comparison show; terms that come again are made once."""

    def __init__(self, comparison: Comparison, change: Change) -> None:
        self._comparison = comparison
        self._change = change
        self._symbols = comparison.context.symbols
        self._terms = comparison.terms
        self._moved: dict[Hashable, z3.BoolRef] = {}

    def unchanged(self, model: z3.ModelRef, axis: Axis, values: Iterable[Value]) -> frozenset[Value]:
        """Return those of `values` with which the flow of `model` exists, and is not gained (or not lost).

        Only pods that nobody shows can be any others: of ends that are what they are nothing is found.
        """
        picks = {role: pick(model, self._symbols.flow.end(role)) for role in Role}
        if axis.moved is None or not _is_free(axis, picks):
            return frozenset()
        if axis.respect is Respect.NAMESPACE:  # where labels are not known the flow would have to have some
            values = frozenset(values) & frozenset(self._symbols.table.known)
        if axis.respect is Respect.PORT:  # another protocol has other names of ports
            cells = [each for each in values if isinstance(each, Cell)]
            own = PROTOCOLS[value(model, self._symbols.flow.protocol)]
            values = [each for each in cells if each.of is own]
        moves = {each: axis.moved(each) for each in values}
        if not moves:
            return frozenset()
        if axis.respect is Respect.NAMESPACE:
            return frozenset(
                each
                for each, move in moves.items()
                if truth(model, self._term(picks, axis, each, self._filled(move)))
            )
        holes = self._holes(axis, next(iter(moves.values())))
        left = partly(model, self._term(picks, axis, None, holes), self._terms)
        found = set()
        for each, move in moves.items():
            filled = [(hole, number) for (_, hole), (_, number) in zip(holes, move, strict=True)]
            if truth(model, self._terms.substituted(left, self._filled(filled))):
                found.add(each)
        return frozenset(found)

    def _term(self, picks: Mapping[Role, Pick], axis: Axis, to: Value, pairs: Pairs) -> z3.BoolRef:
        """Return "the flow exists and is not gained" where the end of that axis lies in namespace `to`.

        In the term `pairs` are replaced: they are the same whenever axis and `to` are.
        """
        namespaces: dict[Role, int | None] = {}
        for role, picked in picks.items():
            there = to if role is axis.role and isinstance(to, int) else picked.namespace
            namespaces[role] = there if picked.kind in (Kind.POD, Kind.HYPOTHETICAL) else None
        key = (axis.respect, axis.role, axis.key, to, *namespaces.values())
        found = self._moved.get(key)
        if found is None:
            term = self._comparison.unchanged(self._change, namespaces)
            if axis.respect in _OF_NAMESPACES and self._symbols.namespace_labels:
                context = self._comparison.context
                exists = context.universe.flow(new_namespaces_both=context.new_namespaces_both)
                term = self._terms.conjunction((term, exists))
            found = self._moved[key] = self._terms.substituted(term, pairs)
        return found

    def _filled(self, move: Moved) -> Pairs:
        return [
            (variable, self._terms.numeral(number, self._terms.width(variable))) for variable, number in move
        ]

    def _holes(self, axis: Axis, move: Moved) -> Pairs:
        """Return the variables that are to change, each with one of its sort that no model knows."""
        stem = f"hole[{axis.respect} {axis.role} {axis.key}"
        return [
            (variable, self._terms.bits(f"{stem} {number}]", self._terms.width(variable)))
            for number, (variable, _) in enumerate(move)
        ]


def _is_free(axis: Axis, picks: Mapping[Role, Pick]) -> bool:
    """Return whether who stands there could as well have any other value."""
    if axis.respect is Respect.PORT:
        return picks[Role.DESTINATION].kind is not Kind.POD
    return axis.respect in _OF_PODS and axis.role is not None and picks[axis.role].kind is Kind.HYPOTHETICAL
