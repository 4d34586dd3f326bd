"""ANP-8, ANP-10, CNP-5, CNP-7 to CNP-10, CNP-15: whom the rules of tiers match."""

from ipaddress import ip_address

from tests.semantics.cast import (
    AGENT_1,
    AGENT_2,
    DB,
    LONER,
    N1,
    N2,
    OUT,
    OUT_6,
    PROM,
    UDP,
    WEB,
    WEB_TWIN,
    Case,
    flow,
    into_db,
    out_of_web,
    policy,
)
from tests.semantics.tiered import (
    OF_OPS,
    OF_SHOP,
    PODS,
    Rule,
    accept,
    allow,
    anp,
    banp,
    cnp,
    denied,
    deny,
    leave,
    networks,
    pods,
    refused,
)
from verifier.flow import Address, Node, Surroundings
from verifier.manifest.tiers import TieredPolicy
from verifier.readings import Readings

WEB_TO_DB = flow(WEB, DB, 5432)
NODES = Surroundings(nodes=(N1, N2))
NO_PODS, NO_NODES = Readings(cidr_matches_pods=False), Readings(cidr_matches_nodes=False)
NO_SCTP = Readings(sctp_support=False)
FIRST = Readings(named_port_duplicates="first")


def let_in(*peers: Rule) -> tuple[TieredPolicy, ...]:
    """Ingress of the db from `peers` is allowed, whatever NetworkPolicy says."""
    return (anp(subject=pods("db"), ingress=[allow(*peers)]),)


def nodes(**labels: str) -> Rule:
    return {"nodes": {"matchLabels": labels}}


def names(*domains: str) -> Rule:
    return {"domainNames": list(domains)}


def known_as(**domains: str) -> Surroundings:
    """The address of each name, whose dots are written as underscores."""
    resolved: dict[str, frozenset[Address]] = {
        name.replace("_", "."): frozenset(ip_address(text) for text in texts.split())
        for name, texts in domains.items()
    }
    return Surroundings(domain_names=resolved)


POD_PEER_CASES = [
    Case("ANP-8", "namespaces", into_db(), WEB_TO_DB, True, tiers=let_in(OF_SHOP)),
    Case("ANP-8", "other namespaces", into_db(), WEB_TO_DB, False, tiers=let_in(OF_OPS)),
    Case("ANP-8", "one of the peers", into_db(), WEB_TO_DB, True, tiers=let_in(OF_OPS, pods("web"))),
    Case("ANP-8", "none of the peers", into_db(), WEB_TO_DB, False, tiers=let_in(OF_OPS, pods("db"))),
    Case(
        "ANP-8", "both selectors of pods", into_db(), WEB_TO_DB, False, tiers=let_in(pods("web", team="ops"))
    ),
    Case(
        "ANP-8", "the own namespace is like any other", into_db(), flow(PROM, DB, 1), True, tiers=let_in(PODS)
    ),
    Case("ANP-8", "no address outside is a pod", into_db(), flow(OUT, DB, 5432), False, tiers=let_in(PODS)),
    Case(
        "ANP-8", "what is denied to pods is open to others", (), flow(WEB, OUT, 443), True, tiers=denied(PODS)
    ),
    Case(
        "ANP-8",
        "ingress rules never match a node",
        (),
        flow(N1, DB, 5432),
        True,
        tiers=(anp(ingress=[deny()]), banp(ingress=[deny()])),
    ),
    Case(
        "CNP-5",
        "pods without a namespace selector are those of every namespace",
        (),
        flow(WEB, PROM, 9090),
        False,
        tiers=refused({"pods": {"podSelector": {"matchLabels": {"app": "prometheus"}}}}),
    ),
    Case(
        "CNP-5",
        "a subject without a namespace selector",
        (),
        WEB_TO_DB,
        False,
        tiers=(cnp(subject={"pods": {"podSelector": {"matchLabels": {"app": "db"}}}}, ingress=[deny()]),),
    ),
    Case("CNP-5", "namespaces", into_db(), WEB_TO_DB, True, tiers=(cnp(ingress=[accept(OF_SHOP)]),)),
    Case("CNP-5", "networks", (), flow(WEB, OUT, 443), False, tiers=refused(networks("203.0.113.0/24"))),
]

