"""Who can exist in a world: every rule once kept and once broken."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from tests.semantics.cast import both
from verifier.flow import Address, ContainerPort, Endpoint, External, Flow, Node, Pod, PodNamespace, Protocol
from verifier.population import METADATA_NAME, Namespace, Network, Population, Workload
from verifier.properties.spec.scope import World
from verifier.semantics import in_existing_namespaces, membership_faults

SNAPSHOT, ANY_POD = World.SNAPSHOT, World.ANY_POD
PORTS = (ContainerPort(8080, name="http"),)
POPULATION = Population(
    namespaces={"shop": Namespace("shop", {"team": "sales"}), "used": Namespace("used", None)},
    workloads=(
        Workload("Deployment", "shop", "web", {"app": "web"}, PORTS, controller_labels=frozenset({"hash"})),
        Workload(
            "Pod", "shop", "db", {"app": "db"}, node="n1", addresses=both("10.1.0.2", "fd00::2"), single=True
        ),
        Workload("DaemonSet", "shop", "agent", {"app": "agent"}, host_network=True),
        Workload("Pod", "shop", "proxy", host_network=True, addresses=both("10.9.0.5"), single=True),
        Workload("Job", "used", "batch", {"app": "batch"}),
        Workload("Pod", "shop", "young", controller_labels=frozenset({"hash"}), single=True),
    ),
    nodes=(Node("n1", both("10.9.0.1", "203.0.113.1")), Node("n2", both("10.9.0.3"))),
)
NO_NODES = replace(POPULATION, nodes=())
DECLARED = Network(
    pod_cidrs=(ip_network("10.1.0.0/16"),),
    service_cidrs=(ip_network("10.96.0.0/12"),),
    node_cidrs=(ip_network("198.51.100.0/24"),),
)

SHOP = PodNamespace("shop", {"team": "sales"})
USED = PodNamespace("used", {"who": "knows"})
NEW = PodNamespace("new", {"any": "thing"})

WEB = Pod(SHOP, "web-a", {"app": "web", "hash": "x1"}, PORTS, both("10.1.0.1"), owner="Deployment/web")
DB = Pod(SHOP, "db", {"app": "db"}, (), both("10.1.0.2", "fd00::2"), node="n1", owner="Pod/db")
AGENT = Pod(SHOP, "agent-a", {"app": "agent"}, (), both("10.9.0.1"), True, "n1", "DaemonSet/agent")
STRAY = replace(AGENT, node="n9", addresses=both("10.9.0.77"))
PROXY = Pod(SHOP, "proxy", {}, (), both("10.9.0.5"), True, None, "Pod/proxy")
BATCH = Pod(USED, "batch-a", {"app": "batch"}, (), both("10.1.0.7"), owner="Job/batch")
YOUNG = Pod(SHOP, "young", {}, (), both("10.1.0.8"), owner="Pod/young")
GUEST = Pod(SHOP, "guest", {"a/b": "", "c": "d"}, (ContainerPort(1, Protocol.UDP, "x"),), both("192.168.0.1"))
STRANGER = replace(GUEST, namespace=NEW, name="stranger", addresses=both("192.168.0.2"))
OUT = External(ip_address("203.0.113.7"))
N1 = POPULATION.nodes[0]


def at(text: str) -> External:
    return External(ip_address(text))


def in_namespace(pod: Pod, name: str, **labels: str) -> Pod:
    return replace(pod, namespace=PodNamespace(name, labels))


@pytest.mark.parametrize(
    ("endpoints", "world"),
    [
        pytest.param([WEB, DB], SNAPSHOT, id="two pods"),
        pytest.param([WEB, replace(WEB, name="web-b", addresses=both("10.1.0.9"))], SNAPSHOT, id="twins"),
        pytest.param(
            [
                WEB,
                replace(WEB, name="web-b", labels={"app": "web", "hash": "x2"}, addresses=both("10.1.0.9")),
            ],
            SNAPSHOT,
            id="twins with their own value of a controller's label",
        ),
        pytest.param([WEB, WEB], SNAPSHOT, id="itself"),
        pytest.param([DB, DB], SNAPSHOT, id="a single pod itself"),
        pytest.param([replace(DB, addresses=both("fd00::2")), OUT], SNAPSHOT, id="one of two addresses"),
        pytest.param([replace(WEB, node="n7"), OUT], SNAPSHOT, id="placed anywhere"),
        pytest.param(
            [AGENT, replace(AGENT, name="agent-b")], SNAPSHOT, id="host-network pods share addresses"
        ),
        pytest.param([AGENT, PROXY], SNAPSHOT, id="host-network pods"),
        pytest.param(
            [PROXY, replace(AGENT, name="agent-b")], SNAPSHOT, id="a host-network pod beside another"
        ),
        pytest.param([BATCH, YOUNG], SNAPSHOT, id="unknown namespace labels"),
        pytest.param([WEB, OUT], SNAPSHOT, id="an external address"),
        pytest.param([WEB, at("10.200.0.1")], SNAPSHOT, id="defaults take nothing from external"),
        pytest.param([WEB, N1], SNAPSHOT, id="a node"),
        pytest.param(
            [replace(GUEST, ports=(ContainerPort(1), ContainerPort(65535))), OUT], ANY_POD, id="extreme ports"
        ),
        pytest.param([WEB, replace(N1, addresses=both("203.0.113.1"))], SNAPSHOT, id="a node by one address"),
        pytest.param([WEB, GUEST], ANY_POD, id="a hypothetical pod"),
        pytest.param([GUEST, GUEST], ANY_POD, id="a hypothetical pod itself"),
        pytest.param([WEB, STRANGER], ANY_POD, id="a new namespace"),
        pytest.param([in_namespace(GUEST, "used", x="y"), WEB], ANY_POD, id="unknown labels may be any"),
        pytest.param([replace(GUEST, addresses=both("fd12::1")), OUT], ANY_POD, id="a private IPv6 address"),
        pytest.param(
            [replace(WEB, namespace=PodNamespace("shop", {"team": "sales", METADATA_NAME: "shop"}))],
            SNAPSHOT,
            id="the forced label written out",
        ),
        pytest.param(
            [replace(WEB, namespace=PodNamespace("shop", {"team": "sales", METADATA_NAME: "lie"}))],
            SNAPSHOT,
            id="the forced label overridden",
        ),
    ],
)
def test_who_can_exist(endpoints: Sequence[Endpoint], world: World) -> None:
    assert membership_faults(endpoints, POPULATION, world) == []


@pytest.mark.parametrize(
    ("endpoints", "world", "words"),
    [
        pytest.param([in_namespace(WEB, "gone")], SNAPSHOT, "`gone` does not exist", id="no namespace"),
        pytest.param([in_namespace(WEB, "gone")], ANY_POD, "`gone` does not exist", id="nor for a known pod"),
        pytest.param([in_namespace(WEB, "shop")], SNAPSHOT, "other labels than the input", id="ns labels"),
        pytest.param([in_namespace(WEB, "used")], SNAPSHOT, "not in the input", id="moved"),
        pytest.param([replace(WEB, owner="Pod/web")], SNAPSHOT, "`Pod/web`, which is not", id="owner"),
        pytest.param([replace(WEB, labels={"app": "web"})], SNAPSHOT, "lacks the label `hash`", id="hash"),
        pytest.param([replace(WEB, labels={"hash": "x"})], SNAPSHOT, "other labels than", id="label missing"),
        pytest.param(
            [replace(WEB, labels={**WEB.labels, "b": "c"})], SNAPSHOT, "other labels than", id="a label more"
        ),
        pytest.param(
            [replace(YOUNG, labels={"hash": "x"})], SNAPSHOT, "other labels than", id="single, a label more"
        ),
        pytest.param(
            [replace(WEB, labels={**WEB.labels, "hash": "no value"})],
            SNAPSHOT,
            "label value `no value`",
            id="value",
        ),
        pytest.param([replace(WEB, ports=())], SNAPSHOT, "other ports", id="ports"),
        pytest.param([replace(WEB, host_network=True)], SNAPSHOT, "differ in being", id="host network"),
        pytest.param([replace(DB, name="db-2")], SNAPSHOT, "one pod of that name", id="single"),
        pytest.param([replace(DB, node="n2")], SNAPSHOT, "another node than `n1`", id="node"),
        pytest.param([replace(DB, node=None)], SNAPSHOT, "another node than `n1`", id="node unknown"),
        pytest.param(
            [replace(DB, addresses=both("10.1.0.3"))], SNAPSHOT, "does not state", id="known address"
        ),
        pytest.param(
            [replace(WEB, addresses=both("8.8.8.8"))], SNAPSHOT, "expected one in", id="public address"
        ),
        pytest.param([replace(WEB, addresses=both("10.1.0.2"))], SNAPSHOT, "that of `shop/db`", id="taken"),
        pytest.param(
            [replace(WEB, addresses=both("10.1.0.1", "10.1.0.3"))],
            SNAPSHOT,
            "two addresses",
            id="one family twice",
        ),
        pytest.param(
            [replace(AGENT, addresses=both("127.0.0.1"))], SNAPSHOT, "its node does not have", id="loopback"
        ),
        pytest.param(
            [WEB, replace(WEB, name="web-b")], SNAPSHOT, "share the address `10.1.0.1`", id="shared address"
        ),
        pytest.param([WEB, replace(WEB, node="n2")], SNAPSHOT, "in two ways", id="one pod, two accounts"),
        pytest.param([at("127.0.0.1"), WEB], SNAPSHOT, "no unicast", id="external loopback"),
        pytest.param([at("10.1.0.2"), WEB], SNAPSHOT, "an address of `shop/db`", id="external is a pod's"),
        pytest.param(
            [at("10.9.0.5"), WEB], SNAPSHOT, "an address of `shop/proxy`", id="external is a host's"
        ),
        pytest.param(
            [at("203.0.113.1"), WEB], SNAPSHOT, "an address of node `n1`", id="external is a node's"
        ),
        pytest.param([at("10.1.0.1"), WEB], SNAPSHOT, "endpoint outside", id="external is the other end's"),
        pytest.param([WEB, at("10.1.0.1")], SNAPSHOT, "endpoint outside", id="the other end's is external"),
        pytest.param([Node("n9", both("10.9.0.1")), WEB], SNAPSHOT, "is called `n9`", id="no such node"),
        pytest.param([Node("n9"), WEB], SNAPSHOT, "is called `n9`", id="no such node, no address"),
        pytest.param([Node("n1", both("10.9.0.2")), WEB], SNAPSHOT, "`10.9.0.2`", id="not its address"),
        pytest.param([GUEST, WEB], SNAPSHOT, "not in the input", id="hypothetical"),
        pytest.param([STRANGER, WEB], SNAPSHOT, "`new` does not exist", id="new namespace"),
        pytest.param([replace(GUEST, host_network=True)], ANY_POD, "host network", id="hypothetical host"),
        pytest.param([replace(GUEST, labels={"-": "x"})], ANY_POD, "label key `-`", id="label key"),
        pytest.param(
            [replace(GUEST, ports=(ContainerPort(0),))], ANY_POD, "declares port 0", id="port number"
        ),
        pytest.param(
            [replace(GUEST, ports=(ContainerPort(65536),))], ANY_POD, "declares port 65536", id="port above"
        ),
        pytest.param(
            [replace(GUEST, ports=(ContainerPort(1, name="80"),))], ANY_POD, "port name `80`", id="port name"
        ),
        pytest.param([replace(GUEST, addresses=both("8.8.8.8"))], ANY_POD, "expected one in", id="address"),
        pytest.param(
            [replace(GUEST, addresses=both("fd00::2"))], ANY_POD, "that of `shop/db`", id="taken again"
        ),
        pytest.param([in_namespace(GUEST, "shop", team="x")], ANY_POD, "other labels", id="ns labels again"),
        pytest.param([in_namespace(GUEST, "No"), WEB], ANY_POD, "no valid name", id="namespace name"),
        pytest.param(
            [in_namespace(GUEST, "a" * 64), WEB], ANY_POD, "no valid name", id="long namespace name"
        ),
        pytest.param([in_namespace(GUEST, "new", x="!"), WEB], ANY_POD, "value `!`", id="namespace label"),
        pytest.param([STRANGER], ANY_POD, "existing namespace", id="a new namespace alone"),
        pytest.param([STRANGER, OUT], ANY_POD, "existing namespace", id="a new namespace and the outside"),
        pytest.param([N1, STRANGER], ANY_POD, "existing namespace", id="a new namespace and a node"),
        pytest.param(
            [STRANGER, in_namespace(GUEST, "newer")], ANY_POD, "existing namespace", id="two new namespaces"
        ),
        pytest.param(
            [BATCH, in_namespace(GUEST, "used", other="x")], ANY_POD, "two sets of labels", id="two accounts"
        ),
    ],
)
def test_who_cannot_exist(endpoints: Sequence[Endpoint], world: World, words: str) -> None:
    faults = membership_faults(endpoints, POPULATION, world)

    assert any(words in fault for fault in faults), faults


def test_both_ends_in_new_namespaces_if_asked_for() -> None:
    ends = [STRANGER, in_namespace(GUEST, "newer")]

    assert membership_faults(ends, POPULATION, ANY_POD, new_namespaces_both=True) == []
    assert membership_faults([STRANGER, OUT], POPULATION, ANY_POD, new_namespaces_both=True) == []
    assert membership_faults([STRANGER], POPULATION, ANY_POD, new_namespaces_both=True) == []


def test_existing_namespaces() -> None:
    far = STRANGER.addresses[0]

    assert in_existing_namespaces([WEB, BATCH, OUT, N1], POPULATION)
    assert not in_existing_namespaces([WEB, STRANGER], POPULATION)
    assert not in_existing_namespaces(Flow(STRANGER, OUT, far, OUT.address, Protocol.TCP, 1), POPULATION)


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        (at("10.1.0.99"), "declared range"),
        (at("10.96.0.1"), "declared range"),
        (at("198.51.100.9"), "declared range"),
        (at("10.200.0.1"), None),
        (replace(WEB, addresses=both("10.1.255.255")), None),
        (replace(WEB, addresses=both("10.2.0.0")), "`10.1.0.0/16`"),
        (replace(GUEST, addresses=both("192.168.0.1")), "`10.1.0.0/16`"),
        (DB, None),
        (AGENT, None),
        (replace(AGENT, addresses=both("10.9.0.3")), "its node does not have"),
        (replace(STRAY, addresses=both("198.51.100.4")), None),
        (replace(STRAY, addresses=both("198.51.101.1")), "`198.51.100.0/24`"),
        (PROXY, None),
    ],
)
def test_declared_ranges(endpoint: Endpoint, words: str | None) -> None:
    faults = membership_faults([endpoint, YOUNG], replace(POPULATION, network=DECLARED), ANY_POD)

    assert any(words in fault for fault in faults) if words else faults == []


def test_a_declared_range_of_nothing() -> None:
    nowhere = replace(POPULATION, network=Network(pod_cidrs=()))

    assert membership_faults([WEB], nowhere, SNAPSHOT) == [
        "pod `shop/web-a` has the address `10.1.0.1`, expected one in nothing"
    ]


@pytest.mark.parametrize(
    ("network", "address", "fine"),
    [
        (Network(), "10.9.9.9", True),
        (Network(), "fd00::9", True),
        (Network(), "203.0.113.9", False),
        (DECLARED, "198.51.100.9", True),
        (DECLARED, "10.9.9.9", False),
    ],
)
def test_nodes_that_nobody_declares(network: Network, address: str, fine: bool) -> None:
    population = replace(NO_NODES, network=network)

    faults = membership_faults([Node("any", both(address)), YOUNG], population, SNAPSHOT)

    assert (faults == []) is fine


@pytest.mark.parametrize("machine", [Node("any", ()), STRAY])
def test_no_machine_has_the_address_of_a_pod_of_its_own(machine: Node | Pod) -> None:
    def faults(addresses: tuple[Address, ...]) -> list[str]:
        return membership_faults([replace(machine, addresses=addresses), YOUNG], NO_NODES, SNAPSHOT)

    assert len(faults(DB.addresses[:1])) == 1
    assert "has the address `10.1.0.2`, which is that of `shop/db`" in faults(DB.addresses[:1])[0]
    assert faults(PROXY.addresses) == []


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (Flow(WEB, DB, WEB.addresses[0], DB.addresses[0], Protocol.TCP, 1), None),
        (Flow(OUT, DB, OUT.address, DB.addresses[0], Protocol.TCP, 65535), None),
        (Flow(WEB, DB, WEB.addresses[0], DB.addresses[1], Protocol.TCP, 1), "two families"),
        (Flow(WEB, DB, WEB.addresses[0], DB.addresses[0], Protocol.TCP, 0), "the port is 0"),
        (Flow(WEB, DB, WEB.addresses[0], DB.addresses[0], Protocol.TCP, 65536), "the port is 65536"),
        (Flow(WEB, DB, DB.addresses[0], DB.addresses[0], Protocol.TCP, 1), "pod `shop/web-a` does not have"),
        (Flow(OUT, DB, WEB.addresses[0], DB.addresses[0], Protocol.TCP, 1), "external address `203.0.113.7`"),
        (Flow(WEB, N1, WEB.addresses[0], DB.addresses[0], Protocol.TCP, 1), "node `n1` does not have"),
    ],
)
def test_the_flow_itself(flow: Flow, words: str | None) -> None:
    faults = membership_faults(flow, POPULATION, SNAPSHOT)

    assert any(words in fault for fault in faults) if words else faults == []


def test_two_workloads_of_one_name_are_both_tried() -> None:
    again = replace(POPULATION.workloads[0], labels={"app": "other"})
    population = replace(POPULATION, workloads=(again, *POPULATION.workloads))

    assert membership_faults([WEB], population, SNAPSHOT) == []


def test_a_controller_overrides_the_template() -> None:
    stated = replace(POPULATION.workloads[0], labels={"app": "web", "hash": "of the template"})

    assert membership_faults([WEB], replace(POPULATION, workloads=(stated,)), SNAPSHOT) == []
