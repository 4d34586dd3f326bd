"""Explanations of random flows through random clusters: the answer of `query`, and a way that leads there."""

from collections import Counter
from random import Random

from tests.differential.rounds import SEED, rounds
from tests.strategies import RICH, chance, choices, policies, population
from tests.tier_strategies import tiers
from verifier.analyses.explain import ExplainedSide
from verifier.ask import query
from verifier.cluster import Cluster
from verifier.explain import Explanation, explain
from verifier.flow import NETWORK_POLICY_TIER, Action, Protocol, Reason


def endpoint(dice: Random, cluster: Cluster) -> str:
    if chance(dice, 5) or not cluster.population.workloads:
        return "ip:203.0.113.7"
    workload = dice.choice(cluster.population.workloads)
    return f"{workload.namespace}/{workload.owner}"


def leads_there(side: ExplainedSide) -> bool:
    """Whether the parts shown, put together, say what the decision says."""
    for tier in side.tiers:
        rules = [rule for policy in tier.policies if policy.applies for rule in policy.rules]
        for policy in tier.policies:
            for rule in policy.rules:
                parts = any(part.matches for part in rule.peers) and any(part.matches for part in rule.ports)
                if rule.note is None and rule.matches is not parts:
                    return False
        first = next((rule for rule in rules if rule.matches), None)
        if tier.name != NETWORK_POLICY_TIER:
            if (first is None) is not (tier.action is None) or (first is not None and first != rules[-1]):
                return False
        elif side.decision.reason is Reason.NO_RULE and (first is not None or tier.action is not Action.DENY):
            return False
        elif side.decision.reason is Reason.RULE:
            if tuple(rule.ref for rule in rules if rule.matches) != side.decision.rules:
                return False
            if tier.action is not Action.ACCEPT:
                return False
    return True


def compared(dice: Random) -> tuple[Explanation, Counter[str]]:
    people = population(dice, RICH, most=4)
    given = choices(dice, free=2)
    cluster = Cluster(people, policies(dice, RICH, 5), tiers(dice, RICH, 4) if chance(dice, 2) else ())
    source, destination = endpoint(dice, cluster), endpoint(dice, cluster)
    if source == destination == "ip:203.0.113.7":
        return Explanation(source, destination, Protocol.TCP, 1, None), Counter()
    port, protocol = dice.choice(RICH.ports), dice.choice(tuple(Protocol))
    (answer,) = query(cluster, [(source, destination, protocol, port)], given)

    found = explain(cluster, source, destination, f"{port}/{protocol}", readings=given)

    assert found.allowed is answer.allowed
    assert {case.decision.allowed for case in found.cases} <= (
        {True, False} if found.allowed is None else {found.allowed}
    )
    for case in found.cases:
        for side in case.sides:
            assert leads_there(side), f"{case.flow}\n{side}"
    if found.allowed is None and found.cases:
        assert len(found.cases) == 2
    return found, Counter({str(found.allowed): 1, "tiers": bool(cluster.tiers), "cases": len(found.cases)})


def test_an_explanation_says_what_query_says_and_its_parts_add_up() -> None:
    met: Counter[str] = Counter()
    for _, dice in rounds(60):
        met += compared(dice)[1]

    assert SEED != 1 or all(met[sort] >= 10 for sort in ("True", "False", "tiers")), met
    assert SEED != 1 or met["None"] >= 2, met
