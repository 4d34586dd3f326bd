"""Selections, scopes and violations of the property kinds, on concrete flows."""

from dataclasses import replace

import pytest

from tests.semantics.cast import (
    AGENT_1,
    AGENT_2,
    BARE,
    DB,
    LONER,
    N1,
    N2,
    OUT,
    OUT_6,
    PROM,
    SCTP,
    SHOP_AGENT,
    TCP,
    UDP,
    WEB,
    WEB_TWIN,
    address_of,
    app,
    flow,
    into_db,
    out_of_web,
    policy,
)
from verifier.flow import Direction, Endpoint, External, Flow, PodNamespace
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicy
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Forbid,
    Isolate,
    NamedPort,
    Only,
    PortRange,
    Ports,
    Require,
    Selection,
)
from verifier.readings import Readings
from verifier.semantics import FlowStatement, in_scope, selects, uncovered, violates

DEFAULT = Readings()
SELECTABLE = Readings(host_network="selectable")
METADATA_NAME = "kubernetes.io/metadata.name"

PODS = (Selection(pods=True),)
EXTERNALS = (Selection(externals=True),)
NODES = (Selection(nodes=True),)
ANY = (Selection(pods=True, externals=True),)
EVERYBODY = (Selection(pods=True, externals=True, nodes=True),)
THE_DB = (Selection(pods=True, namespace="shop", pod_selector=LabelSelector.model_validate(app("db"))),)


def labels(**values: str) -> LabelSelector:
    return LabelSelector.model_validate({"matchLabels": values})


def block(cidr: str) -> IPBlock:
    return IPBlock.model_validate({"cidr": cidr})


SHOP_BY_NAME = LabelSelector.model_validate({"matchLabels": {METADATA_NAME: "shop"}})
PRIVATE = External(address_of(LONER, 4))


@pytest.mark.parametrize(
    ("selection", "endpoint", "expected"),
    [
        pytest.param(Selection(), WEB, False, id="nothing is no pod"),
        pytest.param(Selection(), OUT, False, id="nothing is no external"),
        pytest.param(Selection(), N1, False, id="nothing is no node"),
        pytest.param(Selection(pods=True), WEB, True, id="pods: a pod"),
        pytest.param(Selection(pods=True), AGENT_1, True, id="pods: a host-network pod"),
        pytest.param(Selection(pods=True), OUT, False, id="pods: no external"),
        pytest.param(Selection(pods=True), N1, False, id="pods: no node"),
        pytest.param(Selection(pods=True, namespace="shop"), WEB, True, id="namespace"),
        pytest.param(Selection(pods=True, namespace="shop"), PROM, False, id="another namespace"),
        pytest.param(Selection(pods=True, namespace_selector=labels(team="ops")), PROM, True, id="ns labels"),
        pytest.param(Selection(pods=True, namespace_selector=labels(team="ops")), WEB, False, id="ns other"),
        pytest.param(Selection(pods=True, namespace_selector=SHOP_BY_NAME), WEB, True, id="ns forced name"),
        pytest.param(Selection(pods=True, pod_selector=labels(app="web")), WEB, True, id="pod labels"),
        pytest.param(Selection(pods=True, pod_selector=labels(app="web")), DB, False, id="other pod labels"),
        pytest.param(Selection(pods=True, workload=("Deployment", "web")), WEB, True, id="workload"),
        pytest.param(Selection(pods=True, workload=("Pod", "web")), WEB, False, id="workload, other kind"),
        pytest.param(Selection(pods=True, workload=(None, "web")), WEB_TWIN, True, id="workload, any kind"),
        pytest.param(Selection(pods=True, workload=(None, "db")), WEB, False, id="workload, other name"),
        pytest.param(
            Selection(pods=True, workload=(None, "web")), replace(WEB, owner=None), False, id="hypothetical"
        ),
        pytest.param(Selection(pods=True, node="n9", internet=True), WEB, True, id="not narrowed by others'"),
        pytest.param(Selection(externals=True), OUT, True, id="external"),
        pytest.param(Selection(externals=True, internet=True), OUT, True, id="internet: documentation"),
        pytest.param(Selection(externals=True, internet=True), OUT_6, True, id="internet: IPv6"),
        pytest.param(Selection(externals=True, internet=True), PRIVATE, False, id="internet: private"),
        pytest.param(Selection(externals=True), PRIVATE, True, id="external: private"),
        pytest.param(Selection(nodes=True), N1, True, id="nodes"),
        pytest.param(Selection(nodes=True, node="n1"), N1, True, id="a node"),
        pytest.param(Selection(nodes=True, node="n1"), N2, False, id="another node"),
        pytest.param(Selection(pods=True, ip_block=block("10.1.0.0/24")), WEB, True, id="a pod's address"),
        pytest.param(Selection(pods=True, ip_block=block("10.1.0.0/24")), PROM, False, id="another's"),
        pytest.param(Selection(nodes=True, ip_block=block("10.9.0.1/32")), N1, True, id="a node's address"),
        pytest.param(Selection(nodes=True, ip_block=block("10.9.0.1/32")), N2, False, id="another node's"),
        pytest.param(Selection(externals=True, ip_block=block("203.0.113.0/24")), OUT, True, id="external's"),
        pytest.param(
            Selection(pods=True, externals=True, excluded=(Selection(pods=True, namespace="shop"),)),
            WEB,
            False,
            id="excluded",
        ),
        pytest.param(
            Selection(pods=True, excluded=(Selection(pods=True, namespace="shop"),)),
            PROM,
            True,
            id="not excluded",
        ),
        pytest.param(
            Selection(
                pods=True,
                excluded=(
                    Selection(
                        pods=True, namespace="shop", excluded=(Selection(pods=True, workload=(None, "db")),)
                    ),
                ),
            ),
            DB,
            True,
            id="excluded from the excluded",
        ),
    ],
)
def test_selects(selection: Selection, endpoint: Endpoint, expected: bool) -> None:
    version = 6 if endpoint is OUT_6 else 4
    address = address_of(endpoint, version)

    assert selects(selection, endpoint, address) is expected
    assert selects((selection,), endpoint, address) is expected
    assert selects((Selection(), selection), endpoint, address) is expected


