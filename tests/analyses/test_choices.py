"""What the solver makes up, a node or a label value, is not printed as if it were a literal one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DENY_ALL, SHOP, decide, deployment, namespace, node, pod, policy, write
from verifier.analyses.choices import in_words
from verifier.flow import Node
from verifier.render.json_report import json_report
from verifier.render.words import endpoint
from verifier.verdict import Choice, ChoiceKind, Depends, FlowCounterexample
from verifier.verify import check

SERVER = deployment("server", "app: server")
KUBELETS = "require: {from: node, to: {namespace: shop}, ports: [8080]}"
REST = "a pod whose node is not stated may run on a node that is not declared"


def texts(folder: Path, manifests: str, statement: str) -> list[str]:
    verdict = decide(folder, manifests, statement).verdict
    assert isinstance(verdict, Depends)
    return [choice.text for choice in verdict.assignment]


def test_a_value_that_nobody_names_is_no_literal_one(tmp_path: Path) -> None:
    open_to_all = policy("{podSelector: {}, ingress: [{}]}", where="office")
    known = namespace("office", "team: office") + pod("report", where="office") + open_to_all

    # `default` is declared nowhere.
    assert texts(tmp_path, known + pod("web", where="default"), "isolate: {by: team}") == [
        "namespace `default` has a label `team`, with a value that nothing here names"
    ]


def test_a_value_of_that_spelling_that_somebody_names_is_one(tmp_path: Path) -> None:
    from_another = policy(
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: another}}}]}]}",
        where="office",
    )
    known = namespace("office", "team: office") + pod("report", where="office") + from_another
    closed = policy("{podSelector: {}, policyTypes: [Ingress]}", where="default", name="closed")

    assert texts(tmp_path, known + pod("web", where="default") + closed, "isolate: {by: team}") == [
        "the label `team` of namespace `default` is `another`"
    ]


def test_a_node_that_nobody_states_has_no_name(tmp_path: Path) -> None:
    manifests = SHOP + DENY_ALL + SERVER + node("n1", "192.168.1.1")

    assert texts(tmp_path, manifests, KUBELETS) == ["`shop/server` runs on a node of which nothing is stated"]
    (elsewhere,) = texts(
        tmp_path, manifests + node("n2", "192.168.1.2"), KUBELETS.replace("node,", "{node: n1},")
    )
    assert elsewhere in (
        "`shop/server` runs on node `n2`",
        "`shop/server` runs on a node of which nothing is stated",
    )


@pytest.mark.parametrize(
    ("manifests", "statement", "assumed"),
    [
        (node("n1"), KUBELETS, True),
        (node("n1"), "only: {from: {namespace: shop}, to: {namespace: shop}}", True),
        (node("n1"), "cover: {pods: {namespace: shop}}", False),
        (node("n1"), "forbid: {from: external, to: {namespace: shop}}", False),
        ("", KUBELETS, False),
    ],
)
def test_that_there_may_be_other_nodes_is_an_assumption_where_it_matters(
    manifests: str, statement: str, assumed: bool, tmp_path: Path
) -> None:
    (one,) = check(str(write(tmp_path, SHOP + DENY_ALL + SERVER + manifests, statement))).sets

    found = [(each.id, each.standing) for each in one.assumptions if each.text == REST]
    assert found == ([("S-1", False)] if assumed else [])


def test_a_made_up_node_is_shown_as_one(tmp_path: Path) -> None:
    report = check(str(write(tmp_path, SHOP + DENY_ALL + SERVER, KUBELETS)))
    (one,) = report.sets
    shown = one.properties[0].counterexample

    assert isinstance(shown, FlowCounterexample)
    assert isinstance(shown.flow.source, Node)
    assert endpoint(shown.flow.source, one.cluster) == "a node of which nothing is stated"
    source = json_report(report)["sets"][0]["properties"][0]["counterexample"]["source"]
    assert source["hypothetical"] is True


def test_a_declared_node_is_not_made_up(tmp_path: Path) -> None:
    forbidden = "forbid: {from: node, to: {namespace: shop}}"
    two = node("n1", "192.168.1.1") + node("n2", "192.168.1.2")
    report = check(str(write(tmp_path, SHOP + SERVER + two, forbidden)))
    source = json_report(report)["sets"][0]["properties"][0]["counterexample"]["source"]

    assert source["name"] in {"n1", "n2"}
    assert source["hypothetical"] is False


def test_a_pod_that_nobody_shows_is_described_once(tmp_path: Path) -> None:
    report = check(str(write(tmp_path, SHOP + DENY_ALL, "require: {from: external, to: {namespace: shop}}")))
    ingress = json_report(report)["sets"][0]["properties"][0]["anyPod"]["counterexample"]["ingress"]

    assert ingress["text"].startswith("refused: that pod is isolated by shop/deny (")


def chosen(about: str, value: str, text: str = "") -> Choice:
    return Choice(ChoiceKind.FACT, "S-1", about, value, text)


def test_two_made_up_things_are_told_apart() -> None:
    assignment = (
        chosen("the label `team` of namespace `a`", "other"),
        chosen("the label `team` of namespace `b`", "another"),
        chosen("the label `team` of namespace `c`", "other"),
        chosen("the node of `shop/web`", "node"),
        chosen("the node of `shop/db`", "node-2"),
        chosen("the node of `shop/api`", "node"),
        chosen("the node of `shop/cache`", "n1", "as it was"),
        chosen("the label `zone` of node `node`", "a"),
        chosen("the IPv4 address of node node-2", "10.0.0.0/8", "the IPv4 address of node node-2 lies in it"),
    )

    found = in_words(assignment, ("node", "node-2"), lambda _key, _subject, _value: True)

    assert [choice.text for choice in found] == [
        "namespace `a` has a label `team`, with a value that nothing here names",
        "namespace `b` has a label `team`, with another value that nothing here names",
        "namespace `c` has a label `team`, with the value that namespace `a` has",
        "`shop/web` runs on a node of which nothing is stated",
        "`shop/db` runs on another node of which nothing is stated",
        "`shop/api` runs on the node of `shop/web`",
        "as it was",
        "a node of which nothing is stated has a label `zone`, with a value that nothing here names",
        "the IPv4 address of a node of which nothing is stated lies in it",
    ]
    assert [choice.value for choice in found] == [choice.value for choice in assignment]
