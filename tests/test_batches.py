"""Which properties are decided together is said by the input alone, and hardly moves when it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.size import Size
from verifier.batches import batches
from verifier.cluster import Cluster
from verifier.properties.spec.scope import Forbid, Property, World
from verifier.reading import loads

FEW = Size(pods=20, policies=10, namespaces=2)
MANY = Size(pods=200, policies=1600, namespaces=4)


def properties(count: int) -> list[Property]:
    anything = Forbid((), ())
    return [Property(index, f"property {index}", anything, World.SNAPSHOT) for index in range(count)]


def cluster(size: Size) -> Cluster:
    return loads(size.manifests())


@pytest.mark.parametrize("count", [0, 1, 7, 300])
@pytest.mark.parametrize("size", [FEW, MANY])
def test_every_property_is_in_one_batch_in_order(count: int, size: Size) -> None:
    asked = properties(count)

    found = batches(asked, cluster(size))

    assert [prop for batch in found for prop in batch] == asked
    assert all(found)


def test_the_more_there_is_to_look_at_the_fewer_are_decided_together() -> None:
    few, many = (max(map(len, batches(properties(500), cluster(size)))) for size in (FEW, MANY))

    assert many < 30 < few <= 128


def test_a_property_more_changes_few_batches() -> None:
    asked, policies = properties(300), cluster(MANY)
    new = replace(asked[0], name="what nobody asked before")

    before = batches(asked, policies)
    after = batches([*asked[:100], new, *asked[100:]], policies)

    assert len(before) > 20
    assert sum(batch not in before for batch in after) <= 3
