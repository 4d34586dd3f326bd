"""Counterexamples for all reasons: each new, each confirmed, and none left out that brute force finds (S-1).

`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from tests.differential.assignments import castings, without
from tests.differential.brute import ImpossibleError
from tests.differential.everyone import Given, TooManyError
from tests.differential.reasons import Key, Reasoned, can_be_mended, reasons_shown
from tests.differential.rounds import SEED, rounds
from tests.differential.test_verdicts import Triple, confirm, random_triple
from tests.strategies import KINDS
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Direction, Reason
from verifier.manifest.network_policy import NetworkPolicy
from verifier.properties.spec.scope import Cover, Forbid, Isolate, Only, Property, Require, World
from verifier.semantics import effective_policy_types
from verifier.verdict import Counterexample, Depends, More, Refuted, Word

PLENTY = 10_000


def untiered(triple: Triple) -> Triple:
    """Reasons are told by NetworkPolicies, and only where these decide alone."""
    return replace(triple, cluster=replace(triple.cluster, tiers=()))


def with_more(triple: Triple, world: World, most: int = PLENTY) -> Refuted | Depends | None:
    """The verdict with counterexamples, if there are any."""
    engine = Engine(triple.cluster, [triple.statement], new_namespaces_both=triple.both)
    prop = Property(0, "p", triple.statement, world, readings=triple.choices)
    decided = engine.decided(prop, 60)
    found = engine.with_more(decided, most)[world]
    assert found.word is decided.verdicts[world].word
    if not isinstance(found, Refuted | Depends):
        return None
    before = decided.verdicts[world]
    assert isinstance(before, Refuted | Depends)
    assert found.counterexample == before.counterexample
    return found


def reasoned(
    triple: Triple, world: World, wanted: frozenset[Key] = frozenset(), given: Given | None = None
) -> Reasoned:
    cluster, statement = triple.cluster, triple.statement
    return Reasoned(cluster, statement, triple.choices, world, both=triple.both, wanted=wanted, given=given)


def judged(triple: Triple, world: World, told: str, met: Counter[str]) -> None:
    verdict = with_more(triple, world)
    if verdict is None:
        met["not violated"] += 1
        return
    more = verdict.more
    assert isinstance(more, More), told
    assert unconditional(more.counterexamples[0]) == verdict.counterexample, told
    seen: set[Key] = set()
    news: list[frozenset[Key]] = []
    for shown in more.counterexamples:
        confirm(triple, Refuted(shown))
        reasons = reasons_shown(triple.statement, shown, triple.cluster.policies, triple.cluster.population)
        news.append(reasons - seen)
        assert news[-1], f"a reason shown before: {shown}\n{told}"
        seen |= reasons
    met["counterexamples"] += len(news)
    force = reasoned(triple, world)
    crowded = force.everyone.crowded
    try:
        expected = force.all_reasons()
        assert seen <= expected, told
        if more.exhaustive and not crowded:  # else some of these need addresses that others have
            met["needless"] += needless(triple, world, expected - seen, seen, told)
            met["exhaustive"] += 1
            met["several"] += len(news) > 1
        first = int(isinstance(verdict, Depends))
        for shown, new in list(zip(more.counterexamples, news, strict=True))[first:]:
            conditioned(triple, world, shown, new, told, crowded=crowded)
            met["conditions"] += bool(shown.conditions)
    except TooManyError:
        met["too many"] += 1
    met["crowded"] += crowded


def needless(triple: Triple, world: World, left_out: set[Key], seen: set[Key], told: str) -> int:
    """Left out is only what is beside something that must be mended, whatever is so: it is a reason alone."""
    for reason in left_out:
        assert isinstance(triple.statement, Forbid | Only | Isolate), f"not shown: {reason}\n{told}"
        alone = {(reason[0], "-"), ("-", reason[1])} & seen
        assert any(not reasoned(triple, world, frozenset((one,))).clean() for one in alone), (
            f"not shown: {reason}\n{told}"
        )
    return len(left_out)


def unconditional(shown: Counterexample) -> Counterexample:
    """Without its conditions."""
    return replace(shown, conditions=())


def conditioned(
    triple: Triple, world: World, shown: Counterexample, new: frozenset[Key], told: str, *, crowded: bool
) -> None:
    """Where its conditions hold, every completion has a violation for that reason; and no fewer will do.

    Where addresses are few, the engine may choose more than it needs.
    """
    if not shown.conditions:
        assert not reasoned(triple, world, new).clean(), f"not in every completion: {shown}\n{told}"
        return
    for given in castings(reasoned(triple, world).everyone, shown.conditions):
        assert reasoned(triple, world, new, given).possible(), f"impossible: {told}"
        assert not reasoned(triple, world, new, given).clean(), f"not sufficient: {shown}\n{told}"
        for choice in () if crowded else given.chosen:
            assert reasoned(triple, world, new, without(given, choice)).clean(), (
                f"not needed: {choice}\n{told}"
            )


def test_reasons_agree_with_brute_force() -> None:
    met: Counter[str] = Counter()
    for seed, dice in rounds(40):
        triple = untiered(random_triple(dice))
        for world in (World.SNAPSHOT, World.ANY_POD):
            try:
                judged(triple, world, f"seed {seed}, {world}\n{triple}", met)
            except ImpossibleError:
                met["impossible"] += 1
    print(f"from seed {SEED}: {dict(met)}")
    assert met["exhaustive"] >= 10
    assert met["several"] >= 3


# --- repairs -----------------------------------------------------------------------------------------------


class UnrepairableError(RuntimeError):
    """No policy can change it."""


def repaired(triple: Triple, reasons: set[Key], dice: Random) -> Triple:
    """Each reason is mended at one place: a rule goes, or comes; what is not isolated is."""
    policies = {policy.title: policy for policy in triple.cluster.policies}
    gone: dict[tuple[str, str], set[int]] = {}
    for reason in sorted(reasons, key=str):
        if isinstance(triple.statement, Require):
            direction, title = reason
            policies[title] = with_rules(policies[title], direction, lambda rules: (*rules, {}))
        elif isinstance(triple.statement, Cover):
            direction, namespace, *rest = reason
            if len(rest) == 2 and rest[1]:
                raise UnrepairableError
            isolate(policies, namespace, direction)
        else:
            both = ((reason[0], Direction.EGRESS), (reason[1], Direction.INGRESS))
            mended = [(cause, way) for cause, way in both if can_be_mended(cause, triple.cluster.population)]
            if not mended:
                raise UnrepairableError
            (what, where), direction = dice.choice(mended)
            if what is Reason.NOT_ISOLATED:
                isolate(policies, where, direction)
            else:
                gone.setdefault((what, direction), set()).add(int(where.partition("[")[2].rstrip("]")))
    for (title, way), places in gone.items():
        policies[title] = with_rules(
            policies[title], way, lambda rules, p=places: [r for i, r in enumerate(rules) if i not in p]
        )
    return replace(triple, cluster=Cluster(triple.cluster.population, tuple(policies.values())))


def isolate(policies: dict[str, NetworkPolicy], namespace: str, direction: str) -> None:
    name = f"mend-{direction.lower()}"
    closed = {"name": name, "namespace": namespace, "spec": {"policyTypes": [direction]}}
    policies[f"{namespace}/{name}"] = NetworkPolicy.model_validate(closed)


def with_rules(policy: NetworkPolicy, direction: str, change: Any) -> NetworkPolicy:
    spec = policy.spec.model_dump(by_alias=True, exclude_none=True)
    spec["policyTypes"] = [str(way) for way in effective_policy_types(policy)]
    spec[direction.lower()] = list(change(spec.get(direction.lower()) or ()))
    return NetworkPolicy.model_validate({"name": policy.name, "namespace": policy.namespace, "spec": spec})


def test_whoever_mends_every_reason_is_rid_of_them() -> None:
    met: Counter[str] = Counter()
    for seed, dice in rounds(60):
        triple = untiered(random_triple(dice))
        for world in (World.SNAPSHOT, World.ANY_POD):
            verdict = with_more(triple, world)
            if verdict is None or verdict.more is None or not verdict.more.exhaustive:
                continue
            cluster = triple.cluster
            reasons = {
                reason
                for shown in verdict.more.counterexamples
                for reason in reasons_shown(triple.statement, shown, cluster.policies, cluster.population)
            }
            try:
                mended = repaired(triple, reasons, dice)
            except UnrepairableError:
                met["no policy can"] += 1
                continue
            word = mended.engine_says()[world].word
            assert word is Word.PROVED, f"seed {seed}, {world}: {word}, {reasons}\n{triple}\n{mended}"
            met[type(triple.statement).__name__] += 1
    print(f"from seed {SEED}: {dict(met)}")
    assert min(met[kind.capitalize()] for kind in KINDS) >= 1
