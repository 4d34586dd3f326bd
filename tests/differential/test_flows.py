"""Random flows through random clusters: the reference reading against the formula, flow by flow.

`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

import os
import time
from collections import Counter
from random import Random

from tests.differential.concrete import Formula
from tests.differential.people import Cast
from tests.strategies import KINDS, RICH, policies, population, seeded, statement
from verifier.cluster import Cluster
from verifier.flow import Flow, Pod
from verifier.properties.spec.scope import Cover, Isolate, World
from verifier.readings import READINGS, Readings
from verifier.semantics import decide, in_existing_namespaces, in_scope, membership_faults
from verifier.semantics.network_policy import same_pod

SECONDS = float(os.environ.get("NETQED_RANDOM_SECONDS", "12"))
SEED = int(os.environ.get("NETQED_RANDOM_SEED", "1"))
FLOWS = 150


def random_readings(dice: Random) -> Readings:
    chosen = {row.name: dice.choice((row.values[0], *row.values)) for row in READINGS}
    return Readings(**chosen)  # type: ignore[arg-type]


def compare(dice: Random) -> Counter[str]:
    """Draw a cluster, a statement and flows; return what was met, of each sort how often."""
    people = population(dice, RICH)
    cluster = Cluster(people, policies(dice, RICH, 6))
    kind = dice.choice([kind for kind in KINDS if kind != "cover"])
    asked = statement(dice, RICH, people, kind)
    both = dice.randrange(3) == 0
    formula = Formula(cluster, asked, new_namespaces_both=both)
    met: Counter[str] = Counter()
    cast = Cast(dice, RICH, people)
    for flow in cast.flows(FLOWS):
        readings = random_readings(dice)
        answer = formula.answer(flow, readings)
        decision = decide(flow, cluster.policies, readings)
        told = f"{flow}\n{readings}\n{asked}\n{cluster.policies}\n{people}"
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
        met["in scope"] += exists and inside
    return met


def exists_between_two(flow: Flow, cluster: Cluster, *, new_namespaces_both: bool) -> bool:
    """Whether the world has the flow, at least one end of it a pod, and not from a pod to itself."""
    if not isinstance(flow.source, Pod) and not isinstance(flow.destination, Pod):
        return False
    if same_pod(flow.source, flow.destination):
        return False
    return not membership_faults(flow, cluster.population, World.ANY_POD, new_namespaces_both)


def test_random_flows() -> None:
    """At least a quarter is allowed, and a quarter denied."""
    met: Counter[str] = Counter()
    begun = time.monotonic()
    clusters = 0
    while time.monotonic() - begun < SECONDS:
        seed = SEED * 1_000_000 + clusters
        met += compare(seeded(seed))
        clusters += 1
    flows = met["allowed"] + met["denied"]
    print(f"{clusters} clusters from seed {SEED}, {flows} flows: {dict(met)}")
    assert min(met["allowed"], met["denied"]) >= flows / 4
    assert min(met["exists"], met["in scope"]) >= flows / 20
