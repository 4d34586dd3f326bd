"""What PROVED, REFUTED and the rest mean, rule by rule: hand-made clusters, verdicts worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import (
    ANY_POD,
    DB,
    DENY_ALL,
    SHOP,
    SNAPSHOT,
    TO_DB,
    WEB,
    both,
    decide,
    deployment,
    namespace,
    node,
    pod,
    policy,
    write,
)
from verifier.diagnostics import InputError
from verifier.flow import Direction, External, Node, Pod
from verifier.verdict import Depends, FlowCounterexample, PodCounterexample, Proved, Refuted, Vacuous
from verifier.verify import check

INTO_BLOCK = policy(
    "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
    " egress: [{to: [{ipBlock: {cidr: 10.0.0.0/16}}]}]}"
)


@pytest.mark.parametrize("kind", ["forbid", "require"])
def test_s1_a_violation_that_rests_on_an_unknown_fact_is_no_refutation(kind: str, tmp_path: Path) -> None:
    result = decide(tmp_path, SHOP + WEB + DB + INTO_BLOCK, TO_DB.replace("forbid", kind))

    assert both(result) == ("depends", "depends")
    assert isinstance(result.verdict, Depends)
    lies = "in" if kind == "forbid" else "outside"
    assert [choice.text for choice in result.verdict.assignment] == [
        f"the IPv4 address of `shop/db` lies {lies} `10.0.0.0/16`"
    ]
    assert result.counterexample is not None


def test_s1_an_assignment_names_what_suffices_and_no_more(tmp_path: Path) -> None:
    # Wherever ipBlock matches pods at all, and db lies in the block but not in its hole.
    hole = INTO_BLOCK.replace("{cidr: 10.0.0.0/16}", "{cidr: 10.0.0.0/16, except: [10.0.1.0/24]}")
    statement = f"readings: {{cidr_matches_pods: free, endport_support: free}}\n{TO_DB}"

    verdict = decide(tmp_path, SHOP + WEB + DB + hole, statement).verdict

    assert isinstance(verdict, Depends)
    assert {(choice.about, choice.value) for choice in verdict.assignment} == {
        ("the IPv4 address of `shop/db`", "10.0.0.0/16"),
        ("the IPv4 address of `shop/db`", "!10.0.1.0/24"),
        ("cidr_matches_pods", True),
    }


@pytest.mark.parametrize(
    ("address", "forbid", "require"), [("10.0.7.7", "refuted", "proved"), ("10.1.7.7", "proved", "refuted")]
)
def test_s1_the_fact_stated_decides_it(address: str, forbid: str, require: str, tmp_path: Path) -> None:
    manifests = SHOP + WEB + pod("db", "app: db", ip=address) + INTO_BLOCK

    assert both(decide(tmp_path, manifests, TO_DB)) == (forbid, forbid)
    assert both(decide(tmp_path, manifests, TO_DB.replace("forbid", "require"))) == (require, require)


def test_s1_completions_may_be_violated_by_different_flows(tmp_path: Path) -> None:
    # Wherever db is, one of the two halves lets web in.
    halves = policy(
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
        " egress: [{to: [{ipBlock: {cidr: 0.0.0.0/1}}]}, {to: [{ipBlock: {cidr: 128.0.0.0/1}}]}]}"
    )

    assert both(decide(tmp_path, SHOP + WEB + DB + halves, TO_DB)) == ("refuted", "refuted")


@pytest.mark.parametrize(
    ("reading", "verdict"), [("true", "refuted"), ("false", "proved"), ("free", "depends")]
)
def test_s1_a_reading_is_pinned_or_left_open(reading: str, verdict: str, tmp_path: Path) -> None:
    manifests = SHOP + WEB + pod("db", "app: db", ip="10.0.7.7") + INTO_BLOCK
    statement = f"readings: {{cidr_matches_pods: {reading}}}\n{TO_DB}"

    assert both(decide(tmp_path, manifests, statement)) == (verdict, verdict)


def test_s2_a_world_that_cannot_be_is_bad_input(tmp_path: Path) -> None:
    twins = pod("web", "app: web", ip="10.0.0.5") + pod("db", "app: db", ip="10.0.0.5")

    with pytest.raises(InputError, match="duplicate-address"):
        decide(tmp_path, SHOP + twins, TO_DB)


def test_s2_an_empty_scope_proves_nothing(tmp_path: Path) -> None:
    statement = "forbid: {from: any, to: {namespace: shop, podSelector: {matchLabels: {app: nobody}}}}"

    result = decide(tmp_path, SHOP + WEB + DENY_ALL, statement)

    assert both(result) == ("vacuous", "proved")
    hint = "`to`: no pod of namespace `shop` matches `app: nobody`; as `app` there is `web`"
    assert result.verdict == Vacuous("`to` selects nobody", (hint,))


def test_s2_a_pod_that_has_ended_keeps_no_address(tmp_path: Path) -> None:
    ended = pod("old", "app: old", ip="10.0.0.5", phase="Succeeded")
    manifests = SHOP + WEB + pod("db", "app: db", ip="10.0.0.5") + ended

    report = check(str(write(tmp_path, manifests, TO_DB)))

    assert both(report.results[0]) == ("refuted", "refuted")
    assert report.sets[0].cluster.dropped_pods == 1


def test_s2_pods_on_the_host_network_share_their_nodes_address(tmp_path: Path) -> None:
    hosts = "".join(pod(name, f"app: {name}", spec="hostNetwork: true, nodeName: n1,") for name in ("a", "b"))
    statement = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: a}}"

    result = decide(tmp_path, SHOP + WEB + hosts + node("n1", "10.9.0.1") + DENY_ALL, statement)

    assert both(result) == ("proved", "proved")  # web's egress is shut, and that is what holds it


def test_s3_another_value_is_looked_at_beside_those_mentioned(tmp_path: Path) -> None:
    not_staging = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from:"
        " [{podSelector: {matchExpressions: [{key: env, operator: NotIn, values: [staging]}]}}]}]}"
    )
    statement = (
        "forbid: {from: {namespace: shop, podSelector: {matchExpressions:"
        " [{key: env, operator: Exists}, {key: env, operator: NotIn, values: [staging]}]}},"
        " to: {namespace: shop, workload: db}}"
    )

    result = decide(tmp_path, SHOP + pod("web", "app: web, env: staging") + DB + not_staging, statement)

    assert both(result) == ("vacuous", "refuted")
    assert isinstance(result.any_pod, Refuted)
    assert isinstance(result.any_pod.counterexample, FlowCounterexample)
    source = result.any_pod.counterexample.flow.source
    assert isinstance(source, Pod)
    assert source.labels["env"] not in ("staging", "")


def test_s3_a_compared_key_keeps_its_values_apart(tmp_path: Path) -> None:
    spaces = namespace("a", "tenant: red") + namespace("b", "tenant: blue") + namespace("c", "tenant: red")
    pods = "".join(pod(f"in-{name}", where=name) for name in "abc")
    one = "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {tenant: COLOUR}}}]}]}"
    colours = {"a": "red", "b": "blue", "c": "red"}
    within = "".join(policy(one.replace("COLOUR", colours[name]), where=name) for name in "abc")

    assert both(decide(tmp_path, spaces + pods + within, "isolate: {by: tenant}")) == ("proved", "proved")
    broken = within.replace("tenant: blue", "tenant: red")
    assert both(decide(tmp_path, spaces + pods + broken, "isolate: {by: tenant}")) == ("refuted", "refuted")


def test_s4_a_name_cannot_be_forged(tmp_path: Path) -> None:
    by_name = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from:"
        " [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]}"
    )
    statement = "only: {from: {namespace: shop}, to: {namespace: shop, workload: db}}"

    assert both(decide(tmp_path, SHOP + WEB + DB + by_name, statement)) == ("proved", "proved")


def test_s4_a_new_namespace_may_bear_a_mentioned_name_or_label(tmp_path: Path) -> None:
    later = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from:"
        " [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: later}}}]}]}"
    )
    statement = "only: {from: {namespace: shop}, to: {namespace: shop, workload: db}}"

    result = decide(tmp_path, SHOP + WEB + DB + later, statement)

    assert both(result) == ("proved", "refuted")
    assert isinstance(result.any_pod, Refuted)
    assert isinstance(result.any_pod.counterexample, FlowCounterexample)
    source = result.any_pod.counterexample.flow.source
    assert isinstance(source, Pod)
    assert source.namespace.name == "later"


def test_s4_the_labels_of_an_undeclared_namespace_are_unknown(tmp_path: Path) -> None:
    by_label = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from:"
        " [{namespaceSelector: {matchLabels: {team: ops}}}]}]}"
    )
    statement = "forbid: {from: {namespace: ops}, to: {namespace: shop, workload: db}}"
    manifests = SHOP + DB + pod("mon", "app: mon", where="ops") + by_label

    assert both(decide(tmp_path, manifests, statement)) == ("depends", "depends")
    declared = namespace("ops", "team: ops")
    assert both(decide(tmp_path, manifests + declared, statement)) == ("refuted", "refuted")


def test_s5_any_pod_may_bear_any_label_but_not_the_host_network(tmp_path: Path) -> None:
    by_label = policy(
        "{podSelector: {matchLabels: {app: db}},"
        " ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}"
    )
    statement = "only: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}"

    result = decide(tmp_path, SHOP + WEB + DB + by_label, statement)

    assert both(result) == ("proved", "refuted")
    assert isinstance(result.any_pod, Refuted)
    assert isinstance(result.any_pod.counterexample, FlowCounterexample)
    source = result.any_pod.counterexample.flow.source
    assert isinstance(source, Pod)
    assert (source.owner, source.labels, source.host_network) == (None, {"app": "web"}, False)


@pytest.mark.parametrize(("ends", "verdict"), [("one", "proved"), ("both", "refuted")])
def test_s5_one_end_lies_in_a_namespace_that_exists(ends: str, verdict: str, tmp_path: Path) -> None:
    statement = "forbid: {from: {namespaceSelector: {}}, to: {namespaceSelector: {}}}"

    result = decide(tmp_path, SHOP + WEB + DENY_ALL, statement, f"newNamespaces: {ends}")

    assert result.any_pod.word == verdict


def test_s5_cover_ranges_over_existing_namespaces(tmp_path: Path) -> None:
    statement = "cover: {pods: {namespaceSelector: {}}}"

    assert both(decide(tmp_path, SHOP + WEB + DENY_ALL, statement)) == ("proved", "proved")


def test_s6_the_default_readings_are_those_of_the_conformance_suite(tmp_path: Path) -> None:
    named = policy("{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 80, endPort: 90}]}]}")
    statement = f"{TO_DB.removesuffix('}')}, ports: [85]}}"

    assert both(decide(tmp_path, SHOP + WEB + DB + named, statement)) == ("refuted", "refuted")
    off = f"readings: {{endport_support: false}}\n{statement}"
    assert both(decide(tmp_path, SHOP + WEB + DB + named, off)) == ("proved", "proved")


def test_s7_a_pods_own_node_is_left_out_of_forbid_and_not_of_require(tmp_path: Path) -> None:
    there = SHOP + pod("db", "app: db", spec="nodeName: n1,") + node("n1", "10.9.0.1") + DENY_ALL
    forbid = "forbid: {from: node, to: {namespace: shop, workload: db}}"

    assert decide(tmp_path, there, forbid).verdict.word in ("proved", "vacuous")
    result = decide(tmp_path, there + node("n2", "10.9.0.2"), forbid.replace("forbid", "require"))
    assert isinstance(result.counterexample, FlowCounterexample)
    assert isinstance(result.counterexample.flow.source, Node)
    assert result.counterexample.flow.source.name == "n2"


def test_s7_a_pods_traffic_to_itself_is_in_no_scope(tmp_path: Path) -> None:
    statement = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: web}}"

    assert decide(tmp_path, SHOP + WEB, statement).verdict.word == "vacuous"
    replicas = deployment("web", "app: web")
    assert both(decide(tmp_path, SHOP + replicas, statement)) == ("refuted", "refuted")


def test_s7_default_ranges_take_nothing_from_external_and_declared_ones_do(tmp_path: Path) -> None:
    statement = (
        "forbid: {from: {external: true, ipBlock: {cidr: 10.0.0.0/8}}, to: {namespace: shop, workload: db}}"
    )

    result = decide(tmp_path, SHOP + DB, statement)
    assert both(result) == ("refuted", "refuted")
    assert isinstance(result.counterexample, FlowCounterexample)
    assert isinstance(result.counterexample.flow.source, External)
    declared = decide(tmp_path, SHOP + DB, statement, "network: {podCIDRs: [10.0.0.0/8]}")
    assert declared.verdict.word == "vacuous"


def test_s8_a_policy_isolates_even_if_its_rules_are_beside_the_point(tmp_path: Path) -> None:
    elsewhere = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}"
    )

    result = decide(tmp_path, SHOP + WEB + DB + elsewhere, TO_DB)

    assert both(result) == ("proved", "proved")
    assert isinstance(result.verdict, Proved)
    assert result.verdict.rests_on == ("shop/p",)


@pytest.mark.parametrize("rules", ["ingress", "egress"])
@pytest.mark.parametrize("name", ["a", "z"])
def test_s8_a_proof_names_a_policy_that_does_nothing_but_isolate(
    name: str, rules: str, tmp_path: Path
) -> None:
    # Either would do. The other has a rule, though only in one direction.
    rule = f"{rules}: [{{ports: [{{port: 1, protocol: UDP}}]}}]"
    other = policy(f"{{podSelector: {{}}, policyTypes: [Ingress, Egress], {rule}}}", name=name)
    statement = f"{TO_DB.removesuffix('}')}, ports: [80]}}"

    verdict = decide(tmp_path, SHOP + WEB + DB + other + DENY_ALL, statement).verdict

    assert isinstance(verdict, Proved)
    assert verdict.irreducible
    assert [basis.ground.policy for basis in verdict.grounds or ()] == ["shop/deny"]


def test_s9_pods_that_a_policy_tells_apart_are_not_one(tmp_path: Path) -> None:
    # Alike but for the address, which an ipBlock sees.
    pods = pod("near", "app: db", ip="10.0.0.1") + pod("far", "app: db", ip="10.1.0.1")
    statement = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: %s}}"

    assert both(decide(tmp_path, SHOP + WEB + pods + INTO_BLOCK, statement % "near"))[0] == "refuted"
    assert both(decide(tmp_path, SHOP + WEB + pods + INTO_BLOCK, statement % "far"))[0] == "proved"


def test_s11_a_counterexample_is_replayed_and_says_why(tmp_path: Path) -> None:
    result = decide(tmp_path, SHOP + WEB + DB, TO_DB)

    assert isinstance(result.counterexample, FlowCounterexample)
    assert result.counterexample.decision.allowed
    uncovered = decide(tmp_path, SHOP + WEB, "cover: {pods: {namespace: shop}, directions: [Egress]}")
    assert isinstance(uncovered.counterexample, PodCounterexample)
    assert uncovered.counterexample.direction is Direction.EGRESS


def test_s13_a_controllers_label_has_a_value_that_nobody_knows(tmp_path: Path) -> None:
    hashed = policy(
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from:"
        " [{podSelector: {matchExpressions: [{key: pod-template-hash, operator: %s}]}}]}]}"
    )
    statement = "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}"
    made, bare = SHOP + deployment("web", "app: web") + DB, SHOP + WEB + DB

    assert both(decide(tmp_path, made + hashed % "Exists", statement))[0] == "refuted"
    assert both(decide(tmp_path, bare + hashed % "Exists", statement))[0] == "proved"
    one_value = hashed % "In, values: [abc]"
    assert both(decide(tmp_path, made + one_value, statement))[0] == "depends"


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("{namespace: shpo}", "unknown-namespace"),
        ("{namespace: shop, workload: wbe}", "unknown-workload"),
        ("{node: n1}", "unknown-node"),
        ("wbe", "unknown-endpoint"),
    ],
)
def test_s17_a_name_that_does_not_exist_is_bad_input(endpoint: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=code):
        decide(tmp_path, SHOP + WEB, f"forbid: {{from: any, to: {endpoint}}}")


@pytest.mark.parametrize(
    ("expect", "code"),
    [("", 1), ("expect: vacuous\n", 0), ("expect: {snapshot: vacuous, anyPod: refuted}\n", 0)],
)
def test_s17_vacuous_fails_unless_it_is_expected(expect: str, code: int, tmp_path: Path) -> None:
    statement = "forbid: {from: any, to: {namespace: shop, podSelector: {matchLabels: {app: nobody}}}}"

    assert check(str(write(tmp_path, SHOP + WEB, expect + statement))).exit_code == code


def test_the_worlds_are_nested(tmp_path: Path) -> None:
    result = decide(tmp_path, SHOP + WEB + DB, TO_DB)

    assert set(result.verdicts) == {SNAPSHOT, ANY_POD}
    assert both(result) == ("refuted", "refuted")
