"""Selectors of cluster-wide policies: what is said of them against trying every pod shown, and the words."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.analyses.lint.told import linted
from tests.strategies import RICH, population, seeded
from tests.tier_strategies import tiers
from verifier.analyses.lint.finding import Finding, Route
from verifier.analyses.lint.registry import findings
from verifier.analyses.lint.scene import Scene
from verifier.cluster import Cluster
from verifier.flow import Direction
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.tiers import Peer, PodSet, TieredPolicy, TieredRule
from verifier.population import METADATA_NAME, Population, Workload
from verifier.semantics import label_selector_matches

CLUSTERS = int(os.environ.get("NETQED_LINT_CLUSTERS", "60"))
SEED = int(os.environ.get("NETQED_RANDOM_SEED", "11"))
DEAD = frozenset({"dead-policy", "dead-peer", "misspelt-label"})
OF_NAMESPACES = frozenset({"unmatched-namespace", "misspelt-namespace", "namespace-name-label"})
WANTED = DEAD | OF_NAMESPACES | {"contradictory-selector"}


def sets_of(policy: TieredPolicy) -> Iterator[tuple[Route, PodSet]]:
    """The subject and the peers that are pods, by their place."""
    yield ("spec", "subject"), policy.subject
    for direction in Direction:
        key = "from" if direction is Direction.INGRESS else "to"
        for rule in policy.rules(direction):
            for index, peer in enumerate(rule.peers):
                if isinstance(peer, PodSet):
                    yield (*rule.route, key, index), peer


def by_pods(dice: Random, policy: TieredPolicy, names: Sequence[str]) -> TieredPolicy:
    """The same policy, its pods written as `pods`, often in namespaces by name."""

    def written(peer: Peer) -> Peer:
        if not isinstance(peer, PodSet):
            return peer
        if dice.randrange(3):
            values = sorted(dice.sample(names, dice.randint(1, len(names))))
            meant = [{"key": METADATA_NAME, "operator": "In", "values": values}]
            peer = replace(peer, namespaces=LabelSelector.model_validate({"matchExpressions": meant}))
        return replace(peer, by_pods=True)

    def rule(one: TieredRule) -> TieredRule:
        return replace(one, peers=tuple(map(written, one.peers)))

    subject = written(policy.subject)
    assert isinstance(subject, PodSet)
    return replace(
        policy,
        subject=subject,
        ingress=tuple(map(rule, policy.ingress)),
        egress=tuple(map(rule, policy.egress)),
    )


def plain(people: Population) -> Population:
    """The same people with every namespace declared, each with a pod, and no label that a controller sets."""
    spaces = {name: replace(each, labels=each.labels or {}) for name, each in people.namespaces.items()}
    workloads = [replace(each, controller_labels=frozenset()) for each in people.workloads]
    return replace(people, namespaces=spaces, workloads=tuple(workloads))


def selected(pods: PodSet, people: Population) -> list[Workload]:
    """The pods shown in it, by the reference reading."""
    there = selected_namespaces(pods, people)
    return [
        workload
        for workload in people.workloads
        if workload.namespace in there and label_selector_matches(pods.pods, workload.labels)
    ]


def selected_namespaces(pods: PodSet, people: Population) -> set[str]:
    return {
        name
        for name, each in people.namespaces.items()
        if label_selector_matches(pods.namespaces, {**(each.labels or {}), METADATA_NAME: name})
    }


def by_name(pods: PodSet, people: Population) -> bool:
    """Whether it asks for namespaces by names that are all there: none that is made later is meant."""
    return any(
        each.key == METADATA_NAME
        and each.operator is Operator.IN
        and set(each.values or ()) <= set(people.namespaces)
        for each in pods.namespaces.match_expressions or ()
    )


def test_what_is_said_agrees_with_trying_every_pod_shown() -> None:
    met: Counter[str] = Counter()
    for number in range(CLUSTERS):
        dice = seeded(SEED * 1_000_000 + number)
        people = plain(population(dice, RICH, most=5))
        names = sorted(people.namespaces)
        cluster = Cluster(people, (), tuple(by_pods(dice, one, names) for one in tiers(dice, RICH, 4)))
        scene = Scene(cluster, 30)
        found = findings(scene, WANTED)
        for policy in cluster.tiers:
            for route, pods in sets_of(policy):
                _judge(scene, found, policy, route, pods, met)
    print(f"from seed {SEED}: {dict(met)}")
    assert min(met["dead"], met["of nobody"], met["alive"]) >= CLUSTERS // 15, met
    assert met["contradictory"] > 0, met


def _judge(
    scene: Scene, found: list[Finding], policy: TieredPolicy, route: Route, pods: PodSet, met: Counter[str]
) -> None:
    people, told = scene.population, {"podSelector": set[str](), "namespaceSelector": set[str]()}
    for finding in found:
        for key, ids in told.items():
            if finding.place.owner == policy.title and finding.place.route == (*route, "pods", key):
                ids.add(finding.id)
    case = f"{policy.title} {route}: {pods}\n{told}\n{people}"
    alone, spaces = told["podSelector"], selected_namespaces(pods, people)
    if selected(pods, people):
        assert not alone & DEAD, case
        met["alive"] += 1
    if spaces:
        assert not told["namespaceSelector"] - {"misspelt-label"}, case
    # The other way round, where all is known: the namespaces are there by name, and show their pods.
    shown = all(scene.all_shown(name) for name in spaces)
    contradictory = "contradictory-selector" in alone | told["namespaceSelector"]
    if contradictory:
        assert not selected(pods, people), case
        met["contradictory"] += 1
    elif spaces and shown and by_name(pods, people) and not selected(pods, people):
        assert alone & DEAD, case
        met["dead"] += 1
    elif not spaces:
        assert not alone & {"dead-policy", "dead-peer"}, case
        met["of nobody"] += 1


SHOP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: front}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: website}}
spec: {containers: [{name: web, image: web}]}
"""
ADMIN = """---
apiVersion: policy.networking.k8s.io/%s
kind: %s
metadata: {name: rails}
spec:
  %s
  subject: %s
  ingress:
    - action: Deny
      from: [%s]
"""
KINDS = {
    "AdminNetworkPolicy": ("v1alpha1", "priority: 1"),
    "BaselineAdminNetworkPolicy": ("v1alpha1", "{}"),
    "ClusterNetworkPolicy": ("v1alpha2", "tier: Admin\n  priority: 1"),
}
HERE = "{namespaces: {matchLabels: {team: front}}}"