def test_nothing_is_selected_by_no_selection() -> None:
    assert not selects((), WEB, address_of(WEB, 4))


def test_ip_block_looks_at_the_address_of_the_flow() -> None:
    selection = Selection(pods=True, ip_block=block("10.0.0.0/8"))

    assert selects(selection, WEB, address_of(WEB, 4))
    assert not selects(selection, WEB, address_of(WEB, 6))
    assert not selects(selection, WEB, None)


def test_the_internet_needs_an_address() -> None:
    assert not selects(Selection(externals=True, internet=True), OUT, None)


@pytest.mark.parametrize(
    ("ports", "one_flow", "expected"),
    [
        ((), flow(WEB, DB, 1, SCTP), True),
        ((PortRange(),), flow(WEB, DB, 1, UDP), True),
        ((PortRange(TCP, 80, 90),), flow(WEB, DB, 80), True),
        ((PortRange(TCP, 80, 90),), flow(WEB, DB, 90), True),
        ((PortRange(TCP, 80, 90),), flow(WEB, DB, 79), False),
        ((PortRange(TCP, 80, 90),), flow(WEB, DB, 91), False),
        ((PortRange(TCP, 80, 90),), flow(WEB, DB, 80, UDP), False),
        ((PortRange(None, 80, 90),), flow(WEB, DB, 80, UDP), True),
        ((PortRange(TCP, 1, 1), PortRange(UDP, 53, 53)), flow(WEB, DB, 53, UDP), True),
        ((NamedPort("pg"),), flow(WEB, DB, 5432), True),
        ((NamedPort("pg"),), flow(WEB, DB, 5433), False),
        ((NamedPort("pg"),), flow(WEB, DB, 5432, UDP), False),
        ((NamedPort("dns"),), flow(WEB, DB, 53), False),
        ((NamedPort("dns", UDP),), flow(WEB, DB, 53, UDP), True),
        ((NamedPort("twin"),), flow(WEB, DB, 7002), True),
        ((NamedPort("metrics"),), flow(WEB, AGENT_2, 9100), True),
        ((NamedPort("pg"),), flow(WEB, OUT, 5432), False),
        ((NamedPort("pg"),), flow(WEB, N2, 5432), False),
    ],
)
def test_ports_of_a_scope(ports: Ports, one_flow: Flow, expected: bool) -> None:
    assert in_scope(Forbid(EVERYBODY, EVERYBODY, ports), one_flow, DEFAULT) is expected
    assert in_scope(Require(EVERYBODY, EVERYBODY, ports), one_flow, DEFAULT) is expected
    assert in_scope(Only((), EVERYBODY, ports), one_flow, DEFAULT) is expected


def test_a_name_in_a_scope_means_every_declaration_whatever_the_reading() -> None:
    statement = Forbid(PODS, PODS, (NamedPort("twin"),))

    assert in_scope(statement, flow(WEB, DB, 7002), Readings(named_port_duplicates="first"))


