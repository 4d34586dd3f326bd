"""Rules of the lint about cluster-wide policies: what is never asked, what passes for nothing, what ties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.scene import Scene, rule_route
from verifier.deadline import LimitError
from verifier.flow import Action, Direction, Ground, Isolation, RuleRef
from verifier.manifest.spelling import listed
from verifier.manifest.tiers import TieredPolicy, TieredRule
from verifier.population import World

if TYPE_CHECKING:
    from verifier.solver.tier_questions import TierQuestions

SHADOWED_TIER_RULE = Rule(
    "shadowed-tier-rule",
    Level.WARNING,
    World.ANY_POD,
    "a rule of a cluster-wide policy whose flows rules before it decide",
    "In a tier the first rule that matches decides (ANP-2, CNP-2). Every flow that this one means, an earlier"
    " rule of its policy or of a policy of lower priority number means too, so that it never decides"
    " anything: a Deny behind a wider Allow denies nothing.",
    "Remove the rule, or move it before those that decide its flows.",
)
EMPTY_TIER_RULE = Rule(
    "empty-tier-rule",
    Level.WARNING,
    World.ANY_POD,
    "a rule of a cluster-wide policy that no flow can match",
    "Its subject, peers and ports leave nothing over, whatever pods there are: a selector contradicts"
    " itself, or a range of ports ends before it begins.",
    "Correct what leaves nothing over, or remove the rule.",
)
UNREACHED_BASELINE = Rule(
    "unreached-baseline",
    Level.WARNING,
    World.ANY_POD,
    "a Baseline rule all of whose flows the Admin tier decides",
    "Baseline is asked last (CNP-2). What the Admin tier allows or denies never comes to it, whatever"
    " NetworkPolicies are written.",
    "Remove the rule, or let the Admin tier pass its flows on.",
)
IDLE_BASELINE = Rule(
    "idle-baseline",
    Level.INFO,
    World.SNAPSHOT,
    "a Baseline rule that NetworkPolicies keep from every pod of the namespaces that exist",
    "Baseline is asked only of pods that no NetworkPolicy isolates (CNP-4). Keeping the rule is good"
    " practice: it stands where a NetworkPolicy goes, and in namespaces to come.",
    "Nothing needs to be done.",
)
IDLE_PASS = Rule(
    "idle-pass",
    Level.INFO,
    World.ANY_POD,
    "a Pass after which no rule of its tier would have decided otherwise",
    "Pass leaves the tier (ANP-3, CNP-3). Without this one its flows would leave it all the same. That may be"
    " meant, for rules to come. Where it was to spare them a Deny, that Deny comes before it or means other"
    " flows.",
    "Nothing needs to be done. If it was to be an exception, move it before the Deny.",
)
TIED_PRIORITIES = Rule(
    "tied-priorities",
    Level.WARNING,
    World.ANY_POD,
    "two policies of equal priority that treat a flow differently",
    "Which of two equal priorities is asked first, each implementation decides for itself (ANP-11). Here one"
    " pod is subject to both, and a flow of it is treated by the one otherwise than by the other.",
    "Give the two policies different priorities.",
)
OVERRULED_RULE = Rule(
    "overruled-rule",
    Level.WARNING,
    World.ANY_POD,
    "a NetworkPolicy's rule all of whose flows the Admin tier denies",
    "The Admin tier is asked before any NetworkPolicy (ANP-2), and this rule admits nothing that it leaves"
    " over. Whoever wrote the rule waits for connections that never come.",
    "Remove the rule, or ask for a Pass before the Deny.",
)
RULES = (
    *(SHADOWED_TIER_RULE, EMPTY_TIER_RULE, UNREACHED_BASELINE, IDLE_BASELINE),
    *(IDLE_PASS, TIED_PRIORITIES, OVERRULED_RULE),
)


def check_tier_rules(scene: Scene) -> Iterator[Finding]:
    """Yield the rules of tiers that never decide, and those that pass for nothing; all can go together."""
    for direction in Direction if scene.cluster.tiers else ():
        questions = scene.tiers(direction)
        gone = set[RuleRef]()
        for ref in questions.rules:
            try:
                finding = _never_decides(scene, questions, ref)
            except LimitError as error:
                scene.undecided.append(f"whether {_named(ref)} ever decides: {error}")
                continue
            if finding is not None:
                yield finding
                if finding.rule in (SHADOWED_TIER_RULE, EMPTY_TIER_RULE):
                    gone.add(ref)
        yield from _idle_passes(scene, questions, gone)


def _never_decides(scene: Scene, questions: TierQuestions, ref: RuleRef) -> Finding | None:
    by: Sequence[Ground] | None = questions.shadowing(ref)
    policy, _ = _found(scene, ref)
    if by == ():
        return _made(EMPTY_TIER_RULE, scene, ref, "no flow matches it, whatever pods there are")
    if by is not None:
        return _made(SHADOWED_TIER_RULE, scene, ref, f"every flow that it means, {_who(by)} before it", by)
    if policy.tier.position < 0:
        return None
    return _unasked(scene, questions, ref)


def _unasked(scene: Scene, questions: TierQuestions, ref: RuleRef) -> Finding | None:
    """Return the finding about a rule after the NetworkPolicies, if nothing comes to it."""
    policies = scene.cluster.policies
    by = questions.unreached(ref, policies, existing=False)
    world = World.ANY_POD
    if by is None:
        by, world = questions.unreached(ref, policies, existing=True), World.SNAPSHOT
    if not by:
        return None
    isolating = [ground for ground in by if isinstance(ground, Isolation)]
    if isolating:
        message = "NetworkPolicies isolate every pod that it speaks of"
        if world is World.SNAPSHOT:
            message = f"{message}, in the namespaces that exist"
        if len(isolating) < len(by):
            message = f"{message}, as far as no rule decides before it"
        return _made(IDLE_BASELINE, scene, ref, message, by, world)
    return _made(UNREACHED_BASELINE, scene, ref, f"every flow that it means, {_who(by)} before it", by, world)


def _idle_passes(scene: Scene, questions: TierQuestions, gone: set[RuleRef]) -> Iterator[Finding]:
    """Yield what passes for nothing, the last ones first: of two that do the same one stays."""
    for ref, does in reversed(list(questions.rules.items())):
        if does is not Action.PASS or ref in gone:
            continue
        try:
            idle = questions.passes_for_nothing(ref, gone)
            first = _to_go_first(questions, ref, gone) if idle else []
        except LimitError as error:
            scene.undecided.append(f"whether {_named(ref)} passes for nothing: {error}")
            continue
        if idle:
            gone.add(ref)
            unless = f"once {listed(map(_named, first))} {_is(first)} removed, " if first else ""
            policy, _ = _found(scene, ref)
            message = f"{unless}no later rule of the {policy.tier.name} tier would decide its flows otherwise"
            yield _made(IDLE_PASS, scene, ref, message)


def _to_go_first(questions: TierQuestions, ref: RuleRef, gone: set[RuleRef]) -> list[RuleRef]:
    """Return rules without which alone a Pass is idle: those that are never asked, since it stands there."""
    needed = list(gone) if not questions.passes_for_nothing(ref, frozenset()) else []
    for other in sorted(needed, key=_named):
        fewer = [each for each in needed if each != other]
        if questions.passes_for_nothing(ref, fewer):
            needed = fewer
    return sorted(needed, key=_named)


def _is(several: Sequence[RuleRef]) -> str:
    return "is" if len(several) == 1 else "are"


def check_ties(scene: Scene) -> Iterator[Finding]:
    """Yield pairs of policies of equal priority whose order matters."""
    for one, other in combinations(scene.cluster.tiers, 2):
        if (one.tier, one.priority) != (other.tier, other.priority):
            continue
        for direction in Direction:
            try:
                found = _tie(scene, one, other, direction)
            except LimitError as error:
                scene.undecided.append(f"whether the order of {one.title} and {other.title} matters: {error}")
                continue
            if found is not None:
                yield found
                break


def _tie(scene: Scene, one: TieredPolicy, other: TieredPolicy, direction: Direction) -> Finding | None:
    questions, policies = scene.tiers(direction), scene.cluster.policies
    met = questions.difference(one, other, policies, existing=True)
    where = "of a namespace that exists"
    if met is None:
        met = questions.difference(one, other, policies, existing=False)
        where = "of a namespace that may yet be made"
    if met is None:
        return None
    message = (
        f"{one.title} has priority {other.priority} too, and the two treat a flow of one pod {where}"
        " differently"
    )
    evidence = tuple(_evidence(scene, ref) for ref in met)
    place = Place(other.title, ("spec", "priority"))
    return Finding(TIED_PRIORITIES, other.title, place, message, "priority", evidence, TIED_PRIORITIES.fix)


def check_overruled(scene: Scene) -> Iterator[Finding]:
    """Yield the rules of NetworkPolicies that the Admin tier leaves nothing."""
    for side in scene.every_side() if scene.cluster.tiers else ():
        for rule in side.rules:
            ref = RuleRef(side.title, side.direction, rule.index)
            try:
                by = scene.denying(side, rule.index)
            except LimitError as error:
                scene.undecided.append(f"whether {_named(ref)} is overruled: {error}")
                continue
            if by:
                message = f"everything that it admits, {_who(by, 'denies', 'deny')} before it is asked"
                place = Place(side.title, rule_route(side.direction, rule.index))
                evidence = tuple(_evidence(scene, each) for each in by)
                yield Finding(
                    OVERRULED_RULE, side.title, place, message, ref.rule, evidence, OVERRULED_RULE.fix
                )


# --- in words -----------------------------------------------------------------------------------------------


def _who(by: Sequence[Ground], does: str = "decides", do: str = "decide") -> str:
    if len(by) == 1:
        return f"{_named(by[0])} {does}"
    return f"{len(by)} rules {do} between them"


def _named(ground: Ground) -> str:
    return f"{ground.policy} {ground.rule}" if isinstance(ground, RuleRef) else ground.policy


def _found(scene: Scene, ref: RuleRef) -> tuple[TieredPolicy, TieredRule]:
    policy = scene.tiered[ref.policy]
    return policy, policy.rules(ref.direction)[ref.index]


def _place(scene: Scene, ref: RuleRef) -> Place:
    _, rule = _found(scene, ref)
    return Place(ref.policy, rule.route)


def _evidence(scene: Scene, ground: Ground) -> Evidence:
    if isinstance(ground, Isolation):
        return Evidence(f"{ground.policy} isolates its pods", Place(ground.policy, ("spec", "podSelector")))
    policy, rule = _found(scene, ground)
    says = {Action.ACCEPT: "allows", Action.DENY: "denies", Action.PASS: "passes on"}[rule.action]
    order = f" at priority {policy.priority}" if policy.priority else ""
    return Evidence(f"{_named(ground)}{order} {says} what it means", _place(scene, ground))


def _made(
    rule: Rule,
    scene: Scene,
    ref: RuleRef,
    message: str,
    by: Sequence[Ground] = (),
    world: World | None = None,
) -> Finding:
    evidence = tuple(_evidence(scene, ground) for ground in by)
    place = _place(scene, ref)
    return Finding(rule, ref.policy, place, message, ref.rule, evidence, rule.fix, world)
