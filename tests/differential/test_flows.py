"""Random flows through random clusters: the reference reading against the formula, flow by flow.

`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings

from tests.differential.concrete import Formula
from tests.differential.people import Cast
from tests.differential.rounds import SEED, rounds
from tests.strategies import KINDS, RICH, drawn, policies, population, statement
from tests.tier_strategies import tiers
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Endpoint, Flow, Pod, Reason
from verifier.properties.spec.scope import Cover, Isolate, Property, World
from verifier.readings import READINGS, Readings
from verifier.semantics import (
    decide,
    in_existing_namespaces,
    in_scope,
    membership_faults,
    uncovered,
    violates,
)
from verifier.semantics.network_policy import same_pod
from verifier.verdict import Proved, Vacuous, Word

FLOWS = 150


def random_readings(dice: Random) -> Readings:
    chosen = {row.name: dice.choice((row.values[0], *row.values)) for row in READINGS}
    return Readings(**chosen)  # type: ignore[arg-type]


def compare(dice: Random, flows: int = FLOWS) -> Counter[str]:
    """Draw a cluster, a statement and flows; return what was met, of each sort how often."""
    people = population(dice, RICH)
    cluster = Cluster(people, policies(dice, RICH, 6), tiers(dice, RICH, 5))
    kind = dice.choice([kind for kind in KINDS if kind != "cover"])
    asked = statement(dice, RICH, people, kind)
    both = dice.randrange(3) == 0
    formula = Formula(cluster, asked, new_namespaces_both=both)
    met: Counter[str] = Counter()
    cast = Cast(dice, RICH, people)
    around = cast.surroundings(cluster.tiers)
    for flow in cast.flows(flows):
        readings = random_readings(dice)
        answer = formula.answer(flow, readings, around)
        decision = decide(flow, cluster.policies, readings, cluster.tiers, around)
        told = f"{flow}\n{readings}\n{around}\n{asked}\n{cluster.policies}\n{cluster.tiers}\n{people}"
        assert answer.egress == decision.egress.allowed, told
        assert answer.ingress == decision.ingress.allowed, told
        exists = exists_between_two(flow, cluster, new_namespaces_both=both)
        assert answer.exists == exists, told
        assert not isinstance(asked, Cover)
        inside = in_scope(asked, flow, readings)
        if isinstance(asked, Isolate):
            inside = inside and in_existing_namespaces(flow, people)
        if exists:
            assert answer.in_scope == inside, told
        met["allowed" if decision.allowed else "denied"] += 1
        met["exists"] += exists
        met["by tiers"] += any(
            side.reason in (Reason.ACCEPTED, Reason.DENIED) for side in (decision.egress, decision.ingress)
        )
        met["in scope"] += exists and inside
    return met


@settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawn(lambda dice: dice))
def test_few_flows_through_a_cluster_that_shrinks(dice: Random) -> None:
    met = compare(dice, flows=4)

    assert met["allowed"] + met["denied"] <= 4


def exists_between_two(flow: Flow, cluster: Cluster, *, new_namespaces_both: bool) -> bool:
    """Whether the world has the flow, at least one end of it a pod, and not from a pod to itself."""
    if not isinstance(flow.source, Pod) and not isinstance(flow.destination, Pod):
        return False
    if same_pod(flow.source, flow.destination):
        return False
    return not membership_faults(flow, cluster.population, World.ANY_POD, new_namespaces_both)


def test_no_flow_violates_what_is_proved() -> None:
    """On clusters too rich for brute force; a violation that is only not found proves nothing."""
    met: Counter[str] = Counter()
    clusters = 0
    for _, dice in rounds(60):
        people = population(dice, RICH)
        cluster = Cluster(people, policies(dice, RICH, 6), tiers(dice, RICH, 5))
        asked = statement(dice, RICH, people, dice.choice(KINDS))
        prop = Property(0, "p", asked, World.ANY_POD)
        verdict = Engine(cluster, [asked]).decide(prop, 30)[World.ANY_POD]
        met[verdict.word] += 1
        clusters += 1
        if isinstance(verdict, Proved | Vacuous):
            cast = Cast(dice, RICH, people)
            for flow in cast.flows(FLOWS):
                around = cast.surroundings(cluster.tiers)
                told = f"{verdict}\n{flow}\n{around}\n{asked}\n{cluster}"
                if isinstance(asked, Cover):
                    assert not _open(asked, flow.destination, cluster), told
                elif exists_between_two(flow, cluster, new_namespaces_both=False):
                    if isinstance(asked, Isolate) and not in_existing_namespaces(flow, people):
                        continue
                    if isinstance(verdict, Vacuous):
                        assert not in_scope(asked, flow, Readings()), told
                    every = (asked, flow, cluster.policies, Readings(), cluster.tiers, around)
                    assert not violates(*every), told
    print(f"{clusters} clusters from seed {SEED}: {dict(met)}")
    assert met[Word.PROVED] > 0


def _open(asked: Cover, endpoint: Endpoint, cluster: Cluster) -> bool:
    if not isinstance(endpoint, Pod) or not in_existing_namespaces([endpoint], cluster.population):
        return False
    if membership_faults([endpoint], cluster.population, World.ANY_POD):
        return False
    return bool(uncovered(asked, endpoint, cluster.policies, Readings()))


def test_random_flows() -> None:
    """At least a quarter is allowed, and a quarter denied."""
    met: Counter[str] = Counter()
    clusters = 0
    for _, dice in rounds(25):
        met += compare(dice)
        clusters += 1
    flows = met["allowed"] + met["denied"]
    print(f"{clusters} clusters from seed {SEED}, {flows} flows: {dict(met)}")
    assert min(met["allowed"], met["denied"]) >= flows / 4
    assert min(met["exists"], met["in scope"]) >= flows / 50
    assert met["by tiers"] >= flows / 10
