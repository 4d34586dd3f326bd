"""A cluster that was kept is the one that is read anew: every field, every place in the text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from random import Random
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from hypothesis import given, settings
from pydantic import BaseModel

from benchmarks.workload import generate
from tests import strategies
from tests.loading.clusters import assert_same, files, fresh, kept
from tests.tier_strategies import tiers
from verifier.cache import Store
from verifier.cluster import Cluster
from verifier.loading import Settings
from verifier.loading.kept import as_bytes, from_bytes
from verifier.loading.plain import CLOSED_SETS, MODELS, RECORDS, Maker, Taker
from verifier.population import Network, Workload
from verifier.source import Document

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted({str(file.parent.relative_to(ROOT)) for file in (ROOT / "examples").rglob("*.yaml")})
POD_SPEC = {"containers": [{"name": "a", "image": "a", "ports": [{"containerPort": 80, "name": "web"}]}]}
MIXED = """\
apiVersion: v1
kind: List
items:
  - &first
    apiVersion: v1
    kind: Pod
    metadata: {name: web, namespace: shop, labels: &l {app: "web"}, annotations: {é: "ü"}}
    spec: {containers: [{name: a, image: a}]}
  - {<<: *first, metadata: {name: db, namespace: shop, labels: *l}}
--- # flow, anchors, an empty document
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: c, namespace: shop}
spec: {order: 1, selector: all()}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {zone: a}}
status: {addresses: [{type: InternalIP, address: 10.9.0.1}, {type: InternalIP, address: "fd00::1"}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: block}
spec:
  podSelector: {}
  ingress:
  - from: [{ipBlock: {cidr: 10.0.0.1/8, except: [10.1.0.0/16]}}]
    ports:
"""


def test_every_class_of_a_cluster_is_on_the_list() -> None:
    assert set(classes(Cluster)) - {Cluster, Document} == {
        *RECORDS,
        *MODELS,
        *CLOSED_SETS,
        *(IPv4Address, IPv6Address, IPv4Network, IPv6Network),
    }


def classes(hint: Any, seen: set[Any] | None = None) -> Iterator[type]:
    """The classes that values of a type may hold, at any depth."""
    seen = set() if seen is None else seen
    if get_args(hint):
        for argument in get_args(hint):
            yield from classes(argument, seen)
    elif isinstance(hint, type) and hint not in seen:
        seen.add(hint)
        if issubclass(hint, Enum | IPv4Address | IPv6Address | IPv4Network | IPv6Network | Document):
            yield hint
        elif is_dataclass(hint) or issubclass(hint, BaseModel):
            yield hint
            hints = get_type_hints(hint)
            names = hint.model_fields if issubclass(hint, BaseModel) else [f.name for f in fields(hint)]
            for name in names:
                yield from classes(hints[name], seen)


@pytest.mark.parametrize("folder", EXAMPLES)
def test_examples(folder: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    contents = files(*(file for file in Path(folder).glob("*.yaml") if file.name != "properties.yaml"))
    if contents.files:
        assert_same(kept(contents, store), fresh(contents))


def test_every_example_has_manifests() -> None:
    assert len(EXAMPLES) > 20


def test_a_large_cluster(tmp_path: Path, store: Store) -> None:
    text = generate(pods=60, policies=100, namespaces=4, seed=1)
    (tmp_path / "a.yaml").write_text(text)

    found = kept(files(tmp_path), store)

    assert_same(found, fresh(files(tmp_path)))
    assert len({id(policy.spec) for policy in found.policies}) < len(found.policies) >= 100


def test_many_files_of_many_sorts(tmp_path: Path, store: Store) -> None:
    text = generate(pods=20, policies=20, namespaces=3, seed=2)
    documents = list(yaml.safe_load_all(text))
    (tmp_path / "a.yaml").write_text(MIXED)
    (tmp_path / "b.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}))
    (tmp_path / "c.yaml").write_text("# nothing\n")
    pods = ({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": n}, "spec": POD_SPEC} for n in "xyz")
    (tmp_path / "d.json").write_bytes(b"\xef\xbb\xbf" + "\n".join(map(json.dumps, pods)).encode())
    last = MIXED.rpartition("---\n")[2].replace("name: block", "name: other")
    (tmp_path / "e.yaml").write_bytes(b"---\r\n" + last.replace("\n", "\r\n").encode())

    contents = files(tmp_path)
    found = kept(contents, store)

    assert_same(found, fresh(contents))
    assert len(contents.files) == 5
    assert found.unmodelled
    assert found.population.nodes
    assert found.warnings


def test_what_a_property_file_declares(tmp_path: Path, store: Store) -> None:
    (tmp_path / "a.yaml").write_text(MIXED)
    pods = (Workload("Pod", "shop", "declared", {"app": "x"}), Workload("Pod", "other", "one"))
    network = Network((IPv4Network("10.0.0.0/8"),), None, (IPv6Network("fd00::/64"),))
    settings = Settings("mine", {"far": {"a": "b"}}, pods, network)

    found = kept(files(tmp_path), store, settings)

    assert_same(found, fresh(files(tmp_path), settings))
    assert found.population.network == network
    assert found.population.workloads[-2:] == pods
    assert len(found.workload_origins) == len(found.population.workloads) - 2


@settings(max_examples=40, deadline=None)
@given(strategies.drawn(lambda dice: random_cluster(dice)))
def test_random_clusters(cluster: Cluster) -> None:
    assert_same(thawed(cluster), cluster)


def random_cluster(dice: Random) -> Cluster:
    words = strategies.RICH
    return Cluster(
        population=strategies.population(dice, words, most=40),
        policies=strategies.policies(dice, words, 30),
        tiers=tiers(dice, words, 20),
        hidden_pods=frozenset(strategies.some(dice, words.namespaces, 2)),
        ignored={"Service": dice.randint(0, 3)},
    )


def thawed(cluster: Cluster) -> Cluster:
    found = from_bytes(as_bytes(cluster, []), [])
    assert found is not None
    return found


def test_what_stays_the_same_object() -> None:
    """Whoever goes by identity sees policies apart that say the same, and specs shared that are one."""
    first, second = strategies.default_deny("a"), strategies.default_deny("a")
    twin = first.model_copy(update={"name": "twin"})
    assert (first.spec == second.spec, first.spec is twin.spec) == (True, True)
    cluster = Cluster(strategies.population(strategies.seeded(1), strategies.RICH), (first, second, twin) * 9)

    policies = thawed(cluster).policies

    assert policies[0].spec is policies[2].spec
    assert policies[0].spec is not policies[1].spec
    assert policies[0] is not policies[1]
    assert policies[0] is policies[3]


def test_a_class_that_is_not_on_the_list_is_our_mistake() -> None:
    with pytest.raises(TypeError, match="a class that can be kept"):
        Taker(lambda document: 0).apart((Path(),))


@pytest.mark.parametrize(
    "value", [None, True, 1, "a", (), ((),), ("a", (1, True)), frozenset(), {}, {"a": ("b",)}]
)
def test_plain_values(value: object) -> None:
    def no_document(number: int) -> Document:
        raise AssertionError(number)

    found = Maker(no_document).whole(Taker(lambda document: 0).apart(value))

    assert (found, repr(found)) == (value, repr(value))
