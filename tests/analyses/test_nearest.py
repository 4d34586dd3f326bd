"""The rule that comes nearest to a refused flow, and the words for what of it does not match."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import pytest

from verifier.analyses.nearest import nearest
from verifier.deadline import Deadline
from verifier.flow import ContainerPort, Endpoint, External, Flow, Node, Pod, PodNamespace, Protocol
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy
from verifier.readings import Readings
from verifier.semantics import decide

OWN, OTHER = PodNamespace("shop", {"team": "sales"}), PodNamespace("other", {})
DB = Pod(
    OWN,
    "db",
    {"app": "db"},
    (ContainerPort(5432, name="postgres"),),
    (ip_address("10.0.0.2"),),
    owner="Pod/db",
)
WEB = Pod(OWN, "web", {"app": "web"}, (), (ip_address("10.0.0.1"),), owner="Pod/web")
FAR = Pod(OTHER, "web", {"app": "web"}, (), (ip_address("10.0.0.3"),), owner="Pod/web")
HOST = Pod(OWN, "agent", {"app": "web"}, (), (ip_address("10.9.0.1"),), True, "n1", "DaemonSet/agent")
OUT = External(ip_address("203.0.113.7"))
NODE = Node("n1", (ip_address("10.9.0.1"),))


def policy(*rules: Mapping[str, Any]) -> NetworkPolicy:
    spec = {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": list(rules)}
    return NetworkPolicy.model_validate({"name": "db", "namespace": "shop", "spec": spec})


def flow(source: Endpoint, port: int = 5432) -> Flow:
    address = source.address if isinstance(source, External) else source.addresses[0]
    return Flow(source, DB, address, DB.addresses[0], Protocol.TCP, port)


def pods(**labels: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels}}


@pytest.mark.parametrize(
    ("rules", "refused", "index", "text"),
    [
        ([{"from": [pods(app="wep")]}], flow(WEB), 0, "podSelector `app: wep`: the pod has `app: web`"),
        (
            [{"from": [pods(tier="web")]}],
            flow(WEB),
            0,
            "podSelector `tier: web`: the pod has no label `tier`",
        ),
        (
            [
                {
                    "from": [
                        {
                            "podSelector": {
                                "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]
                            }
                        }
                    ]
                }
            ],
            flow(WEB),
            0,
            "podSelector `app NotIn (web)`: the pod has `app: web`",
        ),
        (
            [{"from": [pods(app="web")]}],
            flow(FAR),
            0,
            "a podSelector alone means pods of namespace `shop`, and this one is in `other`",
        ),
        (
            [{"from": [{"namespaceSelector": {"matchLabels": {"name": "other"}}}]}],
            flow(FAR),
            0,
            "namespaceSelector `name: other`: namespace `other` has no label `name`; "
            "`kubernetes.io/metadata.name: other` would match",
        ),
        (
            [
                {
                    "from": [
                        {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}}
                    ]
                }
            ],
            flow(FAR),
            0,
            "namespaceSelector `team Exists`: namespace `other` has no label `team`",
        ),
        (
            [{"from": [pods(app="web")], "ports": [{"port": 80}]}],
            flow(WEB),
            0,
            "it allows 80/TCP, not 5432/TCP",
        ),
        (
            [{"ports": [{"port": 8000, "endPort": 8010}, {"protocol": "UDP"}]}],
            flow(WEB),
            0,
            "it allows 8000-8010/TCP, every port of UDP, not 5432/TCP",
        ),
        (
            [{"ports": [{"port": "postgre"}]}],
            flow(WEB),
            0,
            "it allows postgre/TCP, and the destination declares no port named `postgre`",
        ),
        (
            [{"from": [{"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.0/28"]}}]}],
            flow(OUT),
            0,
            "ipBlock 203.0.113.0/24 excepts 203.0.113.7",
        ),
        (
            [{"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}],
            flow(OUT),
            0,
            "203.0.113.7 lies outside ipBlock 198.51.100.0/24",
        ),
        (
            [{"from": [pods(app="web")]}],
            flow(OUT),
            0,
            "its peer is pods by label, and an address outside the cluster has none",
        ),
        ([{"from": [pods(app="web")]}], flow(NODE), 0, "its peer is pods by label, and a node has none"),
        (
            [{"from": [pods(app="web")]}],
            flow(HOST),
            0,
            "its peer is pods by label, and a host-network pod has none",
        ),
        (
            [
                {"from": [pods(app="x")], "ports": [{"port": 80}]},
                {"from": [pods(app="web")], "ports": [{"port": 81}]},
            ],
            flow(WEB),
            1,
            "it allows 81/TCP, not 5432/TCP",
        ),
        (
            [{"from": [pods(app="x")]}, {"from": [pods(app="web")], "ports": [{"port": 81}]}],
            flow(WEB),
            1,
            "it allows 81/TCP, not 5432/TCP",
        ),
        (
            [
                {"from": [pods(app="x")], "ports": [{"port": 5432}]},
                {"from": [pods(app="web")], "ports": [{"port": 81}]},
            ],
            flow(WEB),
            1,
            "it allows 81/TCP, not 5432/TCP",
        ),
        (
            [{"from": [pods(app="x")]}, {"ports": [{"port": 81}]}],
            flow(WEB),
            1,
            "it allows 81/TCP, not 5432/TCP",
        ),
        (
            [{"ports": [{"port": 81}]}, {"from": [pods(app="x")], "ports": [{"port": 5432}]}],
            flow(WEB),
            1,
            "podSelector `app: x`: the pod has `app: web`",
        ),
        (
            [{"from": [pods(app="x")]}, {"from": [pods(app="y")], "ports": [{"port": 5432}]}],
            flow(WEB),
            1,
            "podSelector `app: y`: the pod has `app: web`",
        ),
        (
            [{"from": [pods(app="x")]}, {"from": [pods(app="y")]}],
            flow(WEB),
            0,
            "podSelector `app: x`: the pod has `app: web`",
        ),
        (
            [{"from": [pods(app="x")], "ports": [{"port": 80}]}],
            flow(WEB),
            0,
            "podSelector `app: x`: the pod has `app: web`; it allows 80/TCP, not 5432/TCP",
        ),
    ],
)
def test_the_nearest_rule(rules: list[dict[str, Any]], refused: Flow, index: int, text: str) -> None:
    policies = [policy(*rules)]
    side = decide(refused, policies, Readings()).ingress
    assert not side.allowed

    miss = nearest(side, refused, policies, Readings(), Deadline(60))

    assert miss is not None
    assert (miss.rule.index, miss.text) == (index, text)


@pytest.mark.parametrize("order", [1, -1])
def test_of_rules_as_near_it_is_that_of_the_policy_that_means_the_pod(order: int) -> None:
    by_label = policy({"from": [pods(app="x")]})
    broad = by_label.model_copy(
        update={"name": "all", "spec": by_label.spec.model_copy(update={"pod_selector": LabelSelector()})}
    )
    policies = [broad, by_label][::order]

    side = decide(flow(WEB), policies, Readings()).ingress
    miss = nearest(side, flow(WEB), policies, Readings(), Deadline(60))

    assert miss is not None
    assert miss.rule.policy == "shop/db"


def test_a_reading_keeps_a_block_from_matching() -> None:
    policies = [policy({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]})]
    readings = Readings(cidr_matches_pods=False)
    side = decide(flow(WEB), policies, readings).ingress

    miss = nearest(side, flow(WEB), policies, readings, Deadline(60))

    assert miss is not None
    assert miss.text == "ipBlock 10.0.0.0/8 is not read as matching a pod"


def test_without_a_rule_nothing_is_near() -> None:
    policies = [policy()]

    side = decide(flow(WEB), policies, Readings()).ingress

    assert nearest(side, flow(WEB), policies, Readings(), Deadline(60)) is None


def test_without_time_nothing_is_called_the_nearest() -> None:
    policies = [policy({"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]})]
    side = decide(flow(WEB), policies, Readings()).ingress

    assert nearest(side, flow(WEB), policies, Readings(), Deadline(0)) is None
