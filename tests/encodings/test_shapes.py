"""S-9: what tells pods apart, and what does not."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest

from verifier import loads
from verifier.cluster import Cluster
from verifier.encodings.ip_block import cidr_bits
from verifier.encodings.shapes import BlockMembership
from verifier.encodings.symbols import build_symbols
from verifier.encodings.vocabulary import FIRST_VALUE, Mentions
from verifier.engine import Engine
from verifier.flow import Protocol
from verifier.population import World
from verifier.properties.spec.scope import Forbid, Property, Selection
from verifier.verdict import Proved, Refuted, Word


def pod(name: str, node: str = "", *, host: bool = False, address: str = "") -> str:
    where = f", nodeName: {node}" if node else ""
    status = f", status: {{podIPs: [{{ip: {address}}}]}}" if address else ""
    network = ", hostNetwork: true" if host else ""
    return (
        f"---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: shop,"
        f" labels: {{app: {name[0]}}}}}, spec: {{containers: [{{name: c}}]{where}{network}}}{status}}}\n"
    )


NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
DENY = (
    "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop},"
    " spec: {policyTypes: [Ingress, Egress]}}\n"
)


def shapes(cluster: Cluster) -> int:
    mentions = Mentions()
    mentions.pod_labels["app"] = {"a", "h"}
    return len(build_symbols(cluster.population, mentions).shapes)


def verdict(cluster: Cluster, source: str, destination: str) -> Word:
    statement = Forbid(
        (Selection(pods=True, namespace="shop", workload=("Pod", source)),),
        (Selection(pods=True, namespace="shop", workload=("Pod", destination)),),
    )
    prop = Property(0, "p", statement, World.SNAPSHOT)
    return Engine(cluster, [statement]).decide(prop, 30)[World.SNAPSHOT].word


def test_siblings_on_many_nodes_are_one_shape() -> None:
    pods = (pod(f"a{index}", f"node-{index}", address=f"10.0.0.{index + 1}") for index in range(50))

    assert shapes(loads(NAMESPACE + "".join(pods))) == 1


def test_siblings_of_unknown_address_are_told_apart_by_their_nodes() -> None:
    # What is not known of them may differ, and a flow must tell whose it is (S-1).
    text = NAMESPACE + "".join(pod(f"a{index}", f"node-{index}") for index in range(3))

    assert shapes(loads(text)) == 3


def test_where_a_host_network_pod_runs_tells_it_apart() -> None:
    text = NAMESPACE + "".join(pod(f"h{index}", f"node-{index}", host=True) for index in range(3))

    assert shapes(loads(text)) == 3


def test_a_host_network_pod_reaches_only_the_sibling_on_another_node() -> None:
    """NP-41, S-7: to the sibling on its own node the flow is left out, so nobody violates there."""
    cluster = loads(NAMESPACE + pod("h", "n1", host=True) + pod("a1", "n1") + pod("a2", "n2"))
    statement = Forbid(
        (Selection(pods=True, namespace="shop", workload=("Pod", "h")),),
        (Selection(pods=True, namespace="shop"),),
    )
    decided = Engine(cluster, [statement]).decide(Property(0, "p", statement, World.SNAPSHOT), 30)

    refuted = decided[World.SNAPSHOT]
    assert isinstance(refuted, Refuted)
    assert "Pod/a2" in repr(refuted.counterexample)
    assert verdict(cluster, "h", "a1") is Word.VACUOUS


def test_two_of_one_shape_meet_on_one_node_only_where_two_are() -> None:
    """The pair is two pods, whichever node they share; each of them has a name of its own."""
    text = NAMESPACE + pod("a1", "n1") + pod("a2", "n1") + pod("a3", "n2")
    statement = Forbid((Selection(pods=True),), (Selection(pods=True),))
    decided = Engine(loads(text), [statement]).decide(Property(0, "p", statement, World.SNAPSHOT), 30)
    denied = Engine(loads(text + DENY), [statement]).decide(Property(0, "p", statement, World.SNAPSHOT), 30)

    refuted = decided[World.SNAPSHOT]
    assert isinstance(refuted, Refuted)
    assert "Pod/" in repr(refuted.counterexample)
    assert isinstance(denied[World.SNAPSHOT], Proved)


BLOCKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "0.0.0.0/0", "255.255.255.255/32", "fc00::/7", "::/0")
AROUND = (
    *(
        "9.255.255.255",
        "10.0.0.0",
        "10.0.255.255",
        "10.1.0.0",
        "10.1.2.2",
        "10.1.2.3",
        "10.1.2.4",
        "10.1.255.255",
    ),
    *("10.2.0.0", "10.255.255.255", "11.0.0.0", "0.0.0.1", "255.255.255.254", "255.255.255.255"),
    *("::", "::a01:203", "fbff::", "fc00::", "fdff::1", "fe00::"),
)


@pytest.mark.parametrize("address", AROUND)
def test_an_address_lies_in_the_blocks_that_hold_it(address: str) -> None:
    membership = BlockMembership([cidr_bits(cidr) for cidr in BLOCKS])
    membership.vector(ip_address("10.1.128.0"))  # what was asked before does not matter

    found = {_network(*block) for block in membership.vector(ip_address(address))}
    assert found == {ip_network(cidr) for cidr in BLOCKS if ip_address(address) in ip_network(cidr)}


def _network(version: int, address: int, length: int) -> IPv4Network | IPv6Network:
    return IPv4Network((address, length)) if version == 4 else IPv6Network((address, length))


def test_pods_with_equal_ports_share_them() -> None:
    ports = "ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]"
    text = NAMESPACE + "".join(pod(name).replace("name: c", f"name: c, {ports}") for name in ("a", "b"))
    one, other = loads(text).population.workloads

    assert one.ports is other.ports
    assert [(port.number, port.protocol, port.name) for port in one.ports] == [
        (80, Protocol.TCP, "http"),
        (53, Protocol.UDP, None),
    ]


def test_a_label_that_a_controller_sets_is_not_the_one_that_is_absent() -> None:
    """S-13: nobody knows its value, so pods of it are told apart from those without the label."""
    job = (
        "---\n{apiVersion: batch/v1, kind: Job, metadata: {name: a, namespace: shop},"
        " spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c}]}}}}\n"
    )
    mentions = Mentions()
    mentions.pod_labels |= {"app": {"a"}, "job-name": {"a"}}
    symbols = build_symbols(loads(NAMESPACE + pod("a") + job).population, mentions)

    assert [shape.label_codes for shape in symbols.shapes] == [
        (("app", FIRST_VALUE),),
        (("app", FIRST_VALUE), ("job-name", None)),
    ]
