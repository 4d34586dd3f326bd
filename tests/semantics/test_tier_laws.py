"""Laws that hold of every set of tiered policies, on random ones over a handful of endpoints."""

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.semantics.cast import N1, N2
from tests.semantics.test_laws import FLOWS, built, random_readings, random_specs, seeded
from tests.semantics.tiered import OF_OPS, OF_SHOP, PODS, accept, by, cnp, deny, leave, networks, pods, rule
from verifier.flow import Action, Decision, Direction, Endpoint, Flow, Pod, Surroundings
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import ADMIN, TieredPolicy
from verifier.readings import Readings
from verifier.semantics import decide

SEEDS = range(60)
PEERS = [PODS, OF_SHOP, OF_OPS, pods("web"), pods("prometheus"), pods("db", team="sales")]
EGRESS_PEERS = [
    *PEERS,
    networks("0.0.0.0/0"),
    networks("10.1.0.0/16", "203.0.113.0/24"),
    {"nodes": {}},
    {"nodes": {"matchLabels": {"zone": "a"}}},
]
PROTOCOLS = [
    by("tcp", number=5432),
    by("udp", range={"start": 1, "end": 100}),
    by("sctp", number=9999),
    {"destinationNamedPort": "pg"},
]
ACTIONS = ("Accept", "Deny", "Deny", "Pass")


def random_rule(dice: random.Random, peers: list[Any]) -> Any:
    ports = dice.sample(PROTOCOLS[: 3 if peers is EGRESS_PEERS else 4], dice.randrange(3))
    more = {"protocols": ports} if ports else {}
    return rule(dice.choice(ACTIONS), *dice.sample(peers, 1 + dice.randrange(2)), **more)


def random_tiers(dice: random.Random) -> tuple[TieredPolicy, ...]:
    return tuple(
        cnp(
            dice.randrange(3),
            tier=dice.choice(("Admin", "Baseline")),
            name=f"c{number}",
            subject=dice.choice(PEERS),
            ingress=[random_rule(dice, PEERS) for _ in range(1 + dice.randrange(4))],
            egress=[random_rule(dice, EGRESS_PEERS) for _ in range(dice.randrange(4))],
        )
        for number in range(2 + dice.randrange(4))
    )


class World:
    """One draw of policies, readings and facts."""

    def __init__(self, seed: int) -> None:
        self.dice = seeded(seed)
        self.policies = built(random_specs(self.dice)) if self.dice.random() < 0.7 else []
        self.readings = random_readings(self.dice)
        self.tiers = random_tiers(self.dice)
        titles = [policy.title for policy in self.tiers]
        self.dice.shuffle(titles)
        self.surroundings = Surroundings(nodes=(N1, N2), precedence=(*titles, *MORE))

    def decide(
        self,
        one_flow: Flow,
        tiers: tuple[TieredPolicy, ...] | None = None,
        policies: list[NetworkPolicy] | None = None,
    ) -> Decision:
        return decide(
            one_flow,
            self.policies if policies is None else policies,
            self.readings,
            self.tiers if tiers is None else tiers,
            self.surroundings,
        )

    def allowed(
        self, tiers: tuple[TieredPolicy, ...] | None = None, policies: list[NetworkPolicy] | None = None
    ) -> set[int]:
        return {place for place, one in enumerate(FLOWS) if self.decide(one, tiers, policies).allowed}


