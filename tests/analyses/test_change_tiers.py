"""What would let a refused flow through where tiers stand around NetworkPolicies, or why nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.test_change import TO_DB, refuted
from tests.attack.cases_tiers import BASELINE, admin, egress, ingress, tiered
from tests.cli.programs import run
from tests.soundness.cluster import DB, DENY_ALL, SHOP, WEB, namespace, pod, policy
from verifier.verdict import Change

INTO_DB = policy("{podSelector: {matchLabels: {app: db}}}")
OURS, THEIRS = (f"[{{namespaces: {{matchLabels: {{team: {team}}}}}}}]" for team in ("sales", "ops"))
OURS_BY_NAME = "[{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]"
CLIENT = namespace("shop", "team: sales") + WEB + DB
BARE = WEB + DB  # nobody declares the namespace
EVERYBODY = "[{namespaces: {}}]"


def rules(*each: str) -> str:
    return f"ingress: [{', '.join(each)}]"


def rule(action: str, peers: str, port: str = "") -> str:
    ports = f", ports: [{{portNumber: {{port: {port}}}}}]" if port else ""
    return f"{{action: {action}, from: {peers}{ports}}}"


SAID = {
    "a tier that says nothing": CLIENT + INTO_DB + admin(ingress("Deny", THEIRS)),
    "a Pass before the Deny": CLIENT + INTO_DB + admin(rules(rule("Pass", OURS), rule("Deny", EVERYBODY))),
    "a Pass of lower priority number": CLIENT
    + INTO_DB
    + admin(ingress("Pass", OURS), name="a")
    + admin(ingress("Deny", EVERYBODY), 2, name="b"),
    "a Deny on another port": CLIENT + INTO_DB + admin(rules(rule("Deny", EVERYBODY, "80"))),
    "a Deny of the baseline, which is not asked": CLIENT + INTO_DB + BASELINE,
    "an Allow on the other side": CLIENT + DENY_ALL + admin(egress("Allow", EVERYBODY)),
    "by the name, which is known": BARE
    + INTO_DB
    + admin(rules(rule("Pass", OURS_BY_NAME), rule("Deny", EVERYBODY))),
}
SILENT = {
    "a Deny": CLIENT + INTO_DB + admin(ingress("Deny", OURS)),
    "a Deny of the other side": CLIENT + INTO_DB + admin(egress("Deny", OURS)),
    "a Pass that ties with the Deny": CLIENT
    + INTO_DB
    + admin(ingress("Pass", OURS), name="a")
    + admin(ingress("Deny", EVERYBODY), name="b"),
    "labels of the namespace that nobody states": BARE
    + INTO_DB
    + admin(rules(rule("Pass", OURS), rule("Deny", EVERYBODY))),
    "addresses that nobody states": CLIENT
    + INTO_DB
    + admin("egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]"),
    "a Deny with unknown peers": CLIENT + INTO_DB + admin(ingress("Deny", "[{things: {}}]")),
    "an open side that the baseline denies": CLIENT
    + INTO_DB
    + tiered("BaselineAdminNetworkPolicy", egress("Deny", EVERYBODY), "default"),
}


def changes(folder: Path, manifests: str) -> tuple[Change, ...]:
    return refuted(folder, manifests, TO_DB).changes


@pytest.mark.parametrize("case", SAID)
def test_a_change_of_networkpolicies_is_named_where_they_alone_refuse(case: str, tmp_path: Path) -> None:
    (found,) = changes(tmp_path, SAID[case])

    assert found.direction == "Ingress"


@pytest.mark.parametrize("case", SILENT)
def test_nothing_is_said_where_a_tier_may_refuse(case: str, tmp_path: Path) -> None:
    assert changes(tmp_path, SILENT[case]) == ()


def test_a_side_that_a_tier_opens_needs_no_change(tmp_path: Path) -> None:
    """Without the Allow both sides would need one."""
    both = changes(tmp_path, SHOP + WEB + DB + DENY_ALL)

    assert [each.direction for each in both] == ["Egress", "Ingress"]


@pytest.mark.parametrize(
    ("tier", "said"),
    [
        (admin(ingress("Deny")), "ingress: no NetworkPolicy can, since the Admin tier is asked before them"),
        (BASELINE, "ingress: select the pod with a NetworkPolicy that lets it through, or put a rule"),
    ],
    ids=["Admin", "Baseline"],
)
def test_explain_says_why_no_networkpolicy_helps(tmp_path: Path, tier: str, said: str) -> None:
    (tmp_path / "shop.yaml").write_text(CLIENT + pod("mon", "app: mon") + tier, "utf-8")

    done = run("explain", "shop/web", "shop/db", "5432", "-f", "shop.yaml", folder=tmp_path)

    assert said in done.stdout
    assert "ingress[0] (shop.yaml:" in done.stdout.partition("to allow it")[2]
