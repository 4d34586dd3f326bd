"""S-12: what policies of unmodelled kinds leave certain, and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DB, DENY_ALL, SHOP, TO_DB, WEB, both, decide, namespace, node, pod
from verifier.verdict import Unknown

CILIUM = (
    "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
    "metadata: {name: x, namespace: %s}\nspec: {endpointSelector: {}}\n"
)


def test_s12_an_unmodelled_policy_has_the_last_word_in_its_namespace(tmp_path: Path) -> None:
    manifests = SHOP + WEB + DB + CILIUM % "shop"

    for kind in ("forbid", "require"):
        result = decide(tmp_path, manifests, TO_DB.replace("forbid", kind))
        assert both(result) == ("unknown", "unknown")
        assert isinstance(result.verdict, Unknown)
        assert any("CiliumNetworkPolicy `shop/x`" in fact for fact in result.verdict.depends_on)


def test_s12_what_holds_whatever_it_says_is_proved(tmp_path: Path) -> None:
    # It may touch pods of ops only; shop's own policy shuts db.
    manifests = SHOP + namespace("ops") + pod("mon", where="ops") + DB + DENY_ALL + CILIUM % "ops"
    statement = "forbid: {from: {namespace: ops}, to: {namespace: shop, workload: db}}"

    assert both(decide(tmp_path, manifests, statement)) == ("proved", "proved")


@pytest.mark.parametrize("source", ["external", "node"])
@pytest.mark.parametrize("names", ["a", "axz"])
def test_s12_it_says_nothing_of_who_is_no_pod_of_its_namespace(
    names: str, source: str, tmp_path: Path
) -> None:
    spaces = "".join(namespace(name) + pod("x", where=name) + CILIUM % name for name in names)
    manifests = SHOP + spaces + pod("web", "app: web", spec="nodeName: n2,") + node("n1", "10.9.0.1")

    result = decide(tmp_path, manifests, f"forbid: {{from: {source}, to: {{namespace: shop}}}}")

    assert both(result) == ("refuted", "refuted")


@pytest.mark.parametrize("source", ["external", "{namespace: shop, workload: db}"])
@pytest.mark.parametrize("kind", ["forbid", "require"])
def test_s12_a_policy_of_the_whole_cluster_has_the_last_word_everywhere(
    kind: str, source: str, tmp_path: Path
) -> None:
    everywhere = CILIUM.replace("CiliumN", "CiliumClusterwideN").replace(", namespace: %s", "")
    statement = f"{kind}: {{from: {source}, to: {{namespace: shop, workload: web}}}}"

    assert both(decide(tmp_path, SHOP + WEB + DB + everywhere, statement)) == ("unknown", "unknown")