def pods(labels: str, namespaces: str = "{matchLabels: {kubernetes.io/metadata.name: shop}}") -> str:
    return f"{{pods: {{namespaceSelector: {namespaces}, podSelector: {labels}}}}}"


def named(key: str, value: str) -> str:
    return f"{{matchLabels: {{{key}: {value}}}}}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("subject", "peer", "expected"),
    [
        (HERE, HERE, []),
        (pods(named("app", "website")), HERE, []),
        (pods(named("app", "websiet")), HERE, [("misspelt-label", "subject.pods.podSelector")]),
        (pods(named("app", "db")), HERE, [("dead-policy", "subject.pods.podSelector")]),
        (HERE, pods(named("app", "webside")), [("misspelt-label", "ingress[0].from[0].pods.podSelector")]),
        (HERE, pods(named("role", "db"), "{}"), []),  # a namespace to come may have such pods
        (HERE, pods(named("role", "db")), [("dead-peer", "ingress[0].from[0].pods.podSelector")]),
        (
            HERE,
            pods("{matchExpressions: [{key: app, operator: In, values: [website, worker]}]}"),
            [("dead-value", "ingress[0].from[0].pods.podSelector")],
        ),
        (f"{{namespaces: {named('team', 'fronk')}}}", HERE, [("misspelt-label", "subject.namespaces")]),
        (
            f"{{namespaces: {named('team', 'billing')}}}",
            HERE,
            [("unmatched-namespace", "subject.namespaces")],
        ),
        (f"{{namespaces: {named('name', 'shop')}}}", HERE, [("namespace-name-label", "subject.namespaces")]),
        (
            HERE,
            pods("{}", named("kubernetes.io/metadata.name", "shup")),
            [("misspelt-namespace", "ingress[0].from[0].pods.namespaceSelector")],
        ),
        (
            pods("{matchLabels: {app: website}, matchExpressions: [{key: app, operator: DoesNotExist}]}"),
            HERE,
            [("contradictory-selector", "subject.pods.podSelector")],
        ),
    ],
)
def test_who_is_meant(
    kind: str, subject: str, peer: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    version, order = KINDS[kind]
    text = ADMIN % (version, kind, "priority: 1" if order == "{}" else order, subject, peer)
    if order == "{}":
        text = text.replace("  priority: 1\n", "").replace("name: rails", "name: default")

    found = [located.finding for located in linted(tmp_path, SHOP + text).findings]

    selecting = WANTED | {"dead-value", "empty-tier-rule"}
    assert [(each.id, each.part) for each in found if each.id in selecting] == expected