ALL = networks("0.0.0.0/0")
NETWORK_CASES = [
    Case(
        "ANP-10",
        "an address outside",
        (),
        flow(WEB, OUT, 443),
        False,
        tiers=denied(networks("203.0.113.0/24")),
    ),
    Case("ANP-10", "another one", (), flow(WEB, OUT, 443), True, tiers=denied(networks("203.0.114.0/24"))),
    Case(
        "ANP-10",
        "one of the networks",
        (),
        flow(WEB, OUT, 443),
        False,
        tiers=denied(networks("10.0.0.0/8", "203.0.113.0/24")),
    ),
    Case(
        "ANP-10",
        "host bits are cleared",
        (),
        flow(WEB, OUT, 443),
        False,
        tiers=denied(networks("203.0.113.99/24")),
    ),
    Case("ANP-10", "pods too", (), WEB_TO_DB, False, tiers=denied(networks("10.1.0.0/16"))),
    Case("ANP-10", "nodes too", (), flow(WEB, N2, 1), False, tiers=denied(networks("10.9.0.0/24"))),
    Case(
        "ANP-10", "IPv4 says nothing of IPv6", (), flow(WEB, OUT_6, 443, version=6), True, tiers=denied(ALL)
    ),
    Case(
        "ANP-10", "IPv6 says nothing of IPv4", (), flow(WEB, OUT, 443), True, tiers=denied(networks("::/0"))
    ),
    Case(
        "ANP-10",
        "IPv6",
        (),
        flow(WEB, OUT_6, 443, version=6),
        False,
        tiers=denied(networks("::/0")),
    ),
    Case("CNP-7", "traffic within the cluster is checked", (), WEB_TO_DB, False, tiers=refused(ALL)),
    Case(
        "CNP-7",
        "unless it is passed before",
        (),
        WEB_TO_DB,
        True,
        tiers=(cnp(subject=pods("web"), egress=[leave(), deny(ALL)]),),
    ),
    Case(
        "CNP-7",
        "what is not passed is denied",
        (),
        flow(WEB, OUT, 443),
        False,
        tiers=(cnp(subject=pods("web"), egress=[leave(), deny(ALL)]),),
    ),
    Case("CNP-7", "where networks do not match pods", (), WEB_TO_DB, True, NO_PODS, tiers=refused(ALL)),
    Case(
        "CNP-7",
        "where networks do not match pods: nodes",
        (),
        flow(WEB, N2, 1),
        False,
        NO_PODS,
        tiers=refused(ALL),
    ),
    Case(
        "CNP-7", "where networks do not match nodes", (), flow(WEB, N2, 1), True, NO_NODES, tiers=refused(ALL)
    ),
    Case(
        "CNP-7", "where networks do not match nodes: pods", (), WEB_TO_DB, False, NO_NODES, tiers=refused(ALL)
    ),
    Case(
        "CNP-7",
        "addresses outside in any case",
        (),
        flow(WEB, OUT, 443),
        False,
        Readings(cidr_matches_pods=False, cidr_matches_nodes=False),
        tiers=refused(ALL),
    ),
    Case(
        "CNP-7", "a host-network pod is a node", (), flow(WEB, AGENT_2, 1), True, NO_NODES, tiers=refused(ALL)
    ),
    Case(
        "CNP-7",
        "a host-network pod is a node, even where NetworkPolicy selects it",
        (),
        flow(WEB, AGENT_2, 1),
        True,
        Readings(host_network="selectable", cidr_matches_nodes=False),
        tiers=refused(ALL),
    ),
]

