from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from tests.cluster.written import POD_SPEC, build, controlled, faults_of, item, pod, template
from verifier.flow import ContainerPort, Protocol
from verifier.population import Workload

JOB_LABELS = frozenset(
    {"batch.kubernetes.io/job-name", "job-name", "batch.kubernetes.io/controller-uid", "controller-uid"}
)
INDEX = "batch.kubernetes.io/job-completion-index"
TEMPLATE = "spec.template.spec"


def workload(written: dict[str, Any]) -> Workload:
    (found,) = build(written).population.workloads
    return found


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (controlled("apps/v1", "Deployment"), {"pod-template-hash"}),
        (controlled("apps/v1", "ReplicaSet"), set()),
        (controlled("apps/v1", "DaemonSet"), {"controller-revision-hash", "pod-template-generation"}),
        (
            controlled("apps/v1", "StatefulSet"),
            {
                "controller-revision-hash",
                "statefulset.kubernetes.io/pod-name",
                "apps.kubernetes.io/pod-index",
            },
        ),
        (controlled("v1", "ReplicationController", selector={"app": "web"}), set()),
        (controlled("batch/v1", "Job", selector=None), JOB_LABELS),
        (controlled("batch/v1", "Job", completionMode="Indexed"), JOB_LABELS | {INDEX}),
        (controlled("batch/v1", "Job", manualSelector=True), set()),
        (
            item(
                "batch/v1", "CronJob", "web", "shop", spec={"jobTemplate": {"spec": {"template": template()}}}
            ),
            JOB_LABELS,
        ),
        (controlled("argoproj.io/v1alpha1", "Rollout"), {"rollouts-pod-template-hash"}),
        (controlled("serving.knative.dev/v1", "Service", selector=None), set()),
        (controlled("extensions/v1beta1", "Deployment", selector=None), {"pod-template-hash"}),
        (controlled("apps/v1beta1", "StatefulSet", selector={}), None),
    ],
)
def test_every_kind_of_workload(written: dict[str, Any], labels: set[str] | None) -> None:
    found = workload(written)
    assert (found.kind, found.namespace, found.name) == (written["kind"], "shop", "web")
    assert found.labels == {"app": "web"}
    assert found.ports == (ContainerPort(8080, Protocol.TCP, "http"),)
    assert found.single is False
    assert labels is None or found.controller_labels == labels


@pytest.mark.parametrize(
    ("api_version", "kind", "release"),
    [
        ("extensions/v1beta1", "Deployment", "1.16"),
        ("apps/v1beta1", "StatefulSet", "1.16"),
        ("apps/v1beta2", "ReplicaSet", "1.16"),
    ],
)
def test_a_version_that_is_served_no_longer_is_a_warning(api_version: str, kind: str, release: str) -> None:
    (warning,) = build(controlled(api_version, kind)).warnings

    assert (warning.code, warning.field) == ("removed-api-version", "apiVersion")
    assert f"`{api_version}` is no longer served since Kubernetes {release}" in warning.message
    assert warning.help == "migrate the object to `apps/v1`"
    assert build(controlled("apps/v1", kind)).warnings == ()


def test_a_bare_pod_exists_once() -> None:
    owner = [{"kind": "ReplicaSet", "name": "web-1", "controller": True}]
    metadata = {
        "name": "web",
        "namespace": "shop",
        "labels": {"pod-template-hash": "x"},
        "ownerReferences": owner,
    }
    found = workload(pod(metadata=metadata))
    assert found.single is True
    assert found.labels == {"pod-template-hash": "x"}
    assert found.controller_labels == frozenset()


def test_a_controller_overwrites_what_the_template_says() -> None:
    written = template({"app": "web", "pod-template-hash": "mine"})
    found = workload(controlled("apps/v1", "Deployment", template=written))
    assert found.labels == {"app": "web"}
    assert "pod-template-hash" in found.controller_labels


def test_ports_in_order_then_init_containers() -> None:
    spec = {
        "initContainers": [{"ports": [{"containerPort": 1}]}],
        "containers": [
            {"ports": [{"containerPort": 3, "protocol": "UDP"}, {"containerPort": 2, "protocol": None}]},
            {"ports": None},
            {"name": "no ports"},
            {"ports": [{"containerPort": 4, "name": "a", "hostPort": 0, "hostIP": "1.2.3.4"}]},
        ],
        "nodeName": "n1",
        "hostNetwork": True,
        "serviceAccountName": "x",
        "unknownToUs": {},
    }
    found = workload(pod(spec=spec))
    assert found.ports == (
        ContainerPort(3, Protocol.UDP),
        ContainerPort(2),
        ContainerPort(4, Protocol.TCP, "a"),
        ContainerPort(1),
    )
    assert (found.host_network, found.node) == (True, "n1")


@pytest.mark.parametrize(
    ("status", "addresses"),
    [
        (None, None),
        ({}, None),
        ({"podIP": "10.0.0.1"}, ["10.0.0.1"]),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}], "podIP": "10.0.0.1"}, ["10.0.0.1", "fd00::1"]),
        ({"podIPs": [{}], "hostIP": "10.9.9.9"}, None),
        ({"podIP": "", "phase": "Running"}, None),
    ],
)
def test_addresses_of_a_pod(status: Any, addresses: list[str] | None) -> None:
    expected = None if addresses is None else tuple(ip_address(text) for text in addresses)
    assert workload(pod(status=status)).addresses == expected


