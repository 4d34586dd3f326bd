"""Pods that operators make: which declared ones stand for them, and when a warning is due."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.programs import PROVED, run, shop
from tests.cluster.written import build, item
from verifier.population import Workload


def prometheus(name: str, **spec: Any) -> dict[str, Any]:
    return item("monitoring.coreos.com/v1", "Prometheus", name, "monitoring", spec=spec)


LABELLED = {"podMetadata": {"labels": {"app": "prometheus", "tier": "ops"}}}


@pytest.mark.parametrize(
    ("objects", "declared", "left"),
    [
        ([prometheus("k8s")], [("prometheus", {})], 0),
        ([prometheus("k8s")], [("prometheus-k8s-0", {})], 0),
        ([prometheus("k8s")], [("k8s", {})], 0),
        ([prometheus("k8s")], [("prometheusx", {}), ("k8", {}), ("web", {"app": "x"})], 1),
        ([prometheus("k8s"), prometheus("other")], [("prometheus", {}), ("web", {})], 1),
        # The first pod may be either; the second is the first object's alone.
        ([prometheus("k8s"), prometheus("other")], [("prometheus", {}), ("k8s-0", {})], 0),
        ([prometheus("k8s", **LABELLED)], [("web", {"app": "prometheus", "tier": "ops", "more": "x"})], 0),
        ([prometheus("k8s", **LABELLED)], [("prometheus-k8s", {"app": "prometheus"})], 1),
        ([prometheus("k8s", podMetadata={"labels": 1})], [("prometheus", {})], 0),
    ],
)
def test_a_declared_pod_stands_for_an_object_that_may_make_it(
    objects: list[dict[str, Any]], declared: list[tuple[str, dict[str, str]]], left: int
) -> None:
    pods = [Workload("Pod", "monitoring", name, labels) for name, labels in declared]
    elsewhere = [Workload("Pod", "shop", "prometheus", LABELLED["podMetadata"]["labels"])]
    cluster = build(*objects, declared_pods=[*elsewhere, *pods])

    assert [warning.code for warning in cluster.warnings] == ["pods-not-shown"] * left


def test_the_warning_says_which_pods_would_do() -> None:
    by_name, by_label = build(prometheus("k8s"), prometheus("ops", **LABELLED)).warnings

    assert by_name.help is not None
    assert by_name.help.endswith("under a name that begins with `k8s` or `prometheus`")
    assert by_label.help is not None
    assert by_label.help.endswith("with the labels that it states: `app: prometheus`, `tier: ops`")


def test_the_warning_says_which_labels_a_pod_of_that_name_lacks() -> None:
    pods = [Workload("Pod", "monitoring", name, {"app": "prometheus"}) for name in ("web", "prometheus-k8s")]
    (warning,) = build(prometheus("k8s", **LABELLED), declared_pods=pods).warnings

    assert warning.help == "`prometheus-k8s` of `spec.pods` lacks labels that it states: `tier: ops`"


def test_the_report_for_people_says_what_to_do(tmp_path: Path) -> None:
    shop(tmp_path, PROVED)
    with (tmp_path / "shop.yaml").open("a", encoding="utf-8") as file:
        file.write("---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\n")

    done = run("properties.yaml", folder=tmp_path)

    assert "  warning: shop.yaml:" in done.stdout
    assert "    help: declare them in `spec.pods` of the property file, under a name" in done.stdout
