"""What would let a refused flow through: of all small edits of policies the smallest that surely does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verifier.analyses.allowance import Allowance
from verifier.analyses.certain import Certain, completed
from verifier.analyses.certain_tiers import CertainTiers
from verifier.analyses.edits import Edit, Edits
from verifier.flow import Direction, Flow, Pod, SideDecision
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.population import Population
from verifier.readings import Readings
from verifier.semantics import decide
from verifier.verdict import Change


def smallest_changes(
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    population: Population,
    readings: Readings,
    choices: Mapping[str, bool | str],
    tiers: Sequence[TieredPolicy] = (),
) -> tuple[Change, ...]:
    """Return, for each side that refuses `flow`, the smallest change by which it lets the flow through.

    A NetworkPolicy is changed, never a label of a pod or namespace, and no policy of another tier. With the
    changes done, in their order, the flow is allowed in every completion; nothing is returned where there are
    none of which that can be said.

    Args:
        policies: of the namespaces of both ends.
        readings: those under which the flow is refused; `choices` says which of them are free.
        tiers: the policies of tiers, of the whole cluster.
    """
    certain = Certain.of(flow, population, completed(readings, choices))
    if not all(certain.exists(end) for end in (flow.source, flow.destination)):
        return ()
    around = CertainTiers(certain, tiers)
    if not all(around.leave(direction) for direction in Direction):
        return ()
    found = []
    after = list(policies)
    for direction in (Direction.EGRESS, Direction.INGRESS):
        if around.accept(direction):
            continue
        decision = decide(flow, after, readings)
        side = decision.egress if direction is Direction.EGRESS else decision.ingress
        if not side.allowed:
            edit = _smallest(side, certain, after, readings)
            if edit is None:
                return ()
            found.append(edit.change)
            after = _done(edit, after)
    # What is open may hang on something unknown, and what one side needs may isolate the other end.
    return tuple(found) if all(_is_open(direction, certain, around, after) for direction in Direction) else ()


def _is_open(
    direction: Direction, certain: Certain, around: CertainTiers, policies: Sequence[NetworkPolicy]
) -> bool:
    """Return whether a side lets the flow through, in any case, the Admin tier not denying it."""
    if around.accept(direction):
        return True
    if not around.leave_open(direction):
        return certain.is_let_by_rule(direction, policies)
    return certain.is_open(direction, policies)


def _smallest(
    side: SideDecision, certain: Certain, policies: Sequence[NetworkPolicy], readings: Readings
) -> Edit | None:
    """Return the edit of the fewest parts, and of these one of the nearest rule, that surely does it."""
    subject = certain.subject(side.direction)
    if not isinstance(subject, Pod):
        return None
    own = [policy for policy in policies if policy.namespace == subject.namespace.name]
    edits = Edits(Allowance(certain, side.direction, readings), subject, own, side.isolating)
    # A rule has a peer and a port, a policy also whom it selects.
    for alike in (edits.of_one_part(), edits.new_rules(), edits.new_policies()):
        for edit in sorted(alike, key=lambda edit: -edit.score):
            if certain.lets_through(edit.done(), side.direction):
                return edit
    return None


def _done(edit: Edit, policies: Sequence[NetworkPolicy]) -> list[NetworkPolicy]:
    """Return the policies with the edit done."""
    if edit.change.policy is None:
        return [*policies, edit.policy]
    return [edit.done() if policy.title == edit.change.policy else policy for policy in policies]