def test_a_pod_on_the_host_network_has_its_nodes_address() -> None:
    spec = {**POD_SPEC, "hostNetwork": True}
    assert workload(pod(spec=spec, status={"hostIP": "10.9.9.9"})).addresses == (ip_address("10.9.9.9"),)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_s2_finished_pods_are_dropped_and_counted(phase: str) -> None:
    running = pod("b", status={"podIP": "10.0.0.1"})
    cluster = build(pod("a", status={"phase": phase, "podIP": "10.0.0.1"}), running)
    assert [found.name for found in cluster.population.workloads] == ["b"]
    assert cluster.dropped_pods == 1


def test_s2_two_live_pods_have_two_addresses() -> None:
    status = {"podIP": "10.0.0.1"}
    assert faults_of(pod("a", status=status), pod("b", status=status)) == [("duplicate-address", "status")]
    spec = {**POD_SPEC, "hostNetwork": True}
    on_host = pod("b", spec=spec, status=status)
    assert faults_of(pod("a", status=status), on_host) == [("duplicate-address", "status")]
    assert build(on_host, pod("c", spec=spec, status=status)).population.workloads
    declared = Workload("Pod", "shop", "x", addresses=(ip_address("10.0.0.1"),))
    assert faults_of(pod("a", status=status), declared_pods=[declared]) == [("duplicate-address", "status")]


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ([], ("wrong-type", "status")),
        ({"podIP": "x"}, ("invalid-address", "status.podIP")),
        ({"podIP": 1}, ("wrong-type", "status.podIP")),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}, ("invalid-address", "status.podIPs[1].ip")),
        ({"podIPs": [{"ip": "10.0.0.1"}], "podIP": "10.0.0.2"}, ("invalid-address", "status.podIP")),
        ({"podIPs": ["x"]}, ("wrong-type", "status.podIPs[0]")),
    ],
)
def test_faults_of_a_status(status: Any, fault: tuple[str, str]) -> None:
    assert faults_of(pod(status=status)) == [fault]


@pytest.mark.parametrize(
    ("port", "fault"),
    [
        ({"containerPort": 0}, ("port-out-of-range", "containerPort")),
        ({"containerPort": 65536}, ("port-out-of-range", "containerPort")),
        ({"containerPort": 80, "hostPort": 70000}, ("port-out-of-range", "hostPort")),
        ({"containerPort": "80"}, ("wrong-type", "containerPort")),
        ({"containerPort": True}, ("wrong-type", "containerPort")),
        ({}, ("required", "containerPort")),
        ({"containerPort": 80, "name": "HTTP"}, ("invalid-port-name", "name")),
        ({"containerPort": 80, "name": 1}, ("wrong-type", "name")),
        ({"containerPort": 80, "protocol": "tcp"}, ("unsupported-value", "protocol")),
        ({"containerPort": 80, "protocol": 6}, ("wrong-type", "protocol")),
        ({"containerPort": 80, "protocl": "UDP"}, ("unknown-field", "protocl")),
        ({"containerPort": 80, "hostPort": 81}, ("host-port-mismatch", "hostPort")),
    ],
)
def test_faults_of_a_port(port: dict[str, Any], fault: tuple[str, str]) -> None:
    written = template(hostNetwork=True, containers=[{"ports": [port]}])
    code, field = fault
    expected = [(code, f"{TEMPLATE}.containers[0].ports[0].{field}")]
    assert faults_of(controlled("apps/v1", "Deployment", template=written)) == expected


def test_port_names_are_unique_within_a_container_only() -> None:
    port = {"name": "http", "containerPort": 80}
    assert faults_of(pod(spec={"containers": [{"ports": [port, port]}]})) == [
        ("duplicate-port-name", "spec.containers[0].ports[1].name")
    ]
    assert build(pod(spec={"containers": [{"ports": [port]}, {"ports": [port]}]})).population.workloads


