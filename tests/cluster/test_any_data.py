"""Whatever stands in a manifest, it is read or refused with diagnostics: never a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cluster.written import controlled, documents, item, pod, policy, template
from verifier.cluster import build_cluster
from verifier.diagnostics import Diagnostic, InputError

PEER = {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}
SELECTOR = {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}
TIERED = "policy.networking.k8s.io"
PODS = {"pods": {"namespaceSelector": SELECTOR, "podSelector": {}}}
TO = [{"networks": ["10.0.0.0/8"]}, {"nodes": SELECTOR}, {"domainNames": ["*.example.com"]}, {"newer": {}}]
RULES = {
    "subject": PODS,
    "ingress": [{"name": "x", "action": "Deny", "from": [PODS], "ports": [{"namedPort": "http"}]}],
    "egress": [{"action": "Allow", "to": TO, "ports": [{"portRange": {"start": 1, "end": 9}}]}],
}
NEWER = item(
    f"{TIERED}/v1alpha2",
    "ClusterNetworkPolicy",
    "c",
    spec={
        "tier": "Admin",
        "priority": 1,
        "subject": PODS,
        "ingress": [{"action": "Pass", "from": [PODS], "protocols": [{"destinationNamedPort": "http"}]}],
        "egress": [
            {
                "action": "Accept",
                "to": TO,
                "protocols": [
                    {"tcp": {"destinationPort": {"number": 80}}},
                    {"udp": {"destinationPort": {"range": {"start": 1, "end": 9}}}},
                ],
            }
        ],
    },
)
OBJECTS = [
    policy(
        spec={
            "podSelector": SELECTOR,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [PEER, {"podSelector": SELECTOR}], "ports": [{"port": 80, "endPort": 90}]}],
            "egress": [{"to": [PEER], "ports": [{"port": "http", "protocol": "TCP"}]}],
        }
    ),
    controlled(
        "apps/v1", "Deployment", selector={"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    ),
    controlled("v1", "ReplicationController", selector={"app": "web"}),
    controlled("batch/v1", "Job", completionMode="Indexed"),
    item("batch/v1", "CronJob", "c", "shop", spec={"jobTemplate": {"spec": {"template": template()}}}),
    pod(
        status={"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "hostIP": "10.0.0.2"}
    ),
    item("v1", "Namespace", "shop"),
    item("v1", "Node", "n", status={"addresses": [{"type": "InternalIP", "address": "10.0.0.9"}]}),
    item("v1", "List", "l", items=[policy("b")]),
    item("cilium.io/v2", "CiliumNetworkPolicy", "c", "shop"),
    item(f"{TIERED}/v1alpha1", "AdminNetworkPolicy", "a", spec={"priority": 1, **RULES}),
    item(f"{TIERED}/v1alpha1", "BaselineAdminNetworkPolicy", "default", spec={**RULES, "egress": []}),
    controlled("argoproj.io/v1alpha1", "Rollout"),
    item("example.com/v1", "Thing", "t", spec={"deep": [{"spec": {"containers": []}}]}),
]
JUNK = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, "", "x", "{help}", "\u202e", [], [None], {}, {"": 1}, {"x": None}]
)


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    steps = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in list(steps):
        yield data, key
        yield from places(value)


def refusals(written: Any) -> tuple[Diagnostic, ...]:
    try:
        build_cluster(documents(json.dumps(written)))
    except InputError as error:
        return error.diagnostics
    return ()


@settings(max_examples=400)
@given(st.data())
def test_any_value_anywhere(data: st.DataObject) -> None:
    written = json.loads(json.dumps(data.draw(st.sampled_from([*OBJECTS, NEWER]))))
    container, key = data.draw(st.sampled_from(list(places(written))))
    container[key] = data.draw(JUNK)
    for found in refusals(written):
        assert found.message
        assert found.span.line
        assert "\u202e" not in str(found)


def test_the_objects_are_sound_as_they_stand() -> None:
    assert build_cluster([document for written in OBJECTS for document in documents(json.dumps(written))])
    assert build_cluster(documents(json.dumps(NEWER)))


def test_junk_is_refused_at_all() -> None:
    assert refusals(policy(spec={"ingress": [{"from": [1]}]}))
