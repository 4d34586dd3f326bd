"""The small cluster that the tables of cases play in, and short ways to write flows and policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from verifier.flow import (
    Address,
    ContainerPort,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    PodNamespace,
    Protocol,
    Surroundings,
)
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.readings import Readings

TCP, UDP, SCTP = Protocol.TCP, Protocol.UDP, Protocol.SCTP


@dataclass(frozen=True)
class Case:
    """One row: under policies, readings and facts `flow` is allowed or not; `item` is the reason why."""

    item: str
    name: str
    policies: tuple[NetworkPolicy, ...]
    flow: Flow
    allowed: bool
    readings: Readings = field(default_factory=Readings)
    tiers: tuple[TieredPolicy, ...] = ()
    surroundings: Surroundings = field(default_factory=Surroundings)


def both(*texts: str) -> tuple[Address, ...]:
    return tuple(ip_address(text) for text in texts)


SHOP = PodNamespace("shop", {"team": "sales", "tenant": "a"})
OPS = PodNamespace("ops", {"team": "ops", "env": "prod", "tenant": "b"})
BARE = PodNamespace("bare")

WEB = Pod(
    SHOP,
    "web-0",
    {"app": "web", "tier": "front", "note": ""},
    (ContainerPort(8080, TCP, "http"),),
    both("10.1.0.1", "fd00:1::1"),
    node="n1",
    owner="Deployment/web",
)
WEB_TWIN = Pod(
    SHOP, "web-1", WEB.labels, WEB.ports, both("10.1.0.11", "fd00:1::11"), node="n2", owner="Deployment/web"
)
DB = Pod(
    SHOP,
    "db",
    {"app": "db", "pod-template-hash": "5d4f"},
    (
        ContainerPort(5432, TCP, "pg"),
        ContainerPort(53, UDP, "dns"),
        ContainerPort(9999, SCTP, "signal"),
        ContainerPort(7001, TCP, "twin"),
        ContainerPort(7003, UDP, "twin"),
        ContainerPort(7002, TCP, "twin"),
        ContainerPort(6000),
    ),
    both("10.1.0.2", "fd00:1::2"),
    node="n2",
    owner="Pod/db",
)
PROM = Pod(
    OPS,
    "prom",
    {"app": "prometheus", "role": "monitoring"},
    (ContainerPort(9090, TCP, "http"),),
    both("10.2.0.1", "fd00:2::1"),
    node="n1",
    owner="StatefulSet/prom",
)
LONER = Pod(BARE, "loner", addresses=both("10.3.0.1"), owner="Pod/loner")
AGENT_1 = Pod(
    OPS,
    "agent-1",
    {"app": "agent"},
    (ContainerPort(9100, TCP, "metrics"),),
    both("10.9.0.1", "fd00:9::1"),
    host_network=True,
    node="n1",
    owner="DaemonSet/agent",
)
AGENT_2 = Pod(
    OPS,
    "agent-2",
    AGENT_1.labels,
    AGENT_1.ports,
    both("10.9.0.2", "fd00:9::2"),
    host_network=True,
    node="n2",
    owner="DaemonSet/agent",
)
SHOP_AGENT = Pod(
    SHOP,
    "agent",
    {"app": "agent"},
    (ContainerPort(9100, TCP, "metrics"),),
    both("10.9.0.3"),
    host_network=True,
    owner="Pod/agent",
)
N1 = Node("n1", both("10.9.0.1", "fd00:9::1"), {"zone": "a", "gpu": ""})
N2 = Node("n2", both("10.9.0.2", "fd00:9::2"), {"zone": "b"})
OUT = External(ip_address("203.0.113.7"))
OUT_6 = External(ip_address("2001:db8::7"))


def address_of(endpoint: Endpoint, version: int) -> Address:
    if isinstance(endpoint, External):
        return endpoint.address
    return next(address for address in endpoint.addresses if address.version == version)


def flow(
    source: Endpoint, destination: Endpoint, port: int, protocol: Protocol = TCP, version: int = 4
) -> Flow:
    """The flow between the two ends' addresses of one IP version."""
    return Flow(
        source, destination, address_of(source, version), address_of(destination, version), protocol, port
    )


def policy(spec: Mapping[str, Any], name: str = "p", namespace: str = "shop") -> NetworkPolicy:
    return NetworkPolicy.model_validate({"name": name, "namespace": namespace, "spec": spec})


def app(name: str) -> dict[str, Any]:
    return {"matchLabels": {"app": name}}


def into_db(*rules: Mapping[str, Any]) -> tuple[NetworkPolicy, ...]:
    """A policy that isolates `db` for ingress, save for `rules`."""
    return (policy({"podSelector": app("db"), "policyTypes": ["Ingress"], "ingress": list(rules)}),)


def out_of_web(*rules: Mapping[str, Any]) -> tuple[NetworkPolicy, ...]:
    """A policy that isolates `web` for egress, save for `rules`."""
    return (policy({"podSelector": app("web"), "policyTypes": ["Egress"], "egress": list(rules)}),)


def into_db_from(*peers: Mapping[str, Any]) -> tuple[NetworkPolicy, ...]:
    return into_db({"from": list(peers)})


def into_db_on(*ports: Mapping[str, Any]) -> tuple[NetworkPolicy, ...]:
    return into_db({"ports": list(ports)})


def out_of_web_to(*peers: Mapping[str, Any]) -> tuple[NetworkPolicy, ...]:
    return out_of_web({"to": list(peers)})


def out_of_web_on(*ports: Mapping[str, Any]) -> tuple[NetworkPolicy, ...]:
    return out_of_web({"ports": list(ports)})
