"""Laws that hold of every set of policies, on random ones over a handful of endpoints."""

import random
from itertools import product
from typing import Any

import pytest

from tests.semantics.cast import (
    AGENT_1,
    DB,
    LONER,
    N1,
    N2,
    OUT,
    PROM,
    SCTP,
    TCP,
    UDP,
    WEB,
    app,
    flow,
    policy,
)
from verifier.flow import Endpoint
from verifier.manifest.network_policy import NetworkPolicy
from verifier.readings import READINGS, Readings
from verifier.semantics import decide

SEEDS = range(40)
ENDPOINTS: list[Endpoint] = [WEB, DB, PROM, LONER, AGENT_1, N1, N2, OUT]
FLOWS = [
    flow(source, destination, port, protocol)
    for source, destination in product(ENDPOINTS, ENDPOINTS)
    for port, protocol in ((5432, TCP), (53, UDP), (9999, SCTP))
]
SELECTORS = [
    {},
    app("web"),
    app("db"),
    {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]},
    {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["ops"]}]},
]
CIDRS = ["0.0.0.0/0", "10.1.0.0/16", "203.0.113.0/24", "10.9.0.0/24"]
PORTS = [{}, {"port": 5432}, {"port": "pg"}, {"protocol": "UDP"}, {"port": 5000, "endPort": 6000}]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


def random_rule(dice: random.Random, side: str) -> dict[str, Any]:
    peers = [
        {"podSelector": dice.choice(SELECTORS)},
        {"namespaceSelector": dice.choice(SELECTORS)},
        {"namespaceSelector": dice.choice(SELECTORS), "podSelector": dice.choice(SELECTORS)},
        {"ipBlock": {"cidr": dice.choice(CIDRS)}},
    ]
    return {side: dice.sample(peers, dice.randrange(3)), "ports": dice.sample(PORTS, dice.randrange(3))}


def random_spec(dice: random.Random) -> dict[str, Any]:
    return {
        "podSelector": dice.choice(SELECTORS),
        "policyTypes": dice.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": [random_rule(dice, "from") for _ in range(dice.randrange(3))],
        "egress": [random_rule(dice, "to") for _ in range(dice.randrange(3))],
    }


def random_specs(dice: random.Random) -> list[dict[str, Any]]:
    return [random_spec(dice) for _ in range(1 + dice.randrange(3))]


def random_readings(dice: random.Random) -> Readings:
    return Readings(**{row.name: dice.choice(row.values) for row in READINGS})  # type: ignore[arg-type]


def allowed_places(policies: list[NetworkPolicy], readings: Readings) -> set[int]:
    # By place in the list: a flow holds dicts of labels, which have no hash.
    return {place for place, one in enumerate(FLOWS) if decide(one, policies, readings).allowed}


def built(specs: list[dict[str, Any]]) -> list[NetworkPolicy]:
    return [policy(spec, name=f"p{place}") for place, spec in enumerate(specs)]


@pytest.mark.parametrize("seed", SEEDS)
def test_order_does_not_matter(seed: int) -> None:
    dice = seeded(seed)
    specs, readings = random_specs(dice), random_readings(dice)
    turned = [
        {**spec, "ingress": spec["ingress"][::-1], "egress": spec["egress"][::-1]} for spec in specs[::-1]
    ]

    assert allowed_places(built(specs), readings) == allowed_places(built(turned), readings)


@pytest.mark.parametrize("seed", SEEDS)
def test_with_policy_types_written_out_a_new_rule_removes_no_flow(seed: int) -> None:
    dice = seeded(seed)
    specs, readings = random_specs(dice), random_readings(dice)
    place = dice.randrange(len(specs))
    more = list(specs)
    more[place] = {
        **specs[place],
        "ingress": [*specs[place]["ingress"], random_rule(dice, "from")],
        "egress": [*specs[place]["egress"], random_rule(dice, "to")],
    }

    assert allowed_places(built(specs), readings) <= allowed_places(built(more), readings)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_copy_changes_nothing(seed: int) -> None:
    dice = seeded(seed)
    specs, readings = random_specs(dice), random_readings(dice)

    assert allowed_places(built(specs), readings) == allowed_places(built([*specs, *specs]), readings)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_rules_allow_a_subset_of_any_rules(seed: int) -> None:
    dice = seeded(seed)
    specs, readings = random_specs(dice), random_readings(dice)
    bare = [{**spec, "ingress": [], "egress": []} for spec in specs]
    open_ = [{**spec, "ingress": [{}], "egress": [{}]} for spec in specs]

    assert allowed_places(built(bare), readings) <= allowed_places(built(specs), readings)
    assert allowed_places(built(open_), readings) == set(range(len(FLOWS)))
