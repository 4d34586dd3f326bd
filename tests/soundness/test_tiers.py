"""What tiers add to completions and worlds: orders of ties, names, labels of nodes, hand-over, any policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.attack.cases_tiers import BASELINE, HALF, admin, egress, ingress, tiered
from tests.soundness.cluster import namespace, node, pod, policy, write
from verifier.cli.main import app
from verifier.diagnostics import InputError
from verifier.flow import Direction, Ground, RuleRef
from verifier.population import World
from verifier.report import PropertyResult
from verifier.verdict import Depends, FlowCounterexample, Proved, Refuted, Unknown
from verifier.verify import check

CAST = (
    namespace("shop")
    + pod("web", "app: web", ip="10.1.0.1")
    + pod("db", "app: db", ip="10.1.0.2")
    + namespace("ops")
    + pod("mon", "app: mon", where="ops", ip="10.1.0.3")
)
ENDS = "from: {workload: web}, to: {workload: db}"
FORBID, REQUIRE = f"forbid: {{{ENDS}}}", f"require: {{{ENDS}, ports: [80]}}"
X, Y, Z = (f"AdminNetworkPolicy/{name}" for name in "xwz")


def decided(folder: Path, manifests: str, statement: str, spec: str = "") -> PropertyResult:
    (result,) = check(str(write(folder, manifests, statement, spec))).results
    return result


def at(port: int, action: str) -> str:
    return f"{{action: {action}, from: [{{namespaces: {{}}}}], ports: [{{portNumber: {{port: {port}}}}}]}}"


# --- S-16: ties -------------------------------------------------------------------------------------


def test_s16_depends_names_the_two_policies_and_which_comes_first(tmp_path: Path) -> None:
    manifests = CAST + admin(ingress("Allow"), name="x") + admin(ingress("Deny"), name="w")

    verdict = decided(tmp_path, manifests, REQUIRE).verdict

    assert isinstance(verdict, Depends)
    (choice,) = verdict.assignment
    assert (choice.kind, choice.item, choice.value) == ("order", "ANP-11", Y)
    assert choice.text == f"{Y} is asked before {X}, of equal priority"
    shown = verdict.counterexample
    assert isinstance(shown, FlowCounterexample)
    assert shown.surroundings.precedence == (Y, X)


def test_s16_an_order_is_total(tmp_path: Path) -> None:
    """Each port is open in some order of the three; no order opens all of them."""
    manifests = (
        CAST
        + admin(f"ingress: [{at(1, 'Allow')}, {at(3, 'Deny')}]", name="x")
        + admin(f"ingress: [{at(2, 'Allow')}, {at(1, 'Deny')}]", name="w")
        + admin(f"ingress: [{at(3, 'Allow')}, {at(2, 'Deny')}]", name="z")
    )

    one = decided(tmp_path, manifests, f"require: {{{ENDS}, ports: [1]}}").verdict
    every = decided(tmp_path, manifests, f"require: {{{ENDS}, ports: [1, 2, 3]}}").verdict

    assert isinstance(one, Depends)
    assert isinstance(every, Refuted)


def test_s16_no_order_matters_between_policies_of_different_pods(tmp_path: Path) -> None:
    subject = "subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: %s}}}}"
    others = [
        admin(ingress(action), name=name).replace("subject: {namespaces: {}}", subject % app_label)
        for action, name, app_label in (("Allow", "x", "db"), ("Deny", "w", "web"))
    ]

    assert isinstance(decided(tmp_path, CAST + "".join(others), REQUIRE).verdict, Proved)


# --- S-1, S-12: names, nodes, hand-over -------------------------------------------------------------

NAMES = (
    'egress: [{action: Allow, to: [{domainNames: ["a.example"]}]},'
    ' {action: Deny, to: [{networks: ["0.0.0.0/0", "::/0"]}]}]'
)


@pytest.mark.parametrize(
    ("statement", "has"),
    [
        ("forbid: {from: {workload: web}, to: internet}", True),
        ("require: {from: {workload: web}, to: internet, ports: [80]}", False),
    ],
)
def test_s12_a_name_is_an_unknown_set_of_addresses(tmp_path: Path, statement: str, has: bool) -> None:
    verdict = decided(tmp_path, CAST + admin(NAMES), statement).verdict

    assert isinstance(verdict, Depends)
    (choice,) = verdict.assignment
    assert (choice.item, choice.value) == ("CNP-9", has)
    assert "`a.example`" in choice.text
    shown = verdict.counterexample
    assert isinstance(shown, FlowCounterexample)
    assert bool(shown.surroundings.domain_names["a.example"]) is has


def test_s12_two_names_are_two_sets(tmp_path: Path) -> None:
    """No address needs to be of both: each name is allowed on its own port."""
    allowed = [
        f"{{action: Allow, to: [{{domainNames: [{name}]}}], ports: [{{portNumber: {{port: {port}}}}}]}}"
        for name, port in (("a.example", 1), ("b.example", 2))
    ]
    denied = "{action: Deny, to: [{networks: ['0.0.0.0/0']}]}"
    names = f"egress: [{', '.join((*allowed, denied))}]"
    to = "from: {workload: web}, to: {external: true, ipBlock: {cidr: 203.0.113.7/32}}"

    either = decided(tmp_path, CAST + admin(names), f"require: {{{to}, ports: [1, 2]}}").verdict

    assert isinstance(either, Depends)
    assert len(either.assignment) == 1


def test_s1_labels_of_a_node_without_its_object(tmp_path: Path) -> None:
    manifests = CAST + pod("agent", spec="hostNetwork: true, nodeName: n1,")
    manifests += admin(egress("Deny", "[{nodes: {matchLabels: {zone: a}}}]"))
    statement = "forbid: {from: {workload: web}, to: {workload: agent}}"

    unknown = decided(tmp_path, manifests, statement).verdict
    known = decided(tmp_path, manifests + node("n1", "10.9.0.1"), statement).verdict

    assert isinstance(unknown, Depends)
    assert [(c.item, c.about) for c in unknown.assignment] == [("CNP-10", "the label `zone` of node `n1`")]
    assert isinstance(known, Refuted)


def test_s1_a_pod_may_run_on_a_node_that_nobody_names(tmp_path: Path) -> None:
    manifests = CAST + node("n1", "10.9.0.1") + pod("agent", spec="hostNetwork: true,")
    manifests += admin(egress("Deny", "[{nodes: {matchLabels: {zone: a}}}]"))

    verdict = decided(
        tmp_path, manifests, "require: {from: {workload: web}, to: {workload: agent}, ports: [80]}"
    ).verdict

    assert isinstance(verdict, Depends)
    assert {choice.item for choice in verdict.assignment} == {"S-1", "CNP-10"}


def test_s6_the_hand_over_is_free(tmp_path: Path) -> None:
    verdict = decided(tmp_path, CAST + HALF + BASELINE, REQUIRE).verdict

    assert isinstance(verdict, Depends)
    assert [(c.item, c.about, c.value) for c in verdict.assignment] == [
        ("CNP-4", "baseline_handover", "direction")
    ]
    pinned = "readings: {baseline_handover: pod}"
    assert isinstance(decided(tmp_path, CAST + HALF + BASELINE, REQUIRE, pinned).verdict, Proved)


# --- what a proof rests on --------------------------------------------------------------------------


def grounds(found: PropertyResult) -> list[Ground]:
    assert isinstance(found.verdict, Proved)
    assert found.verdict.irreducible
    return [basis.ground for basis in found.verdict.grounds or ()]


def test_a_refusal_rests_on_the_rule_that_denies_and_the_one_that_passes(tmp_path: Path) -> None:
    everybody = "[{namespaces: {}}]"
    rules = [f"{{action: {action}, from: {everybody}}}" for action in ("Pass", "Allow")]
    closed = policy("{podSelector: {matchLabels: {app: db}}}")

    denied = grounds(decided(tmp_path, CAST + admin(ingress("Deny")), FORBID))
    passed = grounds(decided(tmp_path, CAST + closed + admin(f"ingress: [{', '.join(rules)}]"), FORBID))

    assert denied == [RuleRef(X, Direction.INGRESS, 0)]
    assert passed[0] == RuleRef(X, Direction.INGRESS, 0)
    assert [ground.policy for ground in passed] == [X, "shop/p"]


def test_a_permission_rests_on_the_rule_that_allows(tmp_path: Path) -> None:
    closed = policy("{podSelector: {matchLabels: {app: db}}}")

    found = grounds(decided(tmp_path, CAST + closed + BASELINE + admin(ingress("Allow")), REQUIRE))

    assert found == [RuleRef(X, Direction.INGRESS, 0)]


def test_a_tier_isolates_nobody_so_a_proof_may_rest_on_nothing(tmp_path: Path) -> None:
    assert (
        grounds(
            decided(tmp_path, CAST + admin(ingress("Deny", "[{namespaces: {matchLabels: {a: b}}}]")), REQUIRE)
        )
        == []
    )


# --- S-16: any policy -------------------------------------------------------------------------------

ANY = "world: any-policy"
CLOSED = policy("{podSelector: {}, policyTypes: [Ingress, Egress]}")
OPEN = policy("{podSelector: {}, ingress: [{}]}")


@pytest.mark.parametrize(
    ("manifests", "statement", "held"),
    [
        (CAST + CLOSED, FORBID, False),
        (CAST + OPEN, REQUIRE, False),
        (CAST + admin(ingress("Deny")), FORBID, True),
        (
            CAST + CLOSED + admin(ingress("Allow") + ", " + egress("Allow", "[{namespaces: {}}]")),
            REQUIRE,
            True,
        ),
        (CAST + CLOSED + admin(ingress("Allow")), REQUIRE, False),
        (CAST + BASELINE, FORBID, False),
        (CAST + admin(ingress("Pass")) + BASELINE, FORBID, False),
    ],
    ids=["a policy denies", "a policy allows", "Deny", "Allow on both sides", "on one", "Baseline", "Pass"],
)
def test_s16_what_holds_whatever_is_written(
    tmp_path: Path, manifests: str, statement: str, held: bool
) -> None:
    verdict = decided(tmp_path, manifests, statement, ANY).verdict

    assert isinstance(verdict, Proved if held else Refuted)


def test_s16_the_counterexample_is_a_policy_written_out(tmp_path: Path) -> None:
    verdict = decided(tmp_path, CAST + BASELINE, FORBID, ANY).verdict

    assert isinstance(verdict, Refuted)
    shown = verdict.counterexample
    assert isinstance(shown, FlowCounterexample)
    assert [written.title for written in shown.written or ()] == ["shop/any-ingress"]
    assert shown.decision.allowed


def test_s16_new_namespaces_have_policies_too(tmp_path: Path) -> None:
    statement = "forbid: {from: {namespaceSelector: {}}, to: {workload: db}}"
    named = "{key: kubernetes.io/metadata.name, operator: In, values: [shop, ops]}"
    only_new = admin(ingress("Deny", f"[{{namespaces: {{matchExpressions: [{named}]}}}}]"))

    verdict = decided(tmp_path, CAST + CLOSED + only_new, statement, ANY).verdict

    assert isinstance(verdict, Refuted)
    shown = verdict.counterexample
    assert isinstance(shown, FlowCounterexample)
    assert len(shown.written or ()) <= 1


def test_s16_beside_policies_that_are_not_modelled(tmp_path: Path) -> None:
    calico = (
        "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\nspec: {}\n"
    )

    verdict = decided(tmp_path, CAST + calico + admin(ingress("Deny")), FORBID, ANY).verdict

    assert isinstance(verdict, Unknown)


def test_s16_cover_has_no_such_world(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        decided(tmp_path, CAST, "cover: {pods: {namespace: shop}}", ANY)

    assert [fault.code for fault in caught.value.diagnostics] == ["no-such-world"]


def test_s16_is_decided_only_where_it_is_asked_for(tmp_path: Path) -> None:
    manifests = CAST + tiered("ClusterNetworkPolicy", f"tier: Admin, priority: 1, {ingress('Deny')}")

    unasked = decided(tmp_path, manifests, FORBID)
    asked = decided(tmp_path, manifests, f"expect: {{anyPolicy: proved}}\n{FORBID}")

    assert World.ANY_POLICY not in unasked.verdicts
    assert isinstance(asked.verdicts[World.ANY_POLICY], Proved)
    assert asked.world is World.SNAPSHOT
    assert asked.met


# --- reports ----------------------------------------------------------------------------------------


def test_the_walk_stands_in_both_reports(tmp_path: Path) -> None:
    everybody = "[{namespaces: {}}]"
    rules = f"ingress: [{{action: Pass, name: over, from: {everybody}}}]"
    file = str(write(tmp_path, CAST + CLOSED + admin(rules, 10), REQUIRE))

    text = CliRunner().invoke(app, [file]).output
    report = json.loads(CliRunner().invoke(app, [file, "--format", "json"]).output)

    assert "[Admin 10] x ingress[0] `over` (" in text
    assert "Pass -> [NetworkPolicy] isolated by shop/p (" in text
    side = report["sets"][0]["properties"][0]["counterexample"]["ingress"]
    assert [(step["tier"], step["action"]) for step in side["walk"]] == [
        ("Admin", "Pass"),
        ("NetworkPolicy", "Deny"),
    ]
    assert side["walk"][0]["location"]["line"] > 1


def test_a_refusal_by_a_tier_names_the_rule_that_denies(tmp_path: Path) -> None:
    verdict = decided(tmp_path, CAST + admin(ingress("Deny")), REQUIRE).verdict

    assert isinstance(verdict, Refuted)
    shown = verdict.counterexample
    assert isinstance(shown, FlowCounterexample)
    (miss,) = shown.nearest
    assert miss.rule == RuleRef(X, Direction.INGRESS, 0)
    assert "whatever NetworkPolicies say" in miss.text


def test_anp_12_that_unknown_peers_fail_closed_is_an_assumption(tmp_path: Path) -> None:
    denied = admin(ingress("Deny", "[{things: {}}]"), name="x") + admin(ingress("Deny"), 10, name="w")
    newer = tiered("ClusterNetworkPolicy", f"tier: Admin, priority: 1, {egress('Accept', '[{things: {}}]')}")
    file = str(write(tmp_path, CAST + denied, FORBID))

    text = CliRunner().invoke(app, [file]).output
    (one,) = check(file).sets
    (other,) = check(str(write(tmp_path, CAST + newer, REQUIRE))).sets

    assert isinstance(one.properties[0].verdict, Proved)
    assert [(each.id, each.text.partition(": ")[2]) for each in one.assumptions if "closed" in each.text] == [
        ("ANP-12", f"`{X} ingress[0]`")
    ]
    assert f"these rules fail closed: `{X} ingress[0]`" in " ".join(text.split())
    assert [each.id for each in other.assumptions if "closed" in each.text] == ["CNP-12"]