@pytest.mark.parametrize(
    ("one_flow", "forbid", "require"),
    [
        pytest.param(flow(WEB, DB, 1), True, True, id="two pods"),
        pytest.param(flow(OUT, DB, 1), True, True, id="from outside"),
        pytest.param(flow(WEB, OUT, 1), True, True, id="to the outside"),
        pytest.param(flow(WEB, WEB, 1), False, False, id="itself"),
        pytest.param(flow(AGENT_1, AGENT_1, 1), False, False, id="itself on the host network"),
        pytest.param(flow(WEB, WEB_TWIN, 1), True, True, id="its twin"),
        pytest.param(flow(OUT, N1, 1), False, False, id="no end is a pod"),
        pytest.param(flow(N2, DB, 1), False, True, id="own node"),
        pytest.param(flow(N1, DB, 1), True, True, id="another node"),
        pytest.param(flow(AGENT_2, DB, 1), False, True, id="host-network pod of the own node"),
        pytest.param(flow(AGENT_1, DB, 1), True, True, id="host-network pod of another node"),
        pytest.param(flow(SHOP_AGENT, LONER, 1), True, True, id="unknown nodes"),
        pytest.param(flow(DB, N2, 1), True, True, id="to the own node"),
        pytest.param(flow(WEB_TWIN, DB, 1), True, True, id="a pod of the own node"),
    ],
)
def test_flows_left_out(one_flow: Flow, forbid: bool, require: bool) -> None:
    assert in_scope(Forbid(EVERYBODY, EVERYBODY), one_flow, DEFAULT) is forbid
    assert in_scope(Only((), EVERYBODY), one_flow, DEFAULT) is forbid
    assert in_scope(Require(EVERYBODY, EVERYBODY), one_flow, DEFAULT) is require


def test_the_own_node_is_left_out_under_every_reading_of_np_41() -> None:
    ordinary = Readings(own_node_ingress="ordinary")

    assert not in_scope(Forbid(EVERYBODY, EVERYBODY), flow(N2, DB, 1), ordinary)
    assert not in_scope(Forbid(EVERYBODY, EVERYBODY), flow(AGENT_2, DB, 1), ordinary)


def test_a_selectable_host_network_pod_is_not_the_own_node() -> None:
    assert in_scope(Forbid(EVERYBODY, EVERYBODY), flow(AGENT_2, DB, 1), SELECTABLE)
    assert not in_scope(Forbid(EVERYBODY, EVERYBODY), flow(N2, DB, 1), SELECTABLE)


@pytest.mark.parametrize(
    ("source", "destination", "one_flow", "expected"),
    [
        (PODS, THE_DB, flow(WEB, DB, 1), True),
        (PODS, THE_DB, flow(WEB, PROM, 1), False),
        (EXTERNALS, THE_DB, flow(WEB, DB, 1), False),
        (EXTERNALS, THE_DB, flow(OUT, DB, 1), True),
        (THE_DB, EXTERNALS, flow(DB, OUT, 1), True),
        (THE_DB, EXTERNALS, flow(OUT, DB, 1), False),
        (ANY, THE_DB, flow(N1, DB, 1), False),
        ((*ANY, *NODES), THE_DB, flow(N1, DB, 1), True),
    ],
)
def test_ends_of_a_scope(source: Endpoints, destination: Endpoints, one_flow: Flow, expected: bool) -> None:
    assert in_scope(Forbid(source, destination), one_flow, DEFAULT) is expected
    assert in_scope(Require(source, destination), one_flow, DEFAULT) is expected


@pytest.mark.parametrize(
    ("one_flow", "expected"),
    [
        (flow(PROM, DB, 1), False),
        (flow(WEB, DB, 1), True),
        (flow(OUT, DB, 1), True),
        (flow(N1, DB, 1), True),
        (flow(N2, DB, 1), False),
        (flow(WEB, WEB_TWIN, 1), False),
    ],
)
def test_only_looks_at_everybody_else(one_flow: Flow, expected: bool) -> None:
    statement = Only((Selection(pods=True, namespace="ops"),), THE_DB)

    assert in_scope(statement, one_flow, DEFAULT) is expected
    assert violates(statement, one_flow, (), DEFAULT) is expected
    assert not violates(statement, one_flow, into_db(), DEFAULT)


TENANTS = Isolate(LabelSelector(), "tenant")
WEB_TO_PROM = flow(WEB, PROM, 1)