NODE_CASES = [
    Case("ANP-10", "every node", (), flow(WEB, N2, 1), False, tiers=denied({"nodes": {}})),
    Case("ANP-10", "no pod is a node", (), WEB_TO_DB, True, tiers=denied({"nodes": {}})),
    Case("ANP-10", "no address outside is a node", (), flow(WEB, OUT, 1), True, tiers=denied({"nodes": {}})),
    Case("ANP-10", "nodes by label", (), flow(WEB, N2, 1), False, tiers=denied(nodes(zone="b"))),
    Case("ANP-10", "other nodes", (), flow(WEB, N1, 1), True, tiers=denied(nodes(zone="b"))),
    Case(
        "ANP-10",
        "labels of a node that only the cluster knows",
        (),
        flow(WEB, Node("n2", N2.addresses), 1),
        False,
        tiers=denied(nodes(zone="b")),
        surroundings=NODES,
    ),
    Case(
        "ANP-10",
        "cidr_matches_nodes is of networks",
        (),
        flow(WEB, N2, 1),
        False,
        NO_NODES,
        tiers=denied({"nodes": {}}),
    ),
    Case(
        "CNP-10",
        "a host-network pod is on its node",
        (),
        flow(WEB, AGENT_2, 1),
        False,
        tiers=refused(nodes(zone="b")),
        surroundings=NODES,
    ),
    Case(
        "CNP-10",
        "a host-network pod on another node",
        (),
        flow(WEB, AGENT_1, 1),
        True,
        tiers=refused(nodes(zone="b")),
        surroundings=NODES,
    ),
    Case(
        "CNP-10",
        "every node, with who is on it",
        (),
        flow(WEB, AGENT_2, 1),
        False,
        tiers=refused({"nodes": {}}),
    ),
    Case(
        "CNP-15",
        "ingress of the own node is no tier's",
        into_db(),
        flow(N2, DB, 1),
        True,
        tiers=(anp(ingress=[deny()]), banp(ingress=[deny()])),
    ),
    Case(
        "CNP-15",
        "NetworkPolicy alone refuses the own node, where it may",
        into_db(),
        flow(N2, DB, 1),
        False,
        Readings(own_node_ingress="ordinary"),
        tiers=(anp(ingress=[allow()]),),
    ),
    Case(
        "CNP-15",
        "egress to the own node: a tier denies it",
        (),
        flow(WEB, N1, 1),
        False,
        Readings(own_node_egress="allowed"),
        tiers=denied({"nodes": {}}),
    ),
    Case(
        "CNP-15",
        "egress to the own node: NetworkPolicy lets it pass, before Baseline",
        out_of_web(),
        flow(WEB, N1, 1),
        True,
        Readings(own_node_egress="allowed"),
        tiers=(banp(egress=[deny({"nodes": {}})]),),
    ),
    Case(
        "CNP-15",
        "egress to the own node: without NetworkPolicy Baseline is asked",
        (),
        flow(WEB, N1, 1),
        False,
        Readings(own_node_egress="allowed"),
        tiers=(banp(egress=[deny({"nodes": {}})]),),
    ),
]

_NAMED = (anp(1, subject=pods("web"), egress=[allow(names("example.com", "*.k8s.io"))]),)
_SHUT = (policy({"policyTypes": ["Egress"]}),)
NAME_CASES = [
    Case(
        "CNP-9",
        "an address of the name",
        _SHUT,
        flow(WEB, OUT, 443),
        True,
        tiers=_NAMED,
        surroundings=known_as(example_com="203.0.113.7", **{"*_k8s_io": ""}),
    ),
    Case(
        "CNP-9",
        "an address of the other name",
        _SHUT,
        flow(WEB, OUT, 443),
        True,
        tiers=_NAMED,
        surroundings=known_as(example_com="", **{"*_k8s_io": "198.51.100.1 203.0.113.7"}),
    ),
    Case(
        "CNP-9",
        "an address of neither",
        _SHUT,
        flow(WEB, OUT, 443),
        False,
        tiers=_NAMED,
        surroundings=known_as(example_com="203.0.113.8", **{"*_k8s_io": ""}),
    ),
    Case("CNP-9", "no pod has a name", _SHUT, WEB_TO_DB, False, tiers=_NAMED),
    Case("CNP-9", "no node has a name", _SHUT, flow(WEB, N2, 443), False, tiers=_NAMED),
    Case("CNP-9", "names bring no DNS along", _SHUT, flow(WEB, DB, 53, UDP), False, tiers=_NAMED),
    Case(
        "CNP-9",
        "names are written in any case",
        _SHUT,
        flow(WEB, OUT, 443),
        True,
        tiers=(cnp(egress=[accept(names("Example.COM."))]),),
        surroundings=known_as(example_com="203.0.113.7"),
    ),
    Case(
        "CNP-8",
        "Accept of egress leaves the destination's ingress",
        into_db(),
        WEB_TO_DB,
        False,
        tiers=(cnp(egress=[accept()]),),
    ),
    Case(
        "CNP-8",
        "Accept needs no rule for the replies",
        (*_SHUT, *out_of_web()),
        flow(DB, WEB_TWIN, 1),
        True,
        tiers=(cnp(subject=pods("db"), egress=[accept()]),),
    ),
    Case("CNP-5", "a namespace without labels", (), flow(WEB, LONER, 1), False, tiers=refused(PODS)),
]

TIER_PEER_CASES = [*POD_PEER_CASES, *NETWORK_CASES, *NODE_CASES, *NAME_CASES]
