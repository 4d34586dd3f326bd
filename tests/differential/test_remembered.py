"""Verdicts of an earlier run against those worked out anew, after random edits of the policies (S-10).

`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.differential.blocks import edited
from tests.differential.rounds import rounds
from tests.strategies import KINDS, RICH, choices, policies, population, statement
from tests.tier_strategies import tiers
from verifier import batches
from verifier.cache import Store, open_store
from verifier.cluster import Cluster
from verifier.deciding import Findings, decide_all
from verifier.pieces import Limits, Task
from verifier.population import Population
from verifier.properties.spec.file import PropertySetFile
from verifier.properties.spec.scope import Property, World
from verifier.property_file import PropertySet
from verifier.readings import DEFAULT_PROFILE
from verifier.source import decode

PLENTY = 300.0  # nothing is kept that came near to the limit


def task(cluster: Cluster, properties: tuple[Property, ...], *, both: bool, counterexamples: int = 1) -> Task:
    spec = {
        "manifests": ["k8s"],
        "newNamespaces": "both" if both else "one",
        "properties": [{"name": prop.name, "cover": {"pods": "any"}} for prop in properties],
    }
    file = PropertySetFile.model_validate(
        {"apiVersion": "netqed.dev/v1", "kind": "PropertySet", "spec": spec}
    )
    (document,), _ = decode(b"{}", "properties.yaml")
    one = PropertySet(document, file, cluster, properties, 1, DEFAULT_PROFILE)
    return Task(one, properties, Limits(PLENTY, 2048, counterexamples))


def random_properties(dice: Random, people: Population, count: int) -> tuple[Property, ...]:
    return tuple(random_property(dice, people, index) for index in range(count))


def random_property(dice: Random, people: Population, index: int) -> Property:
    kind = dice.choice(KINDS)
    worlds = [world for world in World if kind != "cover" or world is not World.ANY_POLICY]
    return Property(
        index,
        f"property {index}",
        statement(dice, RICH, people, kind),
        dice.choice((*worlds, World.SNAPSHOT)),
        readings=choices(dice, free=dice.choice((0, 1))),
    )


def said(findings: Findings) -> str:
    """Return all that a report can show, `seconds` aside, order included."""
    results = [replace(result, seconds=0.0) for result in findings.results]
    return repr((results, findings.contradictions, findings.all_contradictions))


def nobody(name: str) -> None:
    """Be told, and say nothing."""


def remembered(findings: Findings) -> int:
    return sum(result.seconds == 0.0 for result in findings.results)


def edit_and_compare(dice: Random, store: Store) -> Counter[str]:
    people = population(dice, RICH)
    some_tiers = tiers(dice, RICH, 3) if not dice.randrange(3) else ()
    cluster = Cluster(people, policies(dice, RICH, 5), some_tiers)
    properties, both = random_properties(dice, people, 4), not dice.randrange(3)
    many = dice.choice((1, 1, 3))
    met: Counter[str] = Counter()
    decide_all(task(cluster, properties, both=both, counterexamples=many), 1, nobody, store)
    for _ in range(3):
        cluster = replace(cluster, policies=edited(dice, RICH, cluster.policies))
        now = task(cluster, properties, both=both, counterexamples=many)
        known = decide_all(now, 1, nobody, store)
        anew = decide_all(now, 1, nobody)
        assert said(known) == said(anew), (people, cluster.policies, properties)
        met["taken"] += remembered(known)
        met["decided"] += len(properties) - remembered(known)
        again = decide_all(now, 1, nobody, store)
        assert said(again) == said(anew)
        met["taken again"] += remembered(again)
    return met


@pytest.mark.parametrize("work", [1, 64], ids=["each alone", "in batches"])
def test_what_is_remembered_is_what_would_be_found(
    work: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(batches, "_WORK", work)
    store = open_store({"NETQED_CACHE_DIR": str(tmp_path / "cache")})
    met: Counter[str] = Counter()
    for _, dice in rounds(8):
        met += edit_and_compare(dice, store)

    if work == 1:  # few edits leave a whole batch alone
        assert met["taken"] > 10, met
    assert met["decided"] > 30, met
    assert met["taken again"] > 60, met
