"""What is called redundant is: compared with trying everybody, on random clusters (S-14)."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path
from random import Random

import pytest

from tests.analyses.lint.brute_sides import BruteSide
from tests.analyses.lint.told import ids, linted
from tests.strategies import Vocabulary, chance, labels, policy, seeded
from verifier.analyses.lint.redundancy import Redundancy
from verifier.analyses.lint.redundant import redundancy_of
from verifier.analyses.lint.scene import Scene
from verifier.cluster import Cluster, Origin, UnmodelledPolicy
from verifier.flow import Direction
from verifier.linter import Choice
from verifier.manifest.network_policy import NetworkPolicy
from verifier.population import METADATA_NAME, Namespace, Population
from verifier.solver.equivalence import Part
from verifier.source import decode

CLUSTERS = int(os.environ.get("NETQED_LINT_CLUSTERS", "60"))
SEED = int(os.environ.get("NETQED_RANDOM_SEED", "7"))
SMALL = Vocabulary(
    namespaces=("a",),
    pod_labels={"app": ("x", "y"), "tier": ("f",)},
    namespace_labels={"team": ("p",), METADATA_NAME: ("a", "z")},
    port_names=("web",),
    ports=(53, 80, 90),
    blocks=(
        ("0.0.0.0/0", ("10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1")),
        ("10.0.0.0/8", ("10.1.0.0/16", "10.1.0.0/24")),
        ("10.1.0.0/16", ("10.1.0.0/31", "10.1.128.0/17")),
        ("::/0", ("fd00::/8",)),
    ),
    addresses=(),
    nodes=(),
)


def cluster(dice: Random) -> Cluster:
    """One namespace with a few policies, some of them written twice, whole or in part."""
    written = [policy(dice, SMALL, f"p{number}") for number in range(dice.randint(1, 3))]
    if chance(dice, 2):
        written.append(_again(dice, dice.choice(written)))
    if chance(dice, 3):
        bare = {"name": "deny", "namespace": "a", "spec": {"policyTypes": ["Ingress", "Egress"]}}
        written.append(NetworkPolicy.model_validate(bare))
    names = {
        name: Namespace(name, None if chance(dice, 3) else labels(dice, SMALL.namespace_labels))
        for name in ("a", "b")
    }
    return Cluster(Population(names), tuple(written))


def _again(dice: Random, one: NetworkPolicy) -> NetworkPolicy:
    """The same rules once more, perhaps in part, for the same pods or for all."""
    spec = one.spec.model_copy(deep=True)
    changes: dict[str, object] = {}
    for section in ("ingress", "egress"):
        rules = getattr(spec, section) or ()
        changes[section] = rules[: dice.randint(0, len(rules))] if chance(dice, 2) else rules
    if chance(dice, 3):
        changes["pod_selector"] = None
    return NetworkPolicy(name="again", namespace="a", spec=spec.model_copy(update=changes))


def every_part(redundancy: Redundancy) -> list[Part]:
    rules = list(redundancy.rules())
    return [*redundancy.policies(), *rules, *(piece for rule in rules for piece in redundancy.pieces(rule))]


def examine(dice: Random) -> Counter[str]:
    drawn = cluster(dice)
    redundancy = redundancy_of(Scene(drawn, 60), "a")
    sides = [BruteSide(drawn.population.namespaces, drawn.policies, direction) for direction in Direction]
    whole = [side.admitted(()) for side in sides]

    def same(removed: frozenset[Part]) -> bool:
        return all(side.admitted(removed) == all_ for side, all_ in zip(sides, whole, strict=True))

    met: Counter[str] = Counter()
    told = f"{drawn.policies}\n{drawn.population}"
    for part in every_part(redundancy):
        expected = same(frozenset((part,)))
        met["redundant" if expected else "needed"] += 1
        assert redundancy.alone(part) is expected, f"{part}\n{told}"
    removals = redundancy.together()
    together = frozenset(removal.part for removal in removals)
    assert same(together), f"{together}\n{told}"
    for part in every_part(redundancy):
        if not any(gone.holds(part) for gone in together):
            assert not same(together | {part}), f"{part} could go too, beside {together}\n{told}"
    left = [part for part in redundancy.policies() if part not in together]
    for several in chain.from_iterable(combinations(left, count) for count in range(2, len(left) + 1)):
        assert not same(together.union(several)), f"{several} could go too, beside {together}\n{told}"
        met["several left"] += 1
    met["together"] += len(together)
    met["only together"] += any(removal.beside for removal in removals)
    return met


def test_redundancy_agrees_with_trying_everybody() -> None:
    met: Counter[str] = Counter()
    for number in range(CLUSTERS):
        met += examine(seeded(SEED * 1_000_000 + number))
    print(f"{CLUSTERS} clusters from seed {SEED}: {dict(met)}")
    assert min(met["redundant"], met["needed"], met["together"]) > CLUSTERS
    assert met["together"] < met["redundant"]


@pytest.mark.parametrize("number", range(3))
def test_each_removal_names_what_makes_it_dispensable(number: int) -> None:
    """Nothing that is named is itself removed, and what is named suffices."""
    dice = seeded(number)
    for _ in range(20):
        drawn = cluster(dice)
        redundancy = redundancy_of(Scene(drawn, 60), "a")
        removals = redundancy.together()
        gone = {removal.part for removal in removals}
        for removal in removals:
            assert not {by for by in removal.by if any(part.holds(by) for part in gone)}
            if removal.part.rule is not None and not redundancy.flows(removal.part).empty:
                assert removal.by


UNMODELLED = UnmodelledPolicy(
    "CiliumNetworkPolicy", "cilium.io/v2", "a", "c", Origin(decode(b"{}", "c.json")[0][0])
)
IDLE = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{}]}
"""
BASELINE = """\
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"""


