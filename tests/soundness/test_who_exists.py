"""Who can stand at the ends of a flow (S-2 to S-7): nobody possible is missing, nobody is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soundness.cluster import DB, DENY_ALL, SHOP, WEB, both, decide, namespace, node, pod, policy
from verifier import loads, query
from verifier.verdict import Depends, FlowCounterexample

WEB_ON_N3 = pod("web", "app: web", spec="nodeName: n3,")  # away from the nodes that are asked about (S-7)
FORBID = "forbid: {from: %s, to: {namespace: shop, workload: web}}"
AGENT = pod("agent", "app: agent", spec="hostNetwork: true,")
ON_N1 = pod("agent", "app: agent", spec="hostNetwork: true, nodeName: n1,")


def block(cidr: str) -> str:
    return f"ipBlock: {{cidr: '{cidr}'}}"


@pytest.mark.parametrize(
    ("ranges", "verdict"),
    [
        ("10.0.0.1/32", "vacuous"),
        ("10.0.0.0/31", "refuted"),
        ("fd00::1/128", "vacuous"),
        ("fd00::/127", "refuted"),
        ("10.0.0.1/32, fd00::/64", "vacuous"),
        ("10.0.0.0/24, fd00::1/128", "vacuous"),
    ],
)
def test_s2_two_pods_have_two_addresses(ranges: str, verdict: str, tmp_path: Path) -> None:
    # Where db takes the only address, there is nobody else.
    statement = "forbid: {from: {namespace: shop}, to: {namespace: shop, workload: db}}"
    network = f"network: {{podCIDRs: [{', '.join(repr(cidr) for cidr in ranges.split(', '))}]}}"

    assert both(decide(tmp_path, SHOP + DB, statement, network)) == ("vacuous", verdict)


@pytest.mark.parametrize(
    ("source", "cidr", "verdict"),
    [
        ("namespace: shop, except: {namespace: shop, workload: db}", "10.0.0.5/32", "vacuous"),
        ("namespace: shop", "10.9.0.1/32", "vacuous"),
        ("external: true", "10.0.0.5/32", "vacuous"),
        ("external: true", "10.9.0.1/32", "vacuous"),
        ("external: true", "10.9.0.7/32", "vacuous"),
        ("node: n2", "10.0.0.5/32", "vacuous"),
        ("node: n2", "10.9.0.7/32", "depends"),  # a node shares its address with the agent on it
        ("namespace: shop, workload: db", "10.0.0.5/32", "refuted"),
    ],
)
def test_s2_a_known_address_is_nobody_elses(source: str, cidr: str, verdict: str, tmp_path: Path) -> None:
    manifests = SHOP + WEB_ON_N3 + pod("db", "app: db", ip="10.0.0.5") + pod("job")
    manifests += pod("agent", where="ops", ip="10.9.0.7", spec="hostNetwork: true,")
    manifests += node("n1", "10.9.0.1") + node("n2") + node("n3", "10.9.0.3")

    result = decide(tmp_path, manifests, FORBID % f"{{{source}, {block(cidr)}}}")

    assert both(result) == (verdict, verdict)


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_s2_whose_address_it_is_has_it(names: str, tmp_path: Path) -> None:
    # Who has none yet cannot have it, which takes it from nobody.
    pods = pod(names[0], "app: a", ip="10.0.0.5") + pod(names[1], "app: a")
    source = f"{{namespace: shop, podSelector: {{matchLabels: {{app: a}}}}, {block('10.0.0.5/32')}}}"

    assert both(decide(tmp_path, SHOP + WEB + pods, FORBID % source)) == ("refuted", "refuted")


@pytest.mark.parametrize(
    ("agent", "cidr", "verdict"),
    [
        (AGENT, "10.0.0.0/24", "vacuous"),  # where pods are
        (AGENT, "10.9.1.0/24", "refuted"),  # where nodes are, and n2 may be
        (AGENT, "10.9.0.1/32", "refuted"),  # n1
        (AGENT, "10.9.0.2/32", "refuted"),
        (ON_N1, "10.9.0.1/32", "refuted"),
        (ON_N1, "10.9.0.2/32", "vacuous"),
    ],
)
def test_s2_a_host_network_pod_is_where_its_node_is(
    agent: str, cidr: str, verdict: str, tmp_path: Path
) -> None:
    manifests = SHOP + WEB_ON_N3 + agent + node("n1", "10.9.0.1") + node("n2")
    source = f"{{namespace: shop, workload: agent, {block(cidr)}}}"
    network = "network: {podCIDRs: [10.0.0.0/16], nodeCIDRs: [10.9.0.0/16]}"

    result = decide(tmp_path, manifests, FORBID % source, network)

    # Where it runs, and where that is, may be open.
    expected = {verdict, "depends"} if verdict == "refuted" and agent is AGENT else {verdict}
    assert set(both(result)) <= expected


def test_s1_the_cluster_may_have_ipv6_or_not(tmp_path: Path) -> None:
    manifests = SHOP + pod("web", "app: web", ip="fd00::5")

    result = decide(tmp_path, manifests, FORBID % f"{{namespace: shop, {block('fd00::/8')}}}")

    assert both(result) == ("vacuous", "depends")
    assert isinstance(result.any_pod, Depends)
    assert [choice.text for choice in result.any_pod.assignment] == ["pods and nodes have IPv6 addresses"]


@pytest.mark.parametrize(("there", "verdict"), [("ops", "vacuous"), ("dev", "depends")])
def test_s4_a_namespace_has_one_set_of_labels_known_or_not(there: str, verdict: str, tmp_path: Path) -> None:
    pods = "".join(pod(f"in-{where}-{name}", where=where) for where in ("ops", "dev") for name in "ab")
    end = "{namespace: %s, namespaceSelector: {matchLabels: {team: %s}}}"
    statement = f"forbid: {{from: {end % ('ops', 'red')}, to: {end % (there, 'blue')}}}"

    assert both(decide(tmp_path, pods, statement)) == (verdict, verdict)


def test_s5_the_first_port_of_a_name_is_one_of_that_name(tmp_path: Path) -> None:
    named = policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: http}]}]}")
    statement = (
        "readings: {named_port_duplicates: first}\n"
        "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop}}"
    )

    assert both(decide(tmp_path, SHOP + WEB + named, statement)) == ("vacuous", "refuted")


def test_s5_a_workload_is_nobody_elses_pod(tmp_path: Path) -> None:
    # Whoever is not shown is no pod of web, whatever else the scope says of pods that are not shown.
    guests = policy(
        "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: guest}}}]}],"
        " policyTypes: [Ingress]}"
    )
    statement = "forbid: {from: [{namespace: shop, workload: web}, {namespace: ops}], to: {namespace: shop}}"

    assert both(decide(tmp_path, SHOP + namespace("ops") + WEB + DB + guests, statement)) == (
        "proved",
        "proved",
    )


@pytest.mark.parametrize(("block", "verdict"), [("10.0.0.0/8", "vacuous"), ("fd00::/8", "refuted")])
def test_s5_cover_looks_at_addresses_that_a_pod_has(block: str, verdict: str, tmp_path: Path) -> None:
    statement = f"cover: {{pods: {{namespace: shop, ipBlock: {{cidr: '{block}'}}}}}}"

    result = decide(tmp_path, SHOP + WEB, statement, "network: {podCIDRs: ['fd00::/64']}")

    assert both(result) == (verdict, verdict)


@pytest.mark.parametrize("ends", ["one", "both"])
def test_s7_without_a_pod_there_is_no_flow(ends: str, tmp_path: Path) -> None:
    statement = "forbid: {from: external, to: node}"

    result = decide(tmp_path, SHOP + WEB + node("n1", "10.9.0.1"), statement, f"newNamespaces: {ends}")

    assert both(result) == ("vacuous", "vacuous")


@pytest.mark.parametrize(
    ("web", "source", "destination"),
    [(WEB, "{namespace: shop, workload: web}", "node"), (WEB_ON_N3, "node", "{namespace: shop}")],
)
def test_s7_a_pod_and_a_node_are_two(web: str, source: str, destination: str, tmp_path: Path) -> None:
    manifests = SHOP + web + node("n1", "10.9.0.1")

    result = decide(tmp_path, manifests, f"forbid: {{from: {source}, to: {destination}}}")

    assert both(result) == ("refuted", "refuted")


def test_s7_two_pods_that_are_one_shape_are_on_their_own_nodes(tmp_path: Path) -> None:
    # Their addresses are known, so one stands for both (S-9); nobody talks to itself.
    pods = (pod(f"db-{n}", "app: db", ip=f"10.0.0.{n}", spec=f"nodeName: n{n},") for n in (1, 2, 3))

    result = decide(
        tmp_path, SHOP + "".join(pods), "forbid: {from: {namespace: shop}, to: {namespace: shop}}"
    )

    assert both(result) == ("refuted", "refuted")
    assert isinstance(result.counterexample, FlowCounterexample)
    ends = result.counterexample.flow.source, result.counterexample.flow.destination
    assert len({repr(end) for end in ends}) == 2


def test_np_41_a_pods_own_node_may_be_refused(tmp_path: Path) -> None:
    manifests = SHOP + pod("db", "app: db", ip="10.0.0.5", spec="nodeName: n1,") + node("n1", "10.9.0.1")
    required = "require: {from: {node: n1}, to: {namespace: shop, workload: db}}"
    statement = f"readings: {{own_node_ingress: ordinary}}\n{required}"

    assert both(decide(tmp_path, manifests + DENY_ALL, statement)) == ("refuted", "refuted")


@pytest.mark.parametrize("ip", ["", "10.0.0.5", "fd00::5"])
@pytest.mark.parametrize(("reading", "allowed"), [("allowed", True), ("subject", False)])
def test_np_40_a_pod_asked_about_itself_is_one(reading: str, allowed: bool, ip: str) -> None:
    cluster = loads(SHOP + pod("web", "app: web", ip=ip) + DENY_ALL)

    (answer,) = query(cluster, [("shop/web", "shop/web", "TCP", 80)], {"self_traffic": reading})

    assert (answer.allowed, answer.reason) == (allowed, None)
    assert answer.flow is not None
    assert answer.flow.source == answer.flow.destination
    assert answer.flow.source_address == answer.flow.destination_address
