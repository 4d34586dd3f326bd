"""What can be taken out of the policies of a namespace without changing what its sides admit (S-14).

Cheap answers first: a flow that nothing else admits refutes, inclusion in closed form proves; the solver is
asked for the rest. Then a set that can be taken out *together*, and to which nothing can be added one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from verifier.analyses.lint.address_sets import block_set
from verifier.analyses.lint.flows import Flows, View, admitted, gone_for, pruned
from verifier.analyses.lint.points import Points, rule_holds
from verifier.analyses.lint.rule_sets import PolicySet, RuleSet, peers_within, ports_within
from verifier.analyses.lint.several import going_together
from verifier.deadline import Deadline
from verifier.flow import Direction
from verifier.solver.equivalence import Difference, Part, SideEquivalence

Sides = Mapping[Direction, Sequence[PolicySet]]
_NOTHING: frozenset[Part] = frozenset()


@dataclass(frozen=True, slots=True)
class Removal:
    """A part that can go, and what makes it dispensable among those that stay.

    `by` are the rules that admit its flows; `isolating` the policies that isolate its pods all the same;
    `beside` those that must go with it: it cannot go without them, nor they without it.
    """

    part: Part
    by: tuple[Part, ...]
    isolating: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


class Redundancy:
    """The policies of one namespace, and what of them is redundant."""

    def __init__(
        self,
        sides: Sides,
        namespaces: int,
        solver: Callable[[Direction], SideEquivalence],
        deadline: Deadline,
        *,
        isolation_counts: bool = False,
    ) -> None:
        self._isolation_counts = isolation_counts
        self.sides = sides
        self._solver = solver
        self._deadline = deadline
        self._stay: list[str] | None = None
        self._together: dict[str, frozenset[str]] = {}
        self._policies = {side.title: side.policy for direction in sides for side in sides[direction]}
        self._by_title: dict[str, list[PolicySet]] = {}
        self._points: dict[Direction, Points] = {}
        self._alone: dict[Part, bool] = {}
        self._views: dict[tuple[Direction, frozenset[Part]], list[tuple[PolicySet, list[RuleSet]]]] = {}
        for direction, each in sides.items():
            self._points[direction] = Points(each, namespaces, direction)
            for side in each:
                self._by_title.setdefault(side.title, []).append(side)

    # --- parts ---------------------------------------------------------------------------------------------

    def policies(self) -> list[Part]:
        """Return every policy."""
        return [Part(title) for title in self._policies]

    def rules(self) -> Iterator[Part]:
        """Yield every rule that counts (NP-8)."""
        for direction, each in self.sides.items():
            for side in each:
                yield from (Part(side.title, direction, rule.index) for rule in side.rules)

    def pieces(self, rule: Part) -> Iterator[Part]:
        """Yield the peers and ports of a rule that has several, and each `except` of its peers."""
        _, found = self._find(rule)
        if len(found.written_peers) > 1:
            yield from (replace(rule, peer=index) for index in range(len(found.written_peers)))
        if len(found.written_ports) > 1:
            yield from (replace(rule, port=index) for index in range(len(found.written_ports)))
        for index, peer in enumerate(found.written_peers):
            holes = peer.ip_block.except_ if peer.ip_block is not None else None
            yield from (replace(rule, peer=index, hole=hole) for hole in range(len(holes or ())))

    def flows(self, part: Part) -> Flows:
        """Return the flows that a rule, a peer or a port entry admits, or that an `except` keeps out."""
        side, rule = self._find(part)
        peers, ports = rule.peers, rule.ports
        if part.hole is not None and part.peer is not None:
            block = rule.written_peers[part.peer].ip_block
            assert block is not None  # noqa: S101
            peers = (block_set(block, besides=part.hole).without(block_set(block)),)
        elif part.peer is not None and peers is not None:
            peers = (peers[part.peer],)
        elif part.port is not None and ports is not None:
            ports = (ports[part.port],)
        return Flows(side.selected, peers, ports)

    def _find(self, part: Part) -> tuple[PolicySet, RuleSet]:
        for side in self._by_title[part.policy]:
            if side.direction is part.direction and part.rule is not None:
                return side, side.rules[part.rule]
        raise KeyError(part)

    # --- single parts --------------------------------------------------------------------------------------

    def alone(self, part: Part) -> bool:
        """Return whether the part can go when everything else stays.

        Raises:
            LimitError: nobody knows.
        """
        found = self._alone.get(part)
        if found is None:
            found = self._alone[part] = self.removable(part, _NOTHING)
        return found

    def removable(self, part: Part, removed: frozenset[Part]) -> bool:
        """Return whether the part can go when `removed`, which change nothing, have gone.

        Raises:
            LimitError: nobody knows.
        """
        whole = part.rule is None
        quick = self._policy(part, removed) if whole else self._piece(part, removed)
        if quick is not None:
            return quick
        return self.same_without(removed | {part}, part.direction)

    def same_without(self, removed: frozenset[Part], direction: Direction | None = None) -> bool:
        """Return whether the sides, or that of one direction, admit the same flows without all of `removed`.

        Raises:
            LimitError: nobody knows.
        """
        concerned = self.sides if direction is None else (direction,)
        return all(self._solver(each).same_without(removed) for each in concerned)

    def _piece(self, part: Part, removed: frozenset[Part]) -> bool | None:
        assert part.direction is not None  # noqa: S101
        flows = self.flows(part)
        if flows.empty:
            return True
        view = self._view(part.direction, gone_for(part, removed))
        if self._escapes(flows, view, self._points[part.direction]):
            return False
        return True if self._covering(flows, view) is not None else None

    def _policy(self, part: Part, removed: frozenset[Part]) -> bool | None:
        """Return whether a policy can go with its isolation; None: not decided in closed form."""
        sure = True
        for side in self._by_title[part.policy]:
            view = self._view(side.direction, removed | {part})
            found = self._side_of_policy(side, view, self._points[side.direction])
            if found is False:
                return False
            sure = sure and found is True
        return True if sure else None

    def _side_of_policy(self, side: PolicySet, view: View, points: Points) -> bool | None:
        if side.selected.empty:
            return True
        others = [other.selected for other, _ in view]
        universal = not self._isolation_counts and any(rule.universal for rule in side.rules)
        each = [Flows(side.selected, rule.peers, rule.ports) for rule in side.rules]
        for flows in each:
            for point in points.of(flows.selected, flows.peers, flows.ports):
                isolated = any(other.holds(point.labels) for other in others)
                if isolated and not admitted(point, view):
                    return False
        if not universal:
            for point in points.anywhere(side.selected):
                isolated = any(other.holds(point.labels) for other in others)
                open_ = not self._isolation_counts and any(rule_holds(rule, point) for rule in side.rules)
                if not isolated and not open_:
                    return False
        isolated_still = any(side.selected.within(other) for other in others)
        if not (isolated_still or universal):
            return None
        alone = all(side.selected.apart(other) for other in others)
        covered = alone or all(flows.empty or self._covering(flows, view) is not None for flows in each)
        return True if covered else None

    def _view(self, direction: Direction, removed: frozenset[Part]) -> list[tuple[PolicySet, list[RuleSet]]]:
        """Return the policies that stay, each with what stays of its rules."""
        found = []
        gone: dict[str, list[Part]] = {}
        for part in removed:
            gone.setdefault(part.policy, []).append(part)
        for side in self.sides[direction]:
            parts = gone.get(side.title, ())
            if not parts:
                found.append((side, list(side.rules)))
            elif not any(part.rule is None for part in parts):
                here = [part for part in parts if part.direction is direction]
                rules = (
                    pruned(rule, [part for part in here if part.rule == rule.index]) for rule in side.rules
                )
                found.append((side, [rule for rule in rules if rule is not None]))
        return found

    def _escapes(self, flows: Flows, view: View, points: Points) -> bool:
        """Return whether one of a few flows is admitted by nothing that stays."""
        return any(not admitted(point, view) for point in points.of(flows.selected, flows.peers, flows.ports))

    def _covering(self, flows: Flows, view: View) -> tuple[Part, ...] | None:
        """Return rules that surely admit the flows: one that admits all, or else one for each box."""
        wider = [
            (Part(side.title, side.direction, rule.index), rule)
            for side, rules in view
            if flows.selected.within(side.selected)
            for rule in rules
        ]
        for part, rule in wider:
            if peers_within(flows.peers, rule.peers) and ports_within(flows.ports, rule.ports):
                return (part,)
        needed: dict[Part, None] = {}
        for peer in ((p,) for p in flows.peers) if flows.peers is not None else (None,):
            for port in ((e,) for e in flows.ports) if flows.ports is not None else (None,):
                of_box = (
                    part
                    for part, rule in wider
                    if peers_within(peer, rule.peers) and ports_within(port, rule.ports)
                )
                found = next(of_box, None)
                if found is None:
                    return None
                needed[found] = None
        return tuple(needed)

    # --- together ------------------------------------------------------------------------------------------

    def together(self) -> tuple[Removal, ...]:
        """Return parts that can all go at once, and to which no others can be added (S-14).

        Whole policies first, then rules, then their pieces, the last ones in reading order first; policies
        that only isolate come last, since people write those to be safe.

        Raises:
            LimitError: nobody knows.
        """
        removed = self._policies_without(frozenset(), plain=False)
        for rule in reversed(list(self.rules())):
            removed = self._also(rule, removed)
        for rule in list(self.rules()):
            if not any(gone.holds(rule) for gone in removed):
                for piece in reversed(list(self.pieces(rule))):
                    removed = self._also(piece, removed)
        before = None
        while removed != before:  # where nobody is isolated any more, a policy that admits everything is idle
            before = removed
            removed = self._policies_without(removed, plain=True)
            removed = self._policies_without(removed, plain=False) if removed else removed
            removed = self._several_without(removed)
            if any(part.hole is not None for part in removed):  # what it kept out, others need not let in
                for rule in reversed(list(self.rules())):
                    removed = self._also(rule, removed, at_once=True)
        removed = frozenset(p for p in removed if not any(q != p and q.holds(p) for q in removed))
        if removed and not self._proved_together(removed):
            raise AssertionError("parts that can go one after the other cannot go together")
        return tuple(self._removal(part, removed) for part in sorted(removed, key=_reading_order))

    def _also(self, part: Part, removed: frozenset[Part], *, at_once: bool = False) -> frozenset[Part]:
        # What something else admits cannot become less so by taking rules away: `alone` is asked first.
        if any(gone.holds(part) for gone in removed) or not (at_once or self.alone(part)):
            return removed
        return removed | {part} if self.removable(part, removed) else removed

    def _policies_without(self, removed: frozenset[Part], *, plain: bool) -> frozenset[Part]:
        """Add policies until none can be added: what isolates nobody alone may do so beside another."""
        while True:
            before = removed
            for part in reversed(self.policies()):
                if part not in removed and self.is_plain(part) is plain:
                    asked = self.removable(part, removed) if removed else self.alone(part)
                    removed = removed | {part} if asked else removed
            if removed == before:
                return removed

    def _several_without(self, removed: frozenset[Part]) -> frozenset[Part]:
        """Add policies that can go only together: none of them alone, so nobody may be isolated after it."""
        if self._isolation_counts:
            return removed
        left = [part.policy for part in self.policies() if part not in removed]
        if left == self._stay:  # rules may have gone since; where nobody is isolated they do not count
            return removed
        self._stay = left
        views = {direction: self._view(direction, removed) for direction in self.sides}

        def differs(parts: frozenset[Part]) -> Difference | None:
            found = (self._solver(direction).difference(removed | parts) for direction in self.sides)
            return next((one for one in found if one is not None), None)

        found = going_together(left, views, self._points, differs, self._deadline)
        titles = frozenset(part.policy for part in found)
        self._together |= dict.fromkeys(titles, titles)
        return removed | found

    def is_plain(self, part: Part) -> bool:
        """Return whether a policy has no rule that counts: it isolates, and does nothing else."""
        return not any(side.rules for side in self._by_title[part.policy])

    def selects_nobody(self, part: Part) -> bool:
        """Return whether the podSelector of a policy contradicts itself (SEL-6)."""
        return self._by_title[part.policy][0].selected.empty

    def _proved_together(self, removed: frozenset[Part]) -> bool:
        """Return whether the set as a whole changes nothing: by inclusion in what stays, or by the solver."""
        if len(removed) == 1:
            return True
        narrow = frozenset(part for part in removed if part.hole is None)
        views = {direction: self._view(direction, narrow) for direction in self.sides}
        if all(self._plainly_gone(part, removed, views) for part in removed):
            return True
        return self.same_without(removed)

    def _plainly_gone(
        self,
        part: Part,
        removed: frozenset[Part],
        views: Mapping[Direction, View],
    ) -> bool:
        if part.direction is None:
            return self._policy(part, removed) is True
        flows = self.flows(part)
        return flows.empty or self._covering(flows, views[part.direction]) is not None

    def _removal(self, part: Part, removed: frozenset[Part]) -> Removal:
        if part.rule is not None:
            return Removal(part, self._cover(part, removed))
        by: dict[Part, None] = {}
        isolating: dict[str, None] = {}
        for side in self._by_title[part.policy]:
            view = self._view(side.direction, removed)
            others = [other for other, _ in view if not side.selected.apart(other.selected)]
            within = [other for other in others if side.selected.within(other.selected)]
            isolating.update(dict.fromkeys(other.title for other in (within[:1] or others)))
            for rule in side.rules if others else ():
                by.update(dict.fromkeys(self._cover(Part(side.title, side.direction, rule.index), removed)))
        beside = sorted(self._together.get(part.policy, frozenset()) - {part.policy})
        return Removal(part, tuple(by), tuple(isolating), tuple(beside))

    def _cover(self, part: Part, removed: frozenset[Part]) -> tuple[Part, ...]:
        """Return the rules, among those that stay, that admit what a part stands for."""
        assert part.direction is not None  # noqa: S101
        flows = self.flows(part)
        if flows.empty:
            return ()
        narrow = frozenset(gone for gone in removed if gone.hole is None)
        found = self._covering(flows, self._view(part.direction, gone_for(part, narrow)))
        if found is not None:
            return found
        candidates = [
            other
            for other in self.rules()
            if other.direction is part.direction and not any(gone.holds(other) for gone in removed | {part})
        ]
        rest = list(self.pieces(replace(part, peer=None, port=None, hole=None)))
        kind = [p for p in rest if p.hole is None and (p.peer is None) == (part.peer is None)]
        own = [p for p in kind if p != part and not any(gone.holds(p) for gone in removed)]
        others = [other for other in candidates if not other.holds(part)]
        return self._solver(part.direction).covers(part, [*others, *own]) or ()


def _reading_order(part: Part) -> tuple[object, ...]:
    unset = -1
    return (
        part.policy,
        part.direction or "",
        *(unset if at is None else at for at in (part.rule, part.peer, part.port, part.hole)),
    )