def test_a_policy_that_admits_everything_keeps_its_pods_from_the_baseline(tmp_path: Path) -> None:
    """CNP-4: what no NetworkPolicy isolates is handed on; so the same policy is idle or not."""
    choice = Choice(select=("redundant-policy",))

    assert ids(linted(tmp_path, IDLE, choice)) == ["redundant-policy"]
    assert ids(linted(tmp_path, IDLE + BASELINE, choice)) == []


@pytest.mark.parametrize("seed", range(25))
def test_where_isolation_counts_the_solver_agrees(seed: int) -> None:
    dice = seeded(seed)
    for _ in range(4):
        drawn = replace(cluster(dice), unmodelled=(UNMODELLED,))
        redundancy = redundancy_of(Scene(drawn, 60), "a")
        for part in redundancy.policies():
            quick = redundancy._policy(part, frozenset())
            if quick is not None:
                assert redundancy.same_without(frozenset((part,))) is quick


def opening(direction: str, selector: str = "{}") -> str:
    """A policy that isolates both ways and opens one of them to everybody."""
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: all-{direction}, namespace: shop}}\n"
        f"spec: {{podSelector: {selector}, policyTypes: [Ingress, Egress], {direction}: [{{}}]}}\n"
    )


def test_policies_that_change_nothing_only_together_are_found(tmp_path: Path) -> None:
    """Each closes what the other opens; together they let everything through, as if nobody were isolated."""
    choice = Choice(select=("redundant-policy",))

    found = linted(tmp_path, opening("ingress") + opening("egress"), choice)

    assert [located.finding.object for located in found.findings] == ["shop/all-ingress", "shop/all-egress"]
    assert {evidence.text for located in found.findings for evidence in located.finding.evidence} == {
        "shop/all-ingress would have to go with it",
        "shop/all-egress would have to go with it",
    }
    web = "{matchLabels: {app: web}}"
    assert ids(linted(tmp_path, opening("ingress", web) + opening("egress"), choice)) == []
