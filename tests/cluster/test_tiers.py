"""Policies of tiers in a cluster: who they are, which objects are none, and what the engine sees of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.written import build, diagnostics_of, faults_of, item, policy
from verifier.diagnostics import Severity

ALPHA_1, ALPHA_2 = "policy.networking.k8s.io/v1alpha1", "policy.networking.k8s.io/v1alpha2"
SUBJECT: dict[str, Any] = {"namespaces": {}}
DENY = [{"action": "Deny", "from": [{"namespaces": {}}]}]


def admin(name: str = "a", **fields: Any) -> dict[str, Any]:
    spec = {"priority": 10, "subject": SUBJECT, "ingress": DENY, **fields}
    return item(ALPHA_1, "AdminNetworkPolicy", name, spec=spec)


def baseline(name: str = "default") -> dict[str, Any]:
    return item(ALPHA_1, "BaselineAdminNetworkPolicy", name, spec={"subject": SUBJECT, "ingress": DENY})


def cluster_wide(name: str = "c", tier: str = "Admin") -> dict[str, Any]:
    spec = {"tier": tier, "priority": 10, "subject": SUBJECT, "ingress": DENY}
    return item(ALPHA_2, "ClusterNetworkPolicy", name, spec=spec)


def test_anp11_equal_priorities_are_legal() -> None:
    read = build(admin("b"), admin("a"), baseline())
    titles = ["AdminNetworkPolicy/b", "AdminNetworkPolicy/a", "BaselineAdminNetworkPolicy/default"]
    assert [policy.title for policy in read.tiers] == titles
    assert list(read.origins) == titles
    assert read.origins["AdminNetworkPolicy/a"].span("spec", "ingress", 0).line == 1
    assert read.policies == ()


def test_s12_they_are_modelled() -> None:
    read = build(admin(), baseline())
    assert read.unmodelled == ()
    assert len(read.tiers) == 2
    assert read.ignored == {}


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ({"apiVersion": "v1", "kind": "List", "items": [admin(), baseline()]}, 2),
        ({"apiVersion": ALPHA_1, "kind": "AdminNetworkPolicyList", "items": [admin("a"), admin("b")]}, 2),
        ({"apiVersion": ALPHA_2, "kind": "ClusterNetworkPolicyList", "items": [{**cluster_wide()}]}, 1),
    ],
)
def test_items_of_a_list(written: dict[str, Any], kinds: int) -> None:
    assert len(build(written).tiers) == kinds


def test_items_of_a_list_inherit_their_kind() -> None:
    bare = {key: value for key, value in admin().items() if key in ("metadata", "spec")}
    read = build({"apiVersion": ALPHA_1, "kind": "AdminNetworkPolicyList", "items": [bare]})
    assert [policy.title for policy in read.tiers] == ["AdminNetworkPolicy/a"]
    assert read.origins["AdminNetworkPolicy/a"].route == ("items", 0)


def test_names_are_those_of_one_kind() -> None:
    read = build(admin("default"), baseline(), policy("default", "default"))
    assert len(read.tiers) == 2
    assert list(read.origins) == [
        "default/default",
        "AdminNetworkPolicy/default",
        "BaselineAdminNetworkPolicy/default",
    ]
    assert faults_of(admin(), admin()) == [("duplicate-object", "metadata.name")]
    assert faults_of(baseline(), baseline()) == [("duplicate-object", "metadata.name")]


def test_va2_the_baselines_name() -> None:
    assert faults_of(baseline("other")) == [("invalid-name", "metadata.name")]
    generated = {**baseline(), "metadata": {"generateName": "default"}}
    assert faults_of(generated) == [("invalid-name", "metadata.generateName")]
    assert faults_of({**baseline(), "metadata": {}}) == [("required", "metadata.name")]


def test_v13_names() -> None:
    assert faults_of(admin("A_b")) == [("invalid-name", "metadata.name")]
    generated = {**admin(), "metadata": {"generateName": "a-"}}
    assert [policy.name for policy in build(generated, generated).tiers] == ["a-*", "a-*2"]


def test_a_namespace_is_dropped_with_a_warning() -> None:
    stated = {**admin(), "metadata": {"name": "a", "namespace": "shop"}}
    read = build(stated)
    (warning,) = read.warnings
    assert (warning.code, warning.field, warning.severity) == (
        "namespace-dropped",
        "metadata.namespace",
        Severity.WARNING,
    )
    assert read.population.namespaces == {}
    assert faults_of(stated, admin()) == [("duplicate-object", "metadata.name")]


def test_cnp16_two_versions_are_refused() -> None:
    assert faults_of(admin(), cluster_wide()) == [("two-policy-versions", "apiVersion")]
    assert faults_of(cluster_wide(tier="Baseline"), baseline()) == [("two-policy-versions", "apiVersion")]
    assert len(build(cluster_wide("a"), cluster_wide("b", "Baseline")).tiers) == 2


def test_cnp16_names_an_object_of_each() -> None:
    (fault,) = diagnostics_of(
        f"apiVersion: {ALPHA_2}\nkind: ClusterNetworkPolicy\nmetadata: {{name: new}}\n"
        "spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}\n---\n"
        f"apiVersion: {ALPHA_1}\nkind: AdminNetworkPolicy\nmetadata: {{name: old}}\n"
        "spec: {priority: 1, subject: {namespaces: {}}}\n"
    )
    assert str(fault).startswith(
        "k8s.yaml:1:13: error[two-policy-versions]: apiVersion: ClusterNetworkPolicy `new` beside"
        " AdminNetworkPolicy `old` in k8s.yaml:8:18:"
    )


@pytest.mark.parametrize("kind", ["AdminNetworkPolcy", "adminNetworkPolicy", "ClusterNetworkPolicys"])
def test_a_misspelt_kind(kind: str) -> None:
    assert faults_of(item(ALPHA_1, kind, "a")) == [("unknown-kind", "kind")]


def test_s12_other_versions_and_kinds_are_not_modelled() -> None:
    read = build(
        item(ALPHA_2, "AdminNetworkPolicy", "a"),
        item("policy.networking.k8s.io/v1beta1", "ClusterNetworkPolicy", "b"),
        item(ALPHA_1, "SomePolicy", "c"),
    )
    assert read.tiers == ()
    assert [found.name for found in read.unmodelled] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({**admin(), "spec": None}, ("required", "spec")),
        ({**admin(), "spec": []}, ("wrong-type", "spec")),
        ({**admin(), "Spec": {}}, ("unknown-field", "Spec")),
        ({**admin(), "metadata": 1}, ("wrong-type", "metadata")),
        (admin(priority=None), ("required", "spec.priority")),
        (admin(ingress=[{"action": "Deny", "from": [{}]}]), ("exactly-one-field", "spec.ingress[0].from[0]")),
    ],
)
def test_faults_have_the_apis_path(broken: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults_of(broken) == [expected]


def test_warnings_have_the_apis_path() -> None:
    rule = {"action": "Deny", "to": [{"networks": ["10.0.0.7/8"]}]}
    (warning,) = build(admin(egress=[rule])).warnings
    assert (warning.code, warning.field) == ("non-canonical-cidr", "spec.egress[0].to[0].networks[0]")


def test_two_faults_in_two_documents_come_in_reading_order() -> None:
    found = faults_of(cluster_wide(), admin(), admin("b", priority=-1))
    assert found == [("two-policy-versions", "apiVersion"), ("priority-out-of-range", "spec.priority")]
