"""What a proof rests on: the named isolations and rules, all of them and nothing besides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.differential.held import directions_of, with_rules, with_types
from tests.soundness.cluster import DB, DENY_ALL, SHOP, TO_DB, WEB, decide, node, pod, policy
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Action, Direction, Ground, Isolation, RuleRef
from verifier.manifest.tiers import TieredPolicy
from verifier.properties.spec.scope import Property, Require
from verifier.property_file import Overrides, load_property_sets
from verifier.verdict import OpenSide, Proved

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("properties.yaml"))
EGRESS, INGRESS = Direction.EGRESS, Direction.INGRESS
REQUIRE = TO_DB.replace("forbid", "require")
FROM_WEB = "from: [{podSelector: {matchLabels: {app: web}}}]"
TO_THE_DB = "to: [{podSelector: {matchLabels: {app: db}}}]"


def proof(folder: Path, manifests: str, statement: str) -> Proved:
    verdict = decide(folder, manifests, statement).verdict
    assert isinstance(verdict, Proved)
    assert verdict.irreducible
    return verdict


def grounds(found: Proved) -> list[Ground]:
    return [basis.ground for basis in found.grounds or ()]


def test_a_policy_is_named_for_the_direction_that_matters(tmp_path: Path) -> None:
    receives_nothing = "forbid: {from: {external: true}, to: {namespace: shop}}"
    sends_nothing = "forbid: {from: {namespace: shop}, to: {external: true}}"

    assert grounds(proof(tmp_path, SHOP + WEB + DENY_ALL, receives_nothing)) == [
        Isolation("shop/deny", INGRESS)
    ]
    assert grounds(proof(tmp_path, SHOP + WEB + DENY_ALL, sends_nothing)) == [Isolation("shop/deny", EGRESS)]
    neither = "cover: {pods: {namespace: shop}}"
    assert grounds(proof(tmp_path, SHOP + WEB + DENY_ALL, neither)) == [
        Isolation("shop/deny", EGRESS),
        Isolation("shop/deny", INGRESS),
    ]


def test_one_side_that_refuses_is_enough(tmp_path: Path) -> None:
    found = proof(tmp_path, SHOP + WEB + DB + DENY_ALL, TO_DB)

    assert len(grounds(found)) == 1
    assert found.rests_on == ("shop/deny",)


def test_two_policies_may_be_needed_for_one_side_each(tmp_path: Path) -> None:
    cache = pod("cache", "app: cache")
    # db takes in nothing, and cache is sent nothing.
    shut = policy("{podSelector: {matchLabels: {app: db}}}", name="shut")
    hushed = policy(
        f"{{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress], egress: [{{{TO_THE_DB}}}]}}",
        name="hushed",
    )
    statement = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, except: %s}}"
    statement %= "{namespace: shop, workload: web}"

    found = proof(tmp_path, SHOP + WEB + DB + cache + shut + hushed, statement)

    assert grounds(found) == [Isolation("shop/hushed", EGRESS), Isolation("shop/shut", INGRESS)]
    assert [basis.pods for basis in found.grounds or ()] == ["pods with `app: web`", "pods with `app: db`"]


def test_fewer_policies_are_preferred_to_fewer_isolations(tmp_path: Path) -> None:
    # Alone, `deny` is enough; `other` isolates for ingress alone, and would do for that.
    other = policy("{podSelector: {}, policyTypes: [Ingress]}", name="other")

    found = proof(tmp_path, SHOP + WEB + DENY_ALL + other, "cover: {pods: {namespace: shop}}")

    assert grounds(found) == [Isolation("shop/deny", EGRESS), Isolation("shop/deny", INGRESS)]


def test_of_a_policy_only_the_rules_that_let_it_through_are_named(tmp_path: Path) -> None:
    rules = (
        f"{{{FROM_WEB}, ports: [{{port: 80}}]}}",
        f"{{{FROM_WEB}, ports: [{{port: 5432}}]}}",
        f"{{{FROM_WEB}, ports: [{{port: 5433}}]}}",
    )
    into = policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{', '.join(rules)}]}}")
    both = REQUIRE.replace("}}", "}, ports: [5432, 5433]}")
    one = REQUIRE.replace("}}", "}, ports: [5433]}")

    assert grounds(proof(tmp_path, SHOP + WEB + DB + into, both)) == [
        RuleRef("shop/p", INGRESS, 1),
        RuleRef("shop/p", INGRESS, 2),
    ]
    found = proof(tmp_path, SHOP + WEB + DB + into, one)
    assert grounds(found) == [RuleRef("shop/p", INGRESS, 2)]
    assert found.open_sides == (OpenSide(EGRESS, unisolated=True),)


def test_a_require_that_needs_no_rule_says_so(tmp_path: Path) -> None:
    found = proof(tmp_path, SHOP + WEB + DB, REQUIRE)

    assert found.grounds == ()
    assert found.open_sides == (OpenSide(EGRESS, unisolated=True), OpenSide(INGRESS, unisolated=True))


def test_a_pod_that_lets_its_own_node_in_may_be_isolated(tmp_path: Path) -> None:
    placed = pod("db", "app: db", spec="nodeName: n1,")
    statement = "require: {from: {node: n1}, to: {namespace: shop, workload: db}}"

    found = proof(tmp_path, SHOP + node("n1") + placed + DENY_ALL, statement)

    assert found.grounds == ()
    assert found.open_sides == (OpenSide(EGRESS, unisolated=True), OpenSide(INGRESS, unisolated=False))


# --- the examples -----------------------------------------------------------------------------------------


def held(cluster: Cluster, prop: Property, items: Collection[Ground]) -> Cluster:
    """The cluster in which policies do nothing but `items`; an isolation keeps its own rules.

    Of tiers the rules that speak against the proof stay as well.
    """
    allowing = isinstance(prop.statement, Require)
    against = Action.DENY if allowing else Action.ACCEPT
    tiers = tuple(with_tier_rules(policy, items, against) for policy in cluster.tiers)
    if allowing:
        policies = tuple(with_rules(policy, items) for policy in cluster.policies)
    else:
        isolating = [(policy, directions_of(policy, items)) for policy in cluster.policies]
        policies = tuple(with_types(policy, types) for policy, types in isolating if types)
    return replace(cluster, policies=policies, tiers=tiers)


def with_tier_rules(policy: TieredPolicy, items: Collection[Ground], against: Action) -> TieredPolicy:
    ingress, egress = (
        tuple(
            rule
            for index, rule in enumerate(policy.rules(direction))
            if rule.action is against or RuleRef(policy.title, direction, index) in items
        )
        for direction in (INGRESS, EGRESS)
    )
    return replace(policy, ingress=ingress, egress=egress)


def stands(cluster: Cluster, prop: Property) -> bool:
    return isinstance(Engine(cluster, [prop.of_one_set]).decide(prop, 30)[prop.world], Proved)


def proofs(example: Path) -> Iterator[tuple[Cluster, Property, Proved]]:
    sets, faults = load_property_sets([str(example)], Overrides())
    assert not faults
    for one in sets:
        engine = Engine(one.cluster, [prop.of_one_set for prop in one.properties])
        for prop in one.properties:
            verdict = engine.decide(prop, 30)[prop.world]
            if isinstance(verdict, Proved):
                yield one.cluster, prop, verdict


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_a_proof_stands_on_what_it_names_and_on_nothing_less(example: Path) -> None:
    tried = 0
    for cluster, prop, verdict in proofs(example):
        named: Sequence[Ground] = grounds(verdict)
        assert stands(held(cluster, prop, named), prop), prop.name
        for item in named:
            fewer = [other for other in named if other != item]
            assert not stands(held(cluster, prop, fewer), prop), f"{prop.name} does without {item}"
            tried += 1
    assert tried or example.parent.name == "default-open"
