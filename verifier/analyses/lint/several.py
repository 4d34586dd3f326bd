"""Policies that can go only together: each makes a difference by itself, and all of them none (S-14).

Two policies that between them admit everything, say: whoever of them stays alone keeps something out. What a
flow asks of those that are kept is a clause or two over "this policy is kept": if it was refused, one that
isolates its pod stays; if it was admitted, none that isolates stays unless one that admits does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from verifier.analyses.lint.flows import View
from verifier.analyses.lint.points import Point, Points, rule_holds
from verifier.deadline import Deadline
from verifier.flow import Direction
from verifier.solver.equivalence import Difference, Part
from verifier.solver.kept import Kept

_MOST = (1, 4, 32)  # flows of a rule: few do where few policies meet
Literal = tuple[str, bool]
"""A policy, and whether it is kept."""
Clause = frozenset[Literal]


class Clauses:
    """What flows ask of the policies that are kept."""

    def __init__(self) -> None:
        self._clauses: dict[Clause, None] = {}
        self._with: dict[Literal, list[Clause]] = {}

    def __iter__(self) -> Iterator[Clause]:
        return iter(self._clauses)

    def take_in(self, isolating: frozenset[str], admitting: frozenset[str]) -> None:
        """Note a flow by the policies that isolate its pod and, of these, those that admit it."""
        if not admitting:
            self._add(frozenset((title, True) for title in isolating))
        for title in isolating - admitting if admitting else ():
            self._add(frozenset({(title, False), *((other, True) for other in admitting)}))

    def _add(self, clause: Clause) -> None:
        if clause not in self._clauses:
            self._clauses[clause] = None
            for title, kept in clause:
                self._with.setdefault((title, not kept), []).append(clause)

    def may_go(self, titles: Iterable[str]) -> list[str]:
        """Return those that can go as far as is plain: what follows, one by one, contradicts nothing."""
        needed: set[str] = set()
        for title in titles:
            if self._contradicts(title, needed):
                needed.add(title)
        return [title for title in titles if title not in needed]

    def _contradicts(self, gone: str, needed: set[str]) -> bool:
        """Return whether it follows from `gone`, clause by clause, that some clause fails.

        That all of `needed` are kept has no consequences: in each clause somebody is to be kept.
        """
        known = {gone: False}
        todo = [gone]
        while todo:
            title = todo.pop()
            for clause in self._with.get((title, known[title]), ()):
                left = []
                for other, kept in clause:
                    its = True if other in needed else known.get(other)
                    if its is kept:
                        break
                    if its is None:
                        left.append((other, kept))
                else:
                    if not left:
                        return True
                    if len(left) == 1:
                        ((other, kept),) = left
                        known[other] = kept
                        todo.append(other)
        return False


Differs = Callable[[frozenset[Part]], Difference | None]
"""A flow that the absence of some policies makes a difference to; None: there is none."""


def going_together(
    left: Iterable[str],
    views: Mapping[Direction, View],
    points: Mapping[Direction, Points],
    differs: Differs,
    deadline: Deadline,
) -> frozenset[Part]:
    """Return policies among `left` that can go together, and not some of them alone; none: no set can.

    Args:
        views: the policies that are left, each with what is left of its rules.

    Raises:
        LimitError: nobody knows.
    """
    clauses, going = Clauses(), list(left)
    there = frozenset(going)
    for most in _MOST:
        for direction, view in views.items():
            concerned = [(side, rules) for side, rules in view if side.title in going]
            for point in _drawn(concerned, points[direction], most):
                deadline.check()
                clauses.take_in(*_told(point, view))
        going = clauses.may_go(going)
        if len(going) < 2:
            return frozenset()
    kept = Kept(deadline)
    kept.take_in(clauses)
    fewest: frozenset[str] | None = None
    while (titles := kept.gone(going, within=fewest)) is not None:
        found = differs(frozenset(Part(title) for title in titles))
        if found is None:
            fewest = titles
        else:
            clauses = Clauses()
            clauses.take_in(found.isolating & there, found.admitting & there)
            kept.take_in(clauses)
    return frozenset(Part(title) for title in fewest or ())


def _drawn(view: View, points: Points, most: int) -> Iterator[Point]:
    """Yield flows of the pods that a policy selects, and of each of its rules, so many of each."""
    for side, rules in view:
        yield from islice(points.anywhere(side.selected), most)
        for rule in rules:
            yield from islice(points.of(side.selected, rule.peers, rule.ports), most)


def _told(point: Point, view: View) -> tuple[frozenset[str], frozenset[str]]:
    """Return which policies isolate the pod, and which of them admit the flow."""
    isolating = [(side.title, rules) for side, rules in view if side.selected.holds(point.labels)]
    admitting = (title for title, rules in isolating if any(rule_holds(rule, point) for rule in rules))
    return frozenset(title for title, _ in isolating), frozenset(admitting)
