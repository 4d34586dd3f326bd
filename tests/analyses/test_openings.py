"""Why a flow that should be refused is allowed: what admits it, and which policy might have closed a side."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DB, SHOP, TO_DB, WEB, decide, pod, policy
from verifier.flow import Direction
from verifier.verdict import FlowCounterexample, Overlooked, PodCounterexample, Refuted

ENTERS = "forbid: {from: external, to: {namespace: shop, workload: db}}"
NAMED = pod("db", "app: db").replace("i}", "i, ports: [{name: sql, containerPort: 5432}]}")


def shown(folder: Path, manifests: str, statement: str) -> FlowCounterexample:
    verdict = decide(folder, manifests, statement).verdict
    assert isinstance(verdict, Refuted)
    assert isinstance(verdict.counterexample, FlowCounterexample)
    return verdict.counterexample


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("{}", "anybody, on every port"),
        ("{ports: [{protocol: UDP}, {}]}", "anybody, on every port of TCP"),
        ("{ports: [{port: 53}, {port: 5000, endPort: 6000}]}", "anybody, on 5000-6000/TCP"),
        ("{ports: [{port: sql}]}", "anybody, on sql/TCP"),
        ("{from: [{podSelector: {}}]}", "from[0]: every pod of namespace `shop`, on every port"),
        (
            "{from: [{podSelector: {matchLabels: {app: x}}}, {podSelector: {matchLabels: {app: web}}}]}",
            "from[1]: pods with `app: web` of namespace `shop`, on every port",
        ),
        ("{from: [{namespaceSelector: {}}]}", "from[0]: every pod of every namespace, on every port"),
        (
            "{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web, api]}]},"
            " namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}",
            "from[0]: pods with `app In (web, api)` of namespaces with `kubernetes.io/metadata.name: shop`,"
            " on every port",
        ),
        (
            "{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.9.0.0/16, 10.8.0.0/16]}}]}",
            "from[0]: ipBlock 10.0.0.0/8 except 10.9.0.0/16, 10.8.0.0/16, on every port",
        ),
    ],
)
def test_the_peer_and_the_port_that_let_a_flow_through(rule: str, text: str, tmp_path: Path) -> None:
    into = policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{rule}]}}")
    web = pod("web", "app: web", ip="10.1.0.1")

    found = shown(tmp_path, SHOP + web + NAMED + into, TO_DB.replace("}}", "}, ports: [5432]}"))

    assert [(admission.rule.index, admission.text) for admission in found.admissions] == [(0, text)]


def test_of_many_rules_the_first_few_are_told(tmp_path: Path) -> None:
    rules = ", ".join("{}" for _ in range(5))
    into = policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{rules}]}}")

    found = shown(tmp_path, SHOP + WEB + DB + into, TO_DB)

    assert len(found.decision.ingress.rules) == 5
    assert [admission.rule.index for admission in found.admissions] == [0, 1, 2]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            "{podSelector: {}}",
            "isolates it for ingress alone: it has no `policyTypes` and no egress rule",
        ),
        (
            "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}",
            "isolates it for ingress alone: it has no `policyTypes` and no egress rule",
        ),
        (
            "{podSelector: {}, policyTypes: [Ingress]}",
            "isolates it for ingress alone: its `policyTypes` do not list Egress",
        ),
        ("{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}", None),
        ("{podSelector: {matchLabels: {app: db}}}", None),
    ],
)
def test_a_policy_that_might_have_closed_an_open_side(spec: str, text: str | None, tmp_path: Path) -> None:
    leaves = "forbid: {from: {namespace: shop, workload: web}, to: external}"
    expected = () if text is None else (Overlooked("shop/p", Direction.EGRESS, text),)

    assert shown(tmp_path, SHOP + WEB + policy(spec), leaves).overlooked == expected
    covered = "cover: {pods: {namespace: shop, workload: web}, directions: [Egress]}"
    verdict = decide(tmp_path, SHOP + WEB + policy(spec), covered).verdict
    assert isinstance(verdict, Refuted)
    assert isinstance(verdict.counterexample, PodCounterexample)
    assert verdict.counterexample.overlooked == expected


def test_for_ingress_it_is_a_policy_for_egress_alone(tmp_path: Path) -> None:
    found = shown(tmp_path, SHOP + WEB + DB + policy("{podSelector: {}, policyTypes: [Egress]}"), ENTERS)

    text = "isolates it for egress alone: its `policyTypes` do not list Ingress"
    assert found.overlooked == (Overlooked("shop/p", Direction.INGRESS, text),)


def test_a_flow_that_should_be_allowed_is_not_told_what_admits_it(tmp_path: Path) -> None:
    shut = policy("{podSelector: {matchLabels: {app: db}}}") + policy("{podSelector: {}}", name="q")

    found = shown(tmp_path, SHOP + WEB + DB + shut, TO_DB.replace("forbid", "require"))

    assert (found.admissions, found.overlooked) == ((), ())
    assert found.changes
