"""What is said of the rules of tiers is so: compared with trying everybody, on random clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, product
from random import Random

from tests.analyses.lint.brute_tiers import Case, Everybody, without
from tests.differential.rounds import rounds
from tests.semantics.tiered import PODS, anp, deny, networks
from tests.strategies import Vocabulary, chance, labels, policy, seeded
from tests.tier_strategies import tiers
from verifier.analyses.lint.scene import Scene
from verifier.analyses.lint.tiers import (
    IDLE_BASELINE,
    OVERRULED_RULE,
    RULES,
    TIED_PRIORITIES,
    check_tier_rules,
)
from verifier.cluster import Cluster
from verifier.encodings.effective import rules_of
from verifier.flow import Action, Direction, RuleRef, SideDecision, TierStep
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.population import METADATA_NAME, Namespace, Population, Workload, World
from verifier.semantics import decide, effective_policy_types
from verifier.semantics.network_policy import network_policy_side
from verifier.semantics.tiers import ask_tier
from verifier.solver.far import Far

CLUSTERS = 20
OF_TEAM = {"namespaces": {"matchLabels": {"team": "p"}}}
SMALL = Vocabulary(
    namespaces=("a",),
    pod_labels={"app": ("x", "y")},
    namespace_labels={"team": ("p",), METADATA_NAME: ("a", "z")},
    port_names=("web",),
    ports=(80, 90),
    blocks=(("10.0.0.0/8", ("10.1.0.0/16",)), ("10.1.0.0/16", ()), ("::/0", ())),
    addresses=(),
    nodes=(),
)
WIDE = (
    anp(3, name="w", ingress=[deny()], egress=[deny()]),
    anp(3, name="w", ingress=[deny(OF_TEAM)], egress=[deny(networks("0.0.0.0/0", "::/0"))]),
    anp(3, name="w", ingress=[deny()], egress=[deny(PODS, networks("0.0.0.0/0", "::/0"))]),
)
DECIDED = (Action.ACCEPT, Action.DENY)


def cluster(dice: Random) -> Cluster:
    """One namespace with a NetworkPolicy or two, one without, and a few policies of tiers."""
    written = tuple(policy(dice, SMALL, f"p{number}") for number in range(dice.choice((0, 1, 1, 2))))
    names = {
        name: Namespace(name, None if chance(dice, 3) else labels(dice, SMALL.namespace_labels))
        for name in ("a", "b")
    }
    hosts = (Workload("DaemonSet", "a", "h", labels(dice, SMALL.pod_labels), host_network=True),)
    drawn = tiers(dice, SMALL, 4, rules=2)
    if chance(dice, 4):
        drawn = (*drawn[:2], dice.choice(WIDE))
    return Cluster(Population(names, hosts if chance(dice, 3) else ()), written, drawn)


@dataclass
class Tried:
    """One direction of one cluster, tried in every case and order."""

    cluster: Cluster
    direction: Direction

    @cached_property
    def everybody(self) -> Everybody:
        return Everybody(self.cluster, self.direction)

    @cached_property
    def each(self) -> list[tuple[Case, tuple[str, ...]]]:
        return [(case, order) for case in self.everybody.cases for order in self.everybody.orders()]

    def ask(self, case: Case, order: Sequence[str], policies: Sequence[TieredPolicy]) -> TierStep:
        """What the tier of these policies says."""
        around = replace(case.around, precedence=tuple(order))
        return ask_tier(policies[0].tier, policies, self.direction, case.flow, case.readings, around)

    def of_tier(self, position: int) -> list[TieredPolicy]:
        return [policy for policy in self.cluster.tiers if policy.tier.position == position]

    def admin(self, case: Case, order: Sequence[str]) -> Action | None:
        policies = self.of_tier(-1)
        return self.ask(case, order, policies).action if policies else None

    @cached_property
    def deciding(self) -> set[RuleRef]:
        """The rules that decide in their tier, were it asked."""
        found = set()
        for position in (-1, 1):
            policies = self.of_tier(position)
            if policies:
                found |= {self.ask(case, order, policies).rule for case, order in self.each}
        return {ref for ref in found if ref is not None}

    def coming_to(self, *, settled: bool) -> set[RuleRef]:
        """The rules of Baseline that are asked and decide, in pods of the namespaces that exist or in any."""
        found = set()
        for case, order in self.each:
            if case.settled or not settled:
                around = replace(case.around, precedence=order)
                decision = decide(case.flow, self.cluster.policies, case.readings, self.cluster.tiers, around)
                side = decision.ingress if self.direction is Direction.INGRESS else decision.egress
                found |= {step.rule for step in side.walk if step.tier == "Baseline"}
        return {ref for ref in found if ref is not None}

    def alone(self, ref: RuleRef) -> bool:
        """Whether the rule matches anything at all, were there no other."""
        mine = next(policy for policy in self.cluster.tiers if policy.title == ref.policy)
        others = {index: None for index in range(len(mine.rules(self.direction))) if index != ref.index}
        policies = [without(mine, self.direction, others)]
        return any(
            self.ask(case, (ref.policy,), policies).action is not None for case in self.everybody.cases
        )

    def alike_without(self, gone: set[RuleRef], more: set[RuleRef], position: int) -> bool:
        """Whether a tier says the same, `gone` gone, if `more` goes too."""
        one, other = (
            [
                without(p, self.direction, {r.index: None for r in left if r.policy == p.title})
                for p in self.of_tier(position)
            ]
            for left in (gone, gone | more)
        )
        return all(
            outcome(self.ask(case, order, one), position) is outcome(self.ask(case, order, other), position)
            for case, order in self.each
        )

    def differ(self, one: TieredPolicy, other: TieredPolicy) -> bool:
        """Whether the two treat a flow of one pod differently, nothing having decided before."""
        position = one.tier.position
        return any(
            {left.rule.policy, right.rule.policy} == {one.title, other.title}
            and outcome(left, position) is not outcome(right, position)
            for case, order in self.each
            if usual(case) and self.comes(case, order, position)
            for left, right in [self.both(case, order, one, other)]
            if left.rule is not None and right.rule is not None
        )

    def both(
        self, case: Case, order: Sequence[str], one: TieredPolicy, other: TieredPolicy
    ) -> tuple[TierStep, TierStep]:
        rest = [title for title in order if title not in (one.title, other.title)]
        policies = self.of_tier(one.tier.position)
        first, second = ([one.title, other.title, *rest], [other.title, one.title, *rest])
        return self.ask(case, first, policies), self.ask(case, second, policies)

    def comes(self, case: Case, order: Sequence[str], position: int) -> bool:
        """Whether a tier at that position is asked."""
        if position < 0:
            return True
        if self.admin(case, order) in DECIDED:
            return False
        return not isolating(case, self.direction, self.cluster.policies)

    def denied(self, ref: RuleRef, written: NetworkPolicy, far: Far) -> bool | None:
        """Whether Admin denies all that a rule of `written` admits of that end; None: that is nothing."""
        met = [
            self.admin(case, order) is Action.DENY
            for case, order in self.each
            if self.is_far(case, far) and ref in side_of(case, self.direction, (written,)).rules
        ]
        return all(met) if met else None

    def is_far(self, case: Case, far: Far) -> bool:
        end = case.flow.source if self.direction is Direction.INGRESS else case.flow.destination
        pod, new, outside = self.everybody.sorts(end)
        return {Far.ANYBODY: True, Far.POD: pod, Far.NEW_POD: new, Far.INTERNET: outside}[far]


def side_of(case: Case, direction: Direction, policies: Sequence[NetworkPolicy]) -> SideDecision:
    return network_policy_side(direction, case.subject, case.flow, policies, case.readings)


def isolating(case: Case, direction: Direction, policies: Sequence[NetworkPolicy]) -> bool:
    """Whether NetworkPolicies keep the subject from Baseline (CNP-4)."""
    if side_of(case, direction, policies).isolating:
        return True
    elsewhere = side_of(case, direction.other, policies).isolating
    return case.readings.baseline_handover == "pod" and bool(elsewhere)


def usual(case: Case) -> bool:
    """Whether the readings are those of profile `kubernetes`; the hand-over is free there."""
    return replace(case.readings, baseline_handover="direction") == type(case.readings)()


def outcome(step: TierStep, position: int) -> Action | None:
    """What a tier says, save what makes no difference: to pass, or in the last tier to accept."""
    action = Action.DENY if step.fails_closed else step.action
    if action is Action.PASS or (position > 0 and action is Action.ACCEPT):
        return None
    return action


def check(drawn: Cluster, direction: Direction) -> Counter[str]:
    met: Counter[str] = Counter()
    tried, questions = Tried(drawn, direction), Scene(drawn, 60).tiers(direction)
    never = set()
    for ref in questions.rules:
        by = questions.shadowing(ref)
        told = f"{ref} of\n{drawn}"
        assert (by is not None) is (ref not in tried.deciding), told
        if by is not None:
            assert (by == ()) is not tried.alone(ref), told
            never.add(ref)
            met["empty" if by == () else "shadowed"] += 1
            met["by several"] += len(by) > 1
        elif ref.policy in {policy.title for policy in tried.of_tier(1)}:
            for settled in (False, True):
                found = questions.unreached(ref, drawn.policies, existing=settled)
                asked = ref in tried.coming_to(settled=settled)
                assert (found is None) is asked, told
                met[f"{'idle' if settled else 'unreached'}: {not asked}"] += 1
    for ref, does in reversed(list(questions.rules.items())):
        if does is Action.PASS and ref not in never:
            position = next(p.tier.position for p in drawn.tiers if p.title == ref.policy)
            idle = questions.passes_for_nothing(ref, never)
            assert idle is tried.alike_without(never, {ref}, position), f"{ref} of\n{drawn}"
            met[f"idle pass: {idle}"] += 1
            never |= {ref} if idle else set()
    met += check_pairs(tried, drawn, direction)
    return met


def check_pairs(tried: Tried, drawn: Cluster, direction: Direction) -> Counter[str]:
    met: Counter[str] = Counter()
    scene = Scene(drawn, 60)
    questions = scene.tiers(direction)
    for one, other in combinations(drawn.tiers, 2):
        if (one.tier, one.priority) == (other.tier, other.priority):
            differ = questions.difference(one, other, drawn.policies, existing=False) is not None
            assert differ is tried.differ(one, other), f"{one.title}, {other.title} of\n{drawn}"
            met[f"tie: {differ}"] += 1
    for written in drawn.policies:
        for index, (peers, _) in enumerate(rules_of(written, direction)):
            if direction not in effective_policy_types(written):
                continue
            ref = RuleRef(written.title, direction, index)
            (side,) = [each for each in scene.side("a", direction) if each.policy is written]
            for peer, far in product((None, *range(len(peers))), Far):
                by = questions.denying(written, index, peer, far)
                assert by is None or not scene.denials(direction).leave(side, index, peer, far)
                met["left in closed form"] += scene.denials(direction).leave(side, index, peer, far)
                denied = tried.denied(ref, with_peer(written, ref, peer), far)
                told = f"{ref} {peer} {far} of\n{drawn}"
                if by is None or by:
                    assert (by is not None) is (denied is True), told
                else:
                    assert denied is None, told
                met[f"denied: {denied}"] += 1
    return met


def with_peer(written: NetworkPolicy, ref: RuleRef, peer: int | None) -> NetworkPolicy:
    """The policy whose rule has that peer alone; None: as it is written."""
    if peer is None:
        return written
    section, field = ("ingress", "from_") if ref.direction is Direction.INGRESS else ("egress", "to")
    rules = list(getattr(written.spec, section))
    left = (getattr(rules[ref.index], field)[peer],)
    rules[ref.index] = rules[ref.index].model_copy(update={field: left})
    return written.model_copy(update={"spec": written.spec.model_copy(update={section: tuple(rules)})})


# A named port of an address that is no pod's, and pods that cannot be: what admits nothing leaves nothing.
# The internet of one family, which needs an address of the other to be seen to be left.
FOUND = (83001000041, 83001000165, 85001000124)
REMOVED = tuple(rule for rule in RULES if rule not in (TIED_PRIORITIES, OVERRULED_RULE, IDLE_BASELINE))


def check_together(drawn: Cluster, direction: Direction) -> int:
    """All that is called needless for any pod can go at once."""
    told = [each for each in check_tier_rules(Scene(drawn, 60)) if each.rule in REMOVED]
    gone = {
        (finding.object, int(finding.place.route[-1]))
        for finding in told
        if finding.claimed_for is World.ANY_POD and finding.part.startswith(direction.lower())
    }
    left = tuple(
        without(p, direction, {i: None for title, i in gone if title == p.title}) for p in drawn.tiers
    )
    for case, order in Tried(drawn, direction).each if gone else ():
        around = replace(case.around, precedence=order)
        now, then = (
            decide(case.flow, drawn.policies, case.readings, policies, around)
            for policies in (drawn.tiers, left)
        )
        ingress = direction is Direction.INGRESS
        assert (now.ingress if ingress else now.egress).allowed is (
            then.ingress if ingress else then.egress
        ).allowed, f"{gone} of\n{drawn}"
    return len(gone)


def test_what_never_decides_agrees_with_trying_everybody() -> None:
    met: Counter[str] = Counter()
    number = 0
    for _, dice in chain(((seed, seeded(seed)) for seed in FOUND), rounds(CLUSTERS)):
        drawn = cluster(dice)
        direction = dice.choice(tuple(Direction))
        met += check(drawn, direction)
        met["gone together"] += check_together(drawn, direction)
        number += 1
    print(f"{number} clusters: {dict(met)}")
    assert min(met[name] for name in ("shadowed", "empty", "idle pass: True", "gone together")) > 0
