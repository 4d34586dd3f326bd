"""Clusters to keep, and what it means that two are the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from verifier.cache import Store
from verifier.cluster import Cluster, Origin
from verifier.loading import Settings, load_cluster
from verifier.loading.kept import Origins
from verifier.source import Contents, JsonValue, gather

PLACED = ("origins", "workload_origins", "unmodelled")  # which hold documents, compared by what they say
NEARLY_ALL = [field.name for field in fields(Cluster) if field.name not in PLACED]


def fresh(contents: Contents, settings: Settings | None = None) -> Cluster:
    return load_cluster(contents, settings or Settings())


def files(*paths: Path | str) -> Contents:
    return gather([str(path) for path in paths], Path())


def was_kept(cluster: Cluster) -> bool:
    return isinstance(cluster.workload_origins, Origins)


def kept(contents: Contents, store: Store, settings: Settings | None = None) -> Cluster:
    """What the second run gets."""
    load_cluster(contents, settings or Settings(), store)
    found = load_cluster(contents, settings or Settings(), store)
    assert was_kept(found)
    return found


def assert_same(found: Cluster, expected: Cluster) -> None:
    """Every field is equal, values' types included, and every object is in the same place."""
    for name in NEARLY_ALL:
        assert getattr(found, name) == getattr(expected, name), name
        assert spelt(getattr(found, name)) == spelt(getattr(expected, name)), name
    assert list(found.population.namespaces) == list(expected.population.namespaces)
    assert shared(found) == shared(expected)
    for ours, theirs in zip(found.unmodelled, expected.unmodelled, strict=True):
        assert_same_place(ours.origin, theirs.origin)
        assert replace(ours, origin=theirs.origin) == theirs
    assert list(found.origins) == list(expected.origins)
    assert list(found.workload_origins) == list(expected.workload_origins)
    for title, origin in expected.origins.items():
        assert_same_place(found.origins[title], origin)
    for key, origin in expected.workload_origins.items():
        assert_same_place(found.workload_origins[key], origin)


def spelt(value: Any) -> object:
    """A value with the classes of all that it holds: `True` is not 1 here, nor a word its text."""
    kind = type(value).__name__
    if isinstance(value, Mapping):
        return [(key, spelt(one)) for key, one in value.items()]
    if isinstance(value, frozenset):
        return kind, sorted(value)
    if isinstance(value, tuple):
        return kind, [spelt(one) for one in value]
    if isinstance(value, BaseModel):
        return kind, value.model_fields_set, spelt(dict(value))
    if is_dataclass(value):
        return kind, [spelt(getattr(value, field.name)) for field in fields(value)]
    return kind, value


def shared(cluster: Cluster) -> list[int]:
    """For each policy the first one with which it shares its spec."""
    first: dict[int, int] = {}
    return [first.setdefault(id(policy.spec), number) for number, policy in enumerate(cluster.policies)]


def assert_same_place(found: Origin, expected: Origin) -> None:
    assert (found.route, found.document.file) == (expected.route, expected.document.file)
    assert found.content == expected.content
    assert repr(found.content) == repr(expected.content)
    for route in routes(expected.content):
        assert found.span(*route) == expected.span(*route)
        assert found.span(*route, key=True) == expected.span(*route, key=True)


def routes(data: JsonValue) -> Iterator[tuple[str | int, ...]]:
    yield ()
    if isinstance(data, dict):
        for key, value in data.items():
            yield from ((key, *route) for route in routes(value))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from ((index, *route) for route in routes(value))