MORE = ("ClusterNetworkPolicy/head", "ClusterNetworkPolicy/tail")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    world = World(seed)

    assert world.allowed() == world.allowed(world.tiers[::-1], world.policies[::-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_policies_without_rules_change_nothing(seed: int) -> None:
    world = World(seed)
    silent = (cnp(1, name="head"), cnp(1, tier="Baseline", name="tail"))

    assert world.allowed((*world.tiers, *silent)) == world.allowed()
    assert world.allowed(silent) == world.allowed(())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_policy_is_as_good_as_its_rules_one_by_one(seed: int) -> None:
    world = World(seed)
    apart: list[TieredPolicy] = []
    names: list[str] = []
    for title in world.surroundings.precedence[: len(world.tiers)]:
        whole = next(policy for policy in world.tiers if policy.title == title)
        for number in range(max(len(whole.ingress), len(whole.egress))):
            ingress, egress = whole.ingress[number : number + 1], whole.egress[number : number + 1]
            apart.append(replace(whole, name=f"{whole.name}-{number}", ingress=ingress, egress=egress))
            names.append(apart[-1].title)
    together = world.allowed()
    world.surroundings = replace(world.surroundings, precedence=tuple(names))

    assert world.allowed(tuple(apart)) == together


@pytest.mark.parametrize("seed", SEEDS)
def test_what_comes_first_and_matches_everything_silences_the_rest_of_its_tier(seed: int) -> None:
    world = World(seed)
    later = tuple(replace(policy, priority=policy.priority + 1) for policy in world.tiers)
    others = tuple(policy for policy in later if policy.tier != ADMIN)
    anybody = [PODS, networks("0.0.0.0/0", "::/0"), {"nodes": {}}]
    head = cnp(0, name="head", ingress=[leave()], egress=[leave(*anybody)])
    world.readings = replace(world.readings, cidr_matches_nodes=True)

    assert world.allowed((head, *later)) == world.allowed(others)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("first", [accept(), deny()])
def test_what_admin_decides_first_holds_whatever_comes_after(seed: int, first: Any) -> None:
    world = World(seed)
    later = tuple(replace(policy, priority=policy.priority + 1) for policy in world.tiers)
    head = cnp(0, name="head", ingress=[first], egress=[first])

    for one in FLOWS:
        if is_subject(one.source) and is_subject(one.destination):
            among = world.decide(one, (head, *later))
            itself = one.source == one.destination and world.readings.self_traffic == "allowed"
            assert among == world.decide(one, (head,), [])
            assert among.allowed is (itself or first["action"] == "Accept")


@pytest.mark.parametrize("seed", SEEDS)
def test_baseline_has_no_say_over_whom_network_policy_isolates(seed: int) -> None:
    world = World(seed)
    world.policies = built([{"policyTypes": ["Ingress", "Egress"]}])
    admin = tuple(policy for policy in world.tiers if policy.tier == ADMIN)

    for one in FLOWS:
        for side, pod in ((Direction.EGRESS, one.source), (Direction.INGRESS, one.destination)):
            if isinstance(pod, Pod) and pod.namespace.name == "shop":
                with_it, without = world.decide(one), world.decide(one, admin)
                if side is Direction.EGRESS:
                    assert with_it.egress.allowed is without.egress.allowed
                else:
                    assert with_it.ingress.allowed is without.ingress.allowed


@pytest.mark.parametrize("seed", SEEDS)
def test_a_walk_ends_where_it_is_decided(seed: int) -> None:
    world = World(seed)
    final = (Action.ACCEPT, Action.DENY)

    for one in FLOWS:
        decision = world.decide(one)
        for side in (decision.egress, decision.ingress):
            assert all(step.action not in final for step in side.walk[:-1])
            if side.walk and side.walk[-1].action in final:
                assert side.allowed is (side.walk[-1].action is Action.ACCEPT)
            else:
                assert side.allowed


def is_subject(endpoint: Endpoint) -> bool:
    return isinstance(endpoint, Pod) and not endpoint.host_network


def test_the_draws_are_worth_it() -> None:
    seen: set[tuple[str, Action | None]] = set()
    shares = []
    for seed in SEEDS:
        world = World(seed)
        subject = [one for one in FLOWS if is_subject(one.source) and is_subject(one.destination)]
        shares.append(sum(world.decide(one).allowed for one in subject) / len(subject))
        for one in FLOWS:
            decision = world.decide(one)
            steps = (*decision.egress.walk, *decision.ingress.walk)
            seen.update((step.tier, step.action) for step in steps)

    assert {tier for tier, _ in seen} == {"Admin", "NetworkPolicy", "Baseline"}
    assert len(seen) == 4 + 3 + 4
    assert 0.25 < sum(shares) / len(shares) < 0.75
    assert Readings() != World(0).readings
