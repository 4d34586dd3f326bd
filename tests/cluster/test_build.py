from __future__ import annotations

from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

import pytest

from tests.cluster.written import build, controlled, diagnostics_of, documents, faults_of, item, pod, policy
from verifier.cluster import Assumption, build_cluster
from verifier.diagnostics import InputError, Severity, Span
from verifier.flow import Node
from verifier.manifest.network_policy import NetworkPolicySpec
from verifier.population import METADATA_NAME, Namespace, Network, Workload
from verifier.source import Document

POLICIES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  podselector: {}
  ingress:
  - from:
    - ipBlock:
        cidr: 10.0.0.0/8
        except: [10.1.0.0/16, 11.0.0.0/8]
      podSelector: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: B, namespace: shop, labels: {app.kubernetes.io/name: x}}
spec:
  podSelector:
    matchLabels: {app.kubernetes.io/name: 1}
"""


def test_every_fault_of_every_document_in_reading_order() -> None:
    found = diagnostics_of(POLICIES)
    assert [(fault.code, fault.span, fault.field) for fault in found] == [
        ("unknown-field", Span("k8s.yaml", 5, 3), "spec.podselector"),
        ("mixed-peer", Span("k8s.yaml", 8, 7), "spec.ingress[0].from[0]"),
        ("except-outside-cidr", Span("k8s.yaml", 10, 31), "spec.ingress[0].from[0].ipBlock.except[1]"),
        ("invalid-name", Span("k8s.yaml", 15, 18), "metadata.name"),
        ("wrong-type", Span("k8s.yaml", 18, 43), "spec.podSelector.matchLabels[app.kubernetes.io/name]"),
    ]
    assert (
        str(found[0]) == "k8s.yaml:5:3: error[unknown-field]: spec.podselector: unknown field `podselector`"
    )
    assert found[0].help == "did you mean `podSelector`?"


def test_documents_keep_their_order() -> None:
    bad = "apiVersion: v1\nkind: Namespace\nmetadata: {name: A}\n"
    with pytest.raises(InputError) as caught:
        build_cluster([*documents(bad, "z.yaml"), *documents(bad, "a.yaml")])
    assert [fault.span.file for fault in caught.value.diagnostics] == ["z.yaml", "a.yaml"]


def test_policies_with_their_origins() -> None:
    cluster = build(policy("a"), policy("b", spec={"policyTypes": ["Egress"]}))
    assert [found.title for found in cluster.policies] == ["shop/a", "shop/b"]
    assert cluster.policies[0].spec == NetworkPolicySpec()
    assert cluster.origins["shop/b"].span("spec").line == 1
    assert cluster.documents == 2


def test_a_policy_without_a_spec_is_accepted() -> None:
    assert (
        build(item("networking.k8s.io/v1", "NetworkPolicy", "a", "shop")).policies[0].spec
        == NetworkPolicySpec()
    )


def test_equal_specs_are_validated_once() -> None:
    first, second, third = build(policy("a"), policy("b"), policy("c", spec={"ingress": []})).policies
    assert first.spec is second.spec
    assert third.spec is not first.spec


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ({**policy(), "sepc": {}}, ("unknown-field", "sepc")),
        (policy(spec=[1]), ("wrong-type", "spec")),
        ({**policy(), "metadata": None}, ("required", "metadata.name")),
        ({**policy(), "metadata": []}, ("wrong-type", "metadata")),
        ({**policy(), "metadata": {"name": 1}}, ("wrong-type", "metadata.name")),
        (policy("x" * 254), ("invalid-name", "metadata.name")),
        (policy("a_b"), ("invalid-name", "metadata.name")),
        (policy(namespace="a.b"), ("invalid-name", "metadata.namespace")),
        (policy(namespace="x" * 64), ("invalid-name", "metadata.namespace")),
        (item("v1", "Namespace", "a.b"), ("invalid-name", "metadata.name")),
        (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "a-"}},
            ("required", "metadata.name"),
        ),
        ({**policy(), "metadata": {"generateName": "A-"}}, ("invalid-name", "metadata.generateName")),
        ({**policy(), "apiVersion": "extensions/v1beta1"}, ("wrong-api-version", "apiVersion")),
        ({**policy(), "apiVersion": "networking.k8s.io/v1beta1"}, ("wrong-api-version", "apiVersion")),
        (controlled("v1", "Deployment"), ("wrong-api-version", "apiVersion")),
        ({**pod(), "apiVersion": "v2"}, ("wrong-api-version", "apiVersion")),
        (controlled("apps/v2", "Deployment"), ("wrong-api-version", "apiVersion")),
        (controlled("apps/v1beta1", "DaemonSet"), ("wrong-api-version", "apiVersion")),
        (controlled("extensions/v1beta1", "StatefulSet"), ("wrong-api-version", "apiVersion")),
        (controlled("batch/v2", "Job"), ("wrong-api-version", "apiVersion")),
        ({**policy(), "kind": "Networkpolicy"}, ("unknown-kind", "kind")),
        ({**policy(), "kind": "NetworkPolicies"}, ("unknown-kind", "kind")),
        (controlled("apps/v1", "Deploymnet"), ("unknown-kind", "kind")),
        ({"kind": "Pod"}, ("required", "apiVersion")),
        ({"apiVersion": "v1", "kind": 1}, ("wrong-type", "kind")),
        ({"apiVersion": "v1", "kind": "List", "items": {}}, ("wrong-type", "items")),
        ({"apiVersion": "v1", "kind": "List", "items": [1]}, ("not-an-object", None)),
    ],
)
def test_v13_and_other_faults_of_objects(written: dict[str, Any], fault: tuple[str, str | None]) -> None:
    assert fault in faults_of(written)


def test_an_old_policy_is_to_be_migrated() -> None:
    (fault,) = diagnostics_of("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: a}\n")
    assert fault.help == "migrate the object to `networking.k8s.io/v1`"


def test_a_document_that_is_no_object() -> None:
    (fault,) = diagnostics_of("- 1\n")
    assert (fault.code, fault.field) == ("not-an-object", None)
    assert fault.message.endswith("found a list")


def test_lists_at_any_depth() -> None:
    inner = {"apiVersion": "v1", "kind": "List", "items": [policy("b"), pod()]}
    outer = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [policy("a"), inner, {"kind": "List", "apiVersion": "v1"}],
    }
    cluster = build(outer)
    assert [found.title for found in cluster.policies] == ["shop/a", "shop/b"]
    assert cluster.origins["shop/b"].route == ("items", 1, "items", 0)
    assert cluster.origins["shop/b"].span("metadata", "name").column > 1


def test_items_of_a_typed_list_need_no_kind() -> None:
    bare = {"metadata": {"name": "a", "namespace": "shop"}, "spec": {}}
    written = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "items": [bare]}
    assert [found.title for found in build(written).policies] == ["shop/a"]
    assert faults_of({"apiVersion": "v1", "kind": "List", "items": [bare]})[0] == ("required", "apiVersion")


def test_lists_too_deep() -> None:
    written = policy()
    for _ in range(20):
        written = {"apiVersion": "v1", "kind": "List", "items": [written]}
    assert faults_of(written) == [("nested-too-deeply", "items")]


def test_faults_in_a_list_are_placed_there() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: A}\n"
    (fault,) = diagnostics_of(text)
    assert (fault.span, fault.field) == (Span("k8s.yaml", 6, 20), "metadata.name")


def test_kinds_that_do_not_matter_are_counted() -> None:
    others = [
        item("v1", "Service", "a", "shop"),
        item("v1", "Service", "b", "shop"),
        item("x.io/v1", "Thing", "c"),
    ]
    others.append(item("networking.k8s.io/v1", "Ingress", "d"))
    others.append(item("x.io/v1", "AllowList", "e", spec={"template": {"spec": {}}}))
    assert build(*others).ignored == {"AllowList": 1, "Ingress": 1, "Service": 2, "Thing": 1}


def test_nodes() -> None:
    addresses = [
        {"type": "InternalIP", "address": "10.0.0.1"},
        {"type": "ExternalIP", "address": "10.0.0.1"},
        {"type": "ExternalIP", "address": "fd00::1"},
        {"type": "Hostname", "address": "n1"},
        {"type": "InternalIP"},
    ]
    node = item("v1", "Node", "n1", status={"addresses": addresses})
    node["metadata"]["labels"] = {"zone": "a"}
    expected = Node("n1", (ip_address("10.0.0.1"), ip_address("fd00::1")), {"zone": "a"})
    assert build(node).population.nodes == (expected,)
    assert build(item("v1", "Node", "n1")).population.nodes == (Node("n1", labels={}),)
    assert faults_of(node, node) == [("duplicate-object", "metadata.name")]
    bad = item("v1", "Node", "n1", status={"addresses": [{"type": "InternalIP", "address": "x"}]})
    assert faults_of(bad) == [("invalid-address", "status.addresses[0].address")]


def test_missing_namespaces_are_assumed_once() -> None:
    cluster = build(policy("a", None), pod("b", None), item("v1", "Namespace", "team"), namespace="team")
    assert cluster.policies[0].title == "team/a"
    expected = Assumption("V-13", "2 objects state no namespace: taken to be in `team`", "default namespace")
    assert cluster.assumptions == (expected,)


def test_s4_used_but_undeclared_namespaces() -> None:
    declared = Workload("Pod", "ops", "agent")
    cluster = build(
        policy(), pod("x", "data"), declared_namespaces={"data": {"a": "b"}}, declared_pods=[declared]
    )
    assert cluster.population.namespaces == {
        "data": Namespace("data", {"a": "b"}),
        "ops": Namespace("ops", None),
        "shop": Namespace("shop", None),
    }
    assert cluster.population.workloads[-1] is declared
    (assumption,) = cluster.assumptions
    assert assumption.id == "S-4"
    assert assumption.text.endswith("`ops`, `shop`")


def test_a_namespace_declared_in_both_places() -> None:
    written = item("v1", "Namespace", "shop")
    assert build(written, declared_namespaces={"shop": {METADATA_NAME: "shop"}}).population.namespaces
    assert faults_of(written, declared_namespaces={"shop": {"a": "b"}}) == [
        ("namespace-declared-twice", "metadata.labels")
    ]


def test_np16_a_forged_name_label_is_a_warning() -> None:
    metadata = {"name": "shop", "labels": {METADATA_NAME: "other", "a": None}}
    cluster = build({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    (warning,) = cluster.warnings
    assert (warning.code, warning.severity) == ("metadata-name-overridden", Severity.WARNING)
    assert warning.field == f"metadata.labels[{METADATA_NAME}]"
    assert cluster.population.namespaces["shop"].labels == {METADATA_NAME: "other", "a": ""}


def test_the_same_object_twice() -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\n"
    (fault,) = diagnostics_of(f"{text}---\n{text}")
    assert (fault.code, fault.span.line) == ("duplicate-object", 7)
    assert fault.message == "duplicate object: NetworkPolicy `shop/a` is already in k8s.yaml:3:18"
    assert faults_of(pod(), pod()) == [("duplicate-object", "metadata.name")]
    assert faults_of(pod(), declared_pods=[Workload("Pod", "shop", "web")]) == [
        ("duplicate-object", "metadata.name")
    ]
    assert build(policy(namespace="a"), policy(namespace="b"), pod("p", "a")).policies


def test_a_namespace_that_is_repeated_word_for_word_is_a_warning() -> None:
    written = item("v1", "Namespace", "shop")
    (warning,) = build(written, written).warnings
    assert (warning.code, warning.severity) == ("duplicate-object", Severity.WARNING)
    other = {**written, "metadata": {"name": "shop", "labels": {"a": "b"}}}
    assert faults_of(written, other) == [("duplicate-object", "metadata.name")]


def test_generated_names_are_told_apart() -> None:
    written = {**policy(), "metadata": {"generateName": "p-", "namespace": "shop"}}
    assert [found.title for found in build(written, written).policies] == ["shop/p-*", "shop/p-*2"]


def test_v14_is_a_warning_of_each_policy() -> None:
    spec = {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.7/8"}}]}]}
    warnings = build(policy("a", spec=spec), policy("b", spec=spec)).warnings
    assert [warning.field for warning in warnings] == ["spec.egress[0].to[0].ipBlock.cidr"] * 2
    assert warnings[0].help == "write `10.0.0.0/8`"


def test_the_network_is_passed_on() -> None:
    network = Network(pod_cidrs=())
    assert build(network=network).population.network is network


def test_workload_origins() -> None:
    cluster = build(controlled("apps/v1", "Deployment"))
    assert cluster.workload_origins["Deployment", "shop", "web"].span("spec").line == 1


@pytest.mark.parametrize(
    ("api_version", "kind", "written", "namespace"),
    [
        ("policy.networking.k8s.io/v1beta1", "ClusterNetworkPolicy", "shop", None),
        ("policy.networking.k8s.io/v1alpha3", "AdminNetworkPolicy", None, None),
        ("policy.networking.k8s.io/v1alpha2", "NewNetworkPolicy", None, None),
        ("cilium.io/v2", "CiliumNetworkPolicy", "shop", "shop"),
        ("cilium.io/v2", "CiliumNetworkPolicy", None, "default"),
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy", None, None),
        ("cilium.io/v9", "CiliumNewPolicy", None, None),
        ("projectcalico.org/v3", "NetworkPolicy", "shop", "shop"),
        ("crd.projectcalico.org/v1", "GlobalNetworkPolicy", None, None),
        ("projectcalico.org/v3", "HostEndpoint", None, None),
        ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", None, None),
        ("k8s.ovn.org/v1", "EgressFirewall", "shop", "shop"),
        ("network.openshift.io/v1", "EgressNetworkPolicy", "shop", "shop"),
        ("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", "shop", "shop"),
        ("example.com/v1", "MyNetworkPolicy", "shop", "shop"),
        ("example.com/v1", "MyFirewall", None, None),
        ("security.istio.io/v1", "AuthorizationPolicy", "shop", "shop"),
        ("security.istio.io/v1", "AuthorizationPolicy", "istio-system", None),
    ],
)
def test_s12_unmodelled_policies(
    api_version: str, kind: str, written: str | None, namespace: str | None
) -> None:
    cluster = build(item(api_version, kind, "Any.Name", written))
    (found,) = cluster.unmodelled
    assert (found.kind, found.api_version, found.namespace, found.name) == (
        kind,
        api_version,
        namespace,
        "Any.Name",
    )
    assert found.origin.span("kind").line == 1
    assert cluster.ignored == {}
    assert cluster.policies == ()


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("projectcalico.org/v3", "StagedNetworkPolicy"),
        ("projectcalico.org/v3", "StagedGlobalNetworkPolicy"),
        ("cilium.io/v2", "CiliumEndpoint"),
        ("cilium.io/v2alpha1", "CiliumBGPPeeringPolicy"),
        ("policy/v1", "PodDisruptionBudget"),
    ],
)
def test_s12_what_enforces_nothing(api_version: str, kind: str) -> None:
    cluster = build(item(api_version, kind, "a", "shop"))
    assert cluster.unmodelled == ()
    assert cluster.ignored == {kind: 1}


def test_s12_modelled_and_unmodelled_may_share_a_name() -> None:
    calico = item("projectcalico.org/v3", "NetworkPolicy", "p", "shop")
    cluster = build(policy(), calico)
    assert (len(cluster.policies), len(cluster.unmodelled)) == (1, 1)
    assert faults_of(calico, calico) == [("duplicate-object", "metadata.name")]
    assert faults_of({**calico, "metadata": 1})[0] == ("wrong-type", "metadata")


def test_operators_pods_are_not_shown() -> None:
    cluster = build(item("monitoring.coreos.com/v1", "Prometheus", "k8s", "monitoring"))
    (warning,) = cluster.warnings
    assert (warning.code, warning.severity, warning.field) == ("pods-not-shown", Severity.WARNING, "kind")
    assert warning.help is not None
    assert "spec.pods" in warning.help
    assert cluster.ignored == {"Prometheus": 1}


def test_a_pod_template_out_of_sight_is_a_warning() -> None:
    jobs = [{"name": "a", "template": {"spec": {"template": {"spec": {"containers": []}}}}}]
    (warning,) = build(item("example.com/v1", "JobRow", "a", "shop", spec={"jobs": jobs})).warnings
    assert warning.code == "pods-not-shown"
    assert build(item("example.com/v1", "Row", "a", "shop", spec={"jobs": [{"spec": 1}]})).warnings == ()


def test_plain_data_that_cannot_be_a_key_is_read_all_the_same() -> None:
    (document,) = documents("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n")
    assert isinstance(document.data, dict)
    spec: Any = {"podSelector": MappingProxyType({})}
    odd = Document(document.file, {**document.data, "spec": spec}, document.text)
    assert build_cluster([odd]).policies[0].spec.pod_selector is not None


def test_no_documents_are_an_empty_cluster() -> None:
    cluster = build()
    assert (cluster.documents, cluster.policies, cluster.assumptions) == (0, (), ())