@pytest.mark.parametrize(
    ("statement", "one_flow", "expected"),
    [
        pytest.param(TENANTS, WEB_TO_PROM, True, id="two groups"),
        pytest.param(TENANTS, flow(WEB, DB, 1), False, id="one group"),
        pytest.param(TENANTS, flow(WEB, LONER, 1), False, id="a namespace without the label"),
        pytest.param(TENANTS, flow(LONER, WEB, 1), False, id="the source's lacks it"),
        pytest.param(TENANTS, flow(OUT, DB, 1), False, id="an external source"),
        pytest.param(TENANTS, flow(WEB, N2, 1), False, id="a node"),
        pytest.param(Isolate(LabelSelector(), METADATA_NAME), flow(WEB, LONER, 1), True, id="by name"),
        pytest.param(Isolate(labels(team="ops"), "tenant"), WEB_TO_PROM, False, id="the source's not meant"),
        pytest.param(
            Isolate(labels(team="sales"), "tenant"), WEB_TO_PROM, False, id="the destination's not meant"
        ),
        pytest.param(
            Isolate(LabelSelector(), "tenant", (PortRange(TCP, 2, 3),)), WEB_TO_PROM, False, id="port"
        ),
        pytest.param(TENANTS, flow(AGENT_1, replace(DB, node="n1"), 1), False, id="host network, own node"),
        pytest.param(TENANTS, flow(AGENT_1, DB, 1), True, id="host network, another node"),
    ],
)
def test_isolate(statement: Isolate, one_flow: Flow, expected: bool) -> None:
    assert in_scope(statement, one_flow, DEFAULT) is expected
    assert violates(statement, one_flow, (), DEFAULT) is expected


def test_two_namespaces_with_equal_values_are_one_group() -> None:
    sister = replace(WEB, namespace=PodNamespace("sister", {"tenant": "a"}))

    assert not in_scope(TENANTS, flow(sister, DB, 1), DEFAULT)


@pytest.mark.parametrize(
    ("statement", "when_open", "when_closed"),
    [
        (Forbid(PODS, THE_DB), True, False),
        (Only((), THE_DB), True, False),
        (Require(PODS, THE_DB), False, True),
        (Forbid(EXTERNALS, THE_DB), False, False),
        (Require(EXTERNALS, THE_DB), False, False),
    ],
)
def test_violates(statement: FlowStatement, when_open: bool, when_closed: bool) -> None:
    one_flow = flow(WEB, DB, 5432)

    assert violates(statement, one_flow, (), DEFAULT) is when_open
    assert violates(statement, one_flow, into_db(), DEFAULT) is when_closed
    assert violates(statement, one_flow, out_of_web(), DEFAULT) is when_closed


BOTH = (Direction.INGRESS, Direction.EGRESS)


@pytest.mark.parametrize(
    ("statement", "policies", "expected"),
    [
        pytest.param(Cover(PODS), (), BOTH, id="no policy"),
        pytest.param(Cover(PODS), into_db(), (Direction.EGRESS,), id="ingress alone"),
        pytest.param(Cover(PODS, (Direction.INGRESS,)), into_db(), (), id="ingress was asked for"),
        pytest.param(Cover(PODS), (policy({"egress": [{}]}),), (), id="both, by default"),
        pytest.param(
            Cover(PODS, (Direction.EGRESS, Direction.INGRESS)), (), BOTH[::-1], id="the order asked"
        ),
        pytest.param(Cover(PODS), out_of_web(), BOTH, id="another pod's policy"),
        pytest.param(Cover((Selection(pods=True, namespace="ops"),)), (), (), id="not in the scope"),
        pytest.param(
            Cover((Selection(pods=True, ip_block=block("fd00:1::/64")),)), (), BOTH, id="one address"
        ),
        pytest.param(Cover((Selection(pods=True, ip_block=block("10.2.0.0/16")),)), (), (), id="no address"),
    ],
)
def test_uncovered(
    statement: Cover, policies: tuple[NetworkPolicy, ...], expected: tuple[Direction, ...]
) -> None:
    assert uncovered(statement, DB, policies, DEFAULT) == expected


def test_an_excluded_address_takes_a_pod_away() -> None:
    statement = Cover(
        (Selection(pods=True, excluded=(Selection(pods=True, ip_block=block("10.3.0.1/32")),)),)
    )

    assert uncovered(statement, LONER, (), DEFAULT) == ()
    assert uncovered(statement, replace(LONER, addresses=()), (), DEFAULT) == BOTH


def test_a_host_network_pod_is_never_covered_unless_it_can_be_selected() -> None:
    policies = (policy({"policyTypes": ["Ingress", "Egress"]}, namespace="ops"),)

    assert uncovered(Cover(PODS), AGENT_1, policies, DEFAULT) == BOTH
    assert uncovered(Cover(PODS), AGENT_1, policies, SELECTABLE) == ()


def test_an_undeclared_label_is_no_group() -> None:
    assert not in_scope(
        Isolate(LabelSelector(), "zone"), flow(WEB, replace(PROM, namespace=BARE), 1), DEFAULT
    )
