"""S-11: verdicts on random small (cluster, property, world) triples of every kind against brute force.

Replay cannot catch a property that is called proved and is not; this can. `NETQED_RANDOM_SECONDS` makes it
run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from random import Random
from unittest.mock import patch

import pytest

from tests.differential.assignments import castings, understood, without
from tests.differential.brute import BruteForce, ImpossibleError
from tests.differential.everyone import Given, TooManyError
from tests.differential.held import Held
from tests.differential.relevant import narrowed
from tests.differential.rounds import SEED, rounds
from tests.strategies import (
    KINDS,
    Vocabulary,
    chance,
    choices,
    policies,
    population,
    seeded,
    statement,
)
from tests.tier_strategies import tiers
from verifier import loads
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Direction, Ground, Isolation, RuleRef
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.population import METADATA_NAME, Network
from verifier.properties.spec.scope import Cover, Property, Require, Statement, World
from verifier.readings import Profile, profile_choices
from verifier.semantics import membership_faults, surroundings_faults, uncovered, violates
from verifier.solver import search
from verifier.verdict import Depends, FlowCounterexample, Proved, Refuted, Verdict, Word

BLOCKS = (
    ("10.1.0.0/16", ("10.1.2.0/24", "10.1.0.1/32")),
    ("0.0.0.0/0", ("10.0.0.0/8",)),
    ("10.1.0.1/32", ()),
    ("10.1.0.0/30", ("10.1.0.2/31",)),
    ("203.0.113.0/24", ("203.0.113.7/32",)),
    ("10.9.0.0/24", ("10.9.0.1/32",)),
    ("::/0", ("fd00::/8",)),
    ("fd00:1::/64", ("fd00:1::1/128",)),
)
NETWORKS = (
    *(Network() for _ in range(6)),
    Network(pod_cidrs=(ip_network("10.1.0.0/16"),)),
    Network(pod_cidrs=(ip_network("10.1.0.0/30"),)),
    Network(pod_cidrs=(ip_network("fd00:1::/64"),)),
    Network(pod_cidrs=(ip_network("10.1.0.0/16"), ip_network("fd00:1::/64"))),
    Network(service_cidrs=(ip_network("10.96.0.0/12"),), node_cidrs=(ip_network("10.9.0.0/24"),)),
)


@dataclass(frozen=True)
class Triple:
    """A cluster and a property, to be decided in both worlds."""

    cluster: Cluster
    statement: Statement
    choices: Mapping[str, bool | str]
    both: bool

    @property
    def worlds(self) -> tuple[World, ...]:
        """`cover` asks about the policies that `any-policy` leaves out."""
        return tuple(world for world in World if world is not World.ANY_POLICY or not self._covers)

    @property
    def _covers(self) -> bool:
        return isinstance(self.statement, Cover)

    def engine_says(self) -> Mapping[World, Verdict]:
        engine = Engine(self.cluster, [self.statement], new_namespaces_both=self.both)
        found: dict[World, Verdict] = {}
        for world in self.worlds:
            prop = Property(0, "p", self.statement, world, readings=self.choices, expected={world: "proved"})
            found[world] = engine.decide(prop, 30)[world]
        return found

    def held(self, world: World, grounds: Collection[Ground]) -> Held:
        """Of what policies do, `grounds` is all that is left."""
        any_policy = world is World.ANY_POLICY
        return Held(self.cluster, grounds, isinstance(self.statement, Require), any_policy)

    def brute_force(
        self,
        world: World,
        dice: Random,
        held: Held | None = None,
        *,
        given: Given | None = None,
    ) -> BruteForce:
        return BruteForce(
            self.cluster,
            self.statement,
            narrowed(self.cluster, self.statement, self.choices),
            world,
            dice,
            new_namespaces_both=self.both,
            held=held,
            given=given,
        )


def tiny(dice: Random) -> Vocabulary:
    """Words so few that everybody means everybody else."""
    return Vocabulary(
        namespaces=dice.choice((("a",), ("a", "b"), ("a", "b"))),
        pod_labels=dice.choice(({"app": ("x",)}, {"app": ("x", "y")}, {"app": ("x",), "tier": ("f",)})),
        namespace_labels=dice.choice(({"team": ("p",)}, {"team": ("p",), METADATA_NAME: ("a", "z")})),
        port_names=("web",),
        ports=dice.choice(((80,), (80, 81), (1, 65535))),
        blocks=tuple(dice.sample(BLOCKS, 2)),
        addresses=("10.1.0.1", "10.1.0.2", "10.1.9.9", "fd00:1::1", "fd00:2::1"),
        nodes=(("n1", ("10.9.0.1",)), ("n2", ())),
    )


def random_triple(dice: Random, most: int = 3) -> Triple:
    """A cluster of at most so many workloads, a statement about it, readings."""
    words = tiny(dice)
    people = replace(population(dice, words, most=most), network=dice.choice(NETWORKS))
    cluster = Cluster(people, policies(dice, words, 2), tiers(dice, words, 3, rules=2))
    asked = statement(dice, words, people, dice.choice(KINDS))
    return Triple(cluster, asked, choices(dice, free=2), both=chance(dice, 3))


def judged(triple: Triple, seed: int, met: Counter[str]) -> None:
    """Compare the verdicts in both worlds; note what was met."""
    dice = seeded(seed)
    try:
        forces = {world: triple.brute_force(world, dice) for world in triple.worlds}
        expected = {world: force.verdict() for world, force in forces.items()}
    except (TooManyError, ImpossibleError) as reason:
        met[type(reason).__name__] += 1
        return
    for world, verdict in triple.engine_says().items():
        told = f"seed {seed}, {world}: {expected[world]} expected, found {verdict}\n{triple}"
        if forces[world].everyone.crowded and less_exact(verdict.word, expected[world]):
            met["less exact"] += 1
            continue
        assert verdict.word is expected[world], told
        met[f"{verdict.word}"] += 1
        met[f"{world}"] += 1
        met[type(triple.statement).__name__] += 1
        if isinstance(verdict, Refuted | Depends):
            confirm(triple, verdict)
        if isinstance(verdict, Depends):
            met[assigned(triple, world, verdict, forces[world], told)] += 1
        if isinstance(verdict, Proved):
            met["rests on"] += rests(triple, world, verdict, dice, crowded=forces[world].everyone.crowded)


def less_exact(found: Word, expected: Word) -> bool:
    """Where addresses are few, the engine may say that it depends what is settled by their number alone.

    Two pods of a kind refute it between them, or no address is left for who would. Never may it call proved
    what is not, nor refuted what is not refuted in every completion.
    """
    return found is Word.DEPENDS and expected in (Word.REFUTED, Word.PROVED, Word.VACUOUS)


def assigned(triple: Triple, world: World, verdict: Depends, force: BruteForce, told: str) -> str:
    """Every completion in which the choices hold violates, there is one, and no fewer choices will do.

    Where addresses are few, the engine may choose more than it needs: see `less_exact`.
    """
    crowded = force.everyone.crowded
    assert understood(verdict.assignment, triple.cluster.population.workloads), told
    assert verdict.assignment, told

    def restricted(given: Given) -> BruteForce:
        return triple.brute_force(world, seeded(0), given=given)

    try:
        cast = list(castings(force.everyone, verdict.assignment))
        shown = verdict.counterexample
        ends = (
            (shown.flow.source, shown.flow.destination)
            if isinstance(shown, FlowCounterexample)
            else (shown.pod,)
        )
        assert any(all(given.holds_for(end) for end in ends) for given in cast), f"not as shown: {told}"
        for given in cast:
            assert restricted(given).possible(), f"impossible: {told}"
            assert not restricted(given).clean(), f"not sufficient: {told}"
            for choice in () if crowded else given.chosen:
                assert restricted(without(given, choice)).clean(), f"not needed: {choice}\n{told}"
    except TooManyError:
        return "assignment skipped"
    return "assignment of few addresses" if crowded else "assignment"


def confirm(triple: Triple, verdict: Refuted | Depends) -> None:
    """Every counterexample is replayed, here too."""
    shown, people = verdict.counterexample, triple.cluster.population
    if isinstance(shown, FlowCounterexample):
        assert not isinstance(triple.statement, Cover)
        policies, tiers = triple.cluster.policies, triple.cluster.tiers
        if shown.written is not None:
            policies = loads("---\n".join(policy.text for policy in shown.written)).policies
        assert violates(triple.statement, shown.flow, policies, shown.readings, tiers, shown.surroundings)
        assert not surroundings_faults(shown.surroundings, people)
        assert not membership_faults(shown.flow, people, World.ANY_POD, triple.both)
    else:
        assert isinstance(triple.statement, Cover)
        open_in = uncovered(triple.statement, shown.pod, triple.cluster.policies, shown.readings)
        assert shown.direction in open_in
        assert not membership_faults([shown.pod], people, World.ANY_POD)


def everything(policy: NetworkPolicy) -> Iterator[Ground]:
    """All that a policy does."""
    for direction, rules in (
        (Direction.INGRESS, policy.spec.ingress),
        (Direction.EGRESS, policy.spec.egress),
    ):
        yield Isolation(policy.title, direction)
        yield from (RuleRef(policy.title, direction, index) for index in range(len(rules or ())))


def every_rule(policy: TieredPolicy) -> Iterator[Ground]:
    """All that a policy of a tier does."""
    for direction in Direction:
        yield from (RuleRef(policy.title, direction, i) for i in range(len(policy.rules(direction))))


def rests(triple: Triple, world: World, verdict: Proved, dice: Random, *, crowded: bool) -> bool:
    """A proof stands on what it names, and falls without any of that, or without any policy of these.

    Where addresses are few, a flow may lack one that somebody at neither end has: nothing is compared.
    """
    if verdict.grounds is None or not verdict.irreducible or crowded:
        return False
    named = frozenset(basis.ground for basis in verdict.grounds)
    assert {ground.policy for ground in named} == set(verdict.rests_on or ())
    every = {policy.title: frozenset(everything(policy)) for policy in triple.cluster.policies}
    every |= {policy.title: frozenset(every_rule(policy)) for policy in triple.cluster.tiers}
    less = {named - {ground} for ground in named}
    for title in verdict.rests_on or ():
        less.add(frozenset[Ground]().union(*(every[o] for o in verdict.rests_on or () if o != title)))
    try:
        words = {
            kept: triple.brute_force(world, dice, triple.held(world, kept)).verdict()
            for kept in (named, *less)
        }
    except TooManyError:
        return False
    told = f"{world}: rests on {named}, but {words}\n{triple}"
    assert all((word is Word.PROVED) is (kept == named) for kept, word in words.items()), told
    needs_no_rule(triple, verdict, named, told)
    return bool(named)


def needs_no_rule(triple: Triple, verdict: Proved, named: Collection[Ground], told: str) -> None:
    """A `require` says of each side which rules it needs there, or that it needs none."""
    asked = set(Direction) if isinstance(triple.statement, Require) else set()
    sides = {side.direction for side in verdict.open_sides}
    assert sides == asked - {ground.direction for ground in named}, told


def test_verdicts_agree_with_brute_force() -> None:
    met: Counter[str] = Counter()
    for seed, dice in rounds(40):
        with patch.object(search, "MANY_NAMESPACES", search.MANY_NAMESPACES * (seed % 2)):
            judged(random_triple(dice), seed, met)
    triples = sum(met[word] for word in Word)
    print(f"{triples} triples from seed {SEED}: {dict(met)}")
    assert met[Word.UNKNOWN] == 0
    assert min(met[word] for word in Word if word is not Word.UNKNOWN) >= triples / 50
    assert met["assignment skipped"] <= met[Word.DEPENDS] / 2
    assert min(met[kind.capitalize()] for kind in KINDS) >= triples / 20


@pytest.mark.parametrize("profile", Profile)
def test_verdicts_under_a_profile_agree_with_brute_force(profile: Profile) -> None:
    met: Counter[str] = Counter()
    for seed, dice in rounds(5):
        triple = replace(random_triple(dice, most=2), choices=profile_choices(profile))
        judged(replace(triple, cluster=replace(triple.cluster, tiers=())), seed, met)
    print(f"{sum(met[word] for word in Word)} triples under {profile} from seed {SEED}: {dict(met)}")
    assert met[Word.UNKNOWN] == 0
    assert sum(met[word] for word in Word) >= 5