@pytest.mark.parametrize(
    ("spec", "faults"),
    [
        ({"hostnetwork": True}, [("unknown-field", f"{TEMPLATE}.hostnetwork")]),
        ({"nodeNam": "x"}, [("unknown-field", f"{TEMPLATE}.nodeNam")]),
        ({"initContianers": []}, [("unknown-field", f"{TEMPLATE}.initContianers")]),
        ({"containers": [{"port": []}]}, [("unknown-field", f"{TEMPLATE}.containers[0].port")]),
        ({"hostNetwork": "true"}, [("wrong-type", f"{TEMPLATE}.hostNetwork")]),
        ({"containers": {}}, [("wrong-type", f"{TEMPLATE}.containers")]),
        ({"containers": []}, [("required", f"{TEMPLATE}.containers")]),
        ({"containers": [1]}, [("wrong-type", f"{TEMPLATE}.containers[0]")]),
        ({"nodeName": 1}, [("wrong-type", f"{TEMPLATE}.nodeName")]),
    ],
)
def test_faults_of_a_pod_spec(spec: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    assert faults_of(controlled("apps/v1", "Deployment", template=template(**spec))) == faults


def test_misspelt_containers_do_not_hide_a_template() -> None:
    written = {"spec": {"contianers": [{"name": "c"}]}}
    assert faults_of(controlled("argoproj.io/v1alpha1", "Rollout", template=written)) == [
        ("unknown-field", f"{TEMPLATE}.contianers"),
    ]


@pytest.mark.parametrize("key", ["lables", "Labels", "namespce"])
def test_look_alikes_in_metadata(key: str) -> None:
    metadata = {"name": "web", "namespace": "shop", key: {}}
    assert faults_of(pod(metadata=metadata)) == [("unknown-field", f"metadata.{key}")]


def test_faults_of_labels() -> None:
    labels = {"a": 1, "b": True, "-": "x", "c": "a b", "d": None, "e": []}
    found = faults_of(pod(metadata={"name": "web", "namespace": "shop", "labels": labels}))
    assert found == [
        ("wrong-type", "metadata.labels.a"),
        ("wrong-type", "metadata.labels.b"),
        ("invalid-label-key", "metadata.labels[-]"),
        ("invalid-label-value", "metadata.labels.c"),
        ("wrong-type", "metadata.labels.e"),
    ]


def test_a_null_label_value_is_the_empty_one() -> None:
    metadata = {"name": "web", "namespace": "shop", "labels": {"a": None}}
    assert workload(pod(metadata=metadata)).labels == {"a": ""}


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"])
@pytest.mark.parametrize(
    ("selector", "fault"),
    [
        (None, ("required", "spec.selector")),
        ({}, ("empty-selector", "spec.selector")),
        ({"matchLabels": {}, "matchExpressions": []}, ("empty-selector", "spec.selector")),
        ({"matchLabels": {"app": "db"}}, ("selector-mismatch", "spec.selector")),
        ({"app": "web"}, ("unknown-field", "spec.selector.app")),
        ([], ("wrong-type", "spec.selector")),
        ({"matchLabels": {"app": 1}}, ("wrong-type", "spec.selector.matchLabels.app")),
    ],
)
def test_selector_of_a_controller(kind: str, selector: Any, fault: tuple[str, str]) -> None:
    assert faults_of(controlled("apps/v1", kind, selector=selector)) == [fault]


@pytest.mark.parametrize(
    ("operator", "values", "matches"),
    [
        ("In", ["web", "x"], True),
        ("In", ["x"], False),
        ("NotIn", ["x"], True),
        ("NotIn", ["web"], False),
        ("Exists", None, True),
        ("DoesNotExist", None, False),
    ],
)
def test_selector_with_expressions(operator: str, values: Any, matches: bool) -> None:
    requirement = {"key": "app", "operator": operator, "values": values}
    written = controlled("apps/v1", "Deployment", selector={"matchExpressions": [requirement]})
    if matches:
        assert workload(written).labels == {"app": "web"}
    else:
        assert faults_of(written) == [("selector-mismatch", "spec.selector")]


def test_labels_at_fault_are_no_mismatch_as_well() -> None:
    written = controlled("apps/v1", "Deployment", template=template({"app": 1}))
    assert faults_of(written) == [("wrong-type", "spec.template.metadata.labels.app")]


def test_selector_of_a_replication_controller() -> None:
    kind = ("v1", "ReplicationController")
    assert workload(controlled(*kind, selector=None)).labels == {"app": "web"}
    assert faults_of(controlled(*kind, selector={"app": "db"})) == [("selector-mismatch", "spec.selector")]
    assert faults_of(controlled(*kind, selector={"app": 1})) == [("wrong-type", "spec.selector.app")]


@pytest.mark.parametrize(
    ("written", "field"),
    [
        (item("apps/v1", "Deployment", "web", "shop"), "spec"),
        (
            item("apps/v1", "Deployment", "web", "shop", spec={"selector": {"matchLabels": {"a": "b"}}}),
            "spec.template",
        ),
        (controlled("batch/v1", "Job", template={}), "spec.template.spec"),
        (item("batch/v1", "CronJob", "web", "shop", spec={}), "spec.jobTemplate"),
        (item("batch/v1", "CronJob", "web", "shop", spec={"jobTemplate": {}}), "spec.jobTemplate.spec"),
        (item("v1", "Pod", "web", "shop"), "spec"),
    ],
)
def test_a_workload_without_a_template(written: dict[str, Any], field: str) -> None:
    assert ("required", field) in faults_of(written)


def test_custom_kinds_are_assumed_to_add_nothing() -> None:
    cluster = build(controlled("argoproj.io/v1alpha1", "Rollout"), item("v1", "Namespace", "shop"))
    (assumption,) = cluster.assumptions
    assert (assumption.id, assumption.source) == ("NP-17", "manifests")
    assert "`Rollout`" in assumption.text


def test_a_pod_template_alone_makes_no_pods() -> None:
    written = item("v1", "PodTemplate", "web", "shop", template=template())
    assert build(written).ignored == {"PodTemplate": 1}
