"""NP-30 to NP-34 and NP-40 to NP-43: ipBlock, self, nodes, host network."""

from dataclasses import replace

from tests.semantics.cast import (
    AGENT_1,
    AGENT_2,
    DB,
    N1,
    N2,
    OUT,
    OUT_6,
    PROM,
    SHOP_AGENT,
    WEB,
    WEB_TWIN,
    Case,
    app,
    flow,
    into_db,
    into_db_from,
    out_of_web,
    out_of_web_to,
    policy,
)
from verifier.flow import External
from verifier.readings import Readings

NO_PODS = Readings(cidr_matches_pods=False)
NO_NODES = Readings(cidr_matches_nodes=False)
SELECTABLE = Readings(host_network="selectable")
SELECTABLE_NO_PODS = Readings(host_network="selectable", cidr_matches_pods=False)
SELECTABLE_NO_NODES = Readings(host_network="selectable", cidr_matches_nodes=False)
SUBJECT = Readings(self_traffic="subject")
OWN_NODE_ORDINARY = Readings(own_node_ingress="ordinary")
OWN_NODE_BOTH_WAYS = Readings(own_node_egress="allowed")


def block(cidr: str, *holes: str) -> dict[str, object]:
    return {"ipBlock": {"cidr": cidr, **({"except": list(holes)} if holes else {})}}


EVERYTHING = block("0.0.0.0/0")
EVERYTHING_6 = block("::/0")
DOCUMENTATION = block("203.0.113.0/24")
WITH_HOLE = block("203.0.113.0/24", "203.0.113.0/28")
OUT_TO_DB = flow(OUT, DB, 5432)
WEB_TO_DB = flow(WEB, DB, 5432)
ABOVE_HOLE = flow(External(type(OUT.address)(int(OUT.address) + 9)), DB, 5432)  # 203.0.113.16
DENY_WEB = policy({"podSelector": app("web"), "policyTypes": ["Ingress", "Egress"]})
DENY_AGENTS = tuple(
    policy({"policyTypes": ["Ingress", "Egress"]}, namespace=name) for name in ("ops", "shop")
)

BLOCK_CASES = [
    Case("NP-30", "inside", into_db_from(DOCUMENTATION), OUT_TO_DB, True),
    Case("NP-30", "outside", into_db_from(block("198.51.100.0/24")), OUT_TO_DB, False),
    Case("NP-30", "one address", into_db_from(block("203.0.113.7/32")), OUT_TO_DB, True),
    Case("NP-30", "the address beside it", into_db_from(block("203.0.113.6/32")), OUT_TO_DB, False),
    Case("NP-30", "in the hole", into_db_from(WITH_HOLE), OUT_TO_DB, False),
    Case("NP-30", "just above the hole", into_db_from(WITH_HOLE), ABOVE_HOLE, True),
    Case(
        "NP-30",
        "in the second hole",
        into_db_from(block("0.0.0.0/0", "10.0.0.0/8", "203.0.113.7/32")),
        OUT_TO_DB,
        False,
    ),
    Case("NP-30", "two halves cut out", into_db_from(block("0.0.0.0/0", "128.0.0.0/1")), OUT_TO_DB, False),
    Case("NP-30", "egress looks at the destination", out_of_web_to(DOCUMENTATION), flow(WEB, OUT, 443), True),
    Case("NP-30", "egress, outside", out_of_web_to(block("10.0.0.0/8")), flow(WEB, OUT, 443), False),
    Case(
        "NP-31",
        "another peer admits it again",
        into_db_from(WITH_HOLE, block("203.0.113.7/32")),
        OUT_TO_DB,
        True,
    ),
    Case(
        "NP-31",
        "another rule admits it again",
        into_db({"from": [WITH_HOLE]}, {"from": [EVERYTHING]}),
        OUT_TO_DB,
        True,
    ),
    Case(
        "NP-31",
        "another policy admits it again",
        (*into_db_from(WITH_HOLE), *into_db_from(DOCUMENTATION)),
        OUT_TO_DB,
        True,
    ),
    Case("NP-31", "another block cut alike does not", into_db_from(WITH_HOLE, WITH_HOLE), OUT_TO_DB, False),
    Case("NP-32", "host bits are masked", into_db_from(block("203.0.113.99/24")), OUT_TO_DB, True),
    Case(
        "NP-32",
        "host bits of a hole too",
        into_db_from(block("0.0.0.0/0", "203.0.113.99/24")),
        OUT_TO_DB,
        False,
    ),
    Case("NP-32", "leading zeros are decimal", into_db_from(block("203.000.0113.010/28")), OUT_TO_DB, True),
    Case("NP-32", "a mapped CIDR is IPv4", into_db_from(block("::ffff:203.0.113.0/120")), OUT_TO_DB, True),
    Case("NP-32", "a mapped CIDR, outside", into_db_from(block("::ffff:203.0.112.0/120")), OUT_TO_DB, False),
    Case("NP-32", "a mapped CIDR of 96 bits", into_db_from(block("::ffff:0:0/96")), OUT_TO_DB, True),
    Case("NP-32", "a mapped CIDR of 95 bits is IPv6", into_db_from(block("::ffff:0:0/95")), OUT_TO_DB, False),
    Case(
        "NP-32",
        "host bits of IPv6",
        into_db_from(block("2001:db8::ffff/64")),
        flow(OUT_6, DB, 1, version=6),
        True,
    ),
    Case("NP-33", "0.0.0.0/0 is all of IPv4", into_db_from(EVERYTHING), OUT_TO_DB, True),
    Case("NP-33", "0.0.0.0/0 is no IPv6", into_db_from(EVERYTHING), flow(OUT_6, DB, 1, version=6), False),
    Case("NP-33", "::/0 is no IPv4", into_db_from(EVERYTHING_6), OUT_TO_DB, False),
    Case("NP-33", "::/0 is all of IPv6", into_db_from(EVERYTHING_6), flow(OUT_6, DB, 1, version=6), True),
    Case("NP-33", "IPv6, inside", into_db_from(block("2001:db8::/125")), flow(OUT_6, DB, 1, version=6), True),
    Case(
        "NP-33",
        "IPv6, just below",
        into_db_from(block("2001:db8::8/125")),
        flow(OUT_6, DB, 1, version=6),
        False,
    ),
    Case(
        "NP-33",
        "IPv6, in the hole",
        into_db_from(block("2001:db8::/32", "2001:db8::/64")),
        flow(OUT_6, DB, 1, version=6),
        False,
    ),
    Case(
        "NP-33",
        "a pod by its IPv4 address",
        into_db_from(block("10.1.0.1/32")),
        flow(WEB, DB, 5432),
        True,
    ),
    Case(
        "NP-33",
        "the same pod by its IPv6 address",
        into_db_from(block("10.1.0.1/32")),
        flow(WEB, DB, 5432, version=6),
        False,
    ),
    Case(
        "NP-33",
        "selectors cover both families",
        into_db_from({"podSelector": app("web")}),
        flow(WEB, DB, 5432, version=6),
        True,
    ),
    Case("NP-34", "a pod's address at ingress", into_db_from(block("10.1.0.0/24")), WEB_TO_DB, True),
    Case("NP-34", "a pod's address at egress", out_of_web_to(block("10.1.0.2/32")), WEB_TO_DB, True),
    Case("NP-34", "a pod in the hole", out_of_web_to(block("10.1.0.0/24", "10.1.0.2/32")), WEB_TO_DB, False),
    Case("NP-34", "pods exempt: ingress", into_db_from(block("10.1.0.0/24")), WEB_TO_DB, False, NO_PODS),
    Case("NP-34", "pods exempt: egress", out_of_web_to(EVERYTHING), WEB_TO_DB, False, NO_PODS),
    Case("NP-34", "pods exempt: external addresses stay", into_db_from(EVERYTHING), OUT_TO_DB, True, NO_PODS),
    Case("NP-34", "pods exempt: nodes stay", into_db_from(EVERYTHING), flow(N1, DB, 1), True, NO_PODS),
    Case("NP-34", "pods exempt: any peer stays", into_db({}), WEB_TO_DB, True, NO_PODS),
    Case("NP-34", "a node's address", into_db_from(block("10.9.0.1/32")), flow(N1, DB, 1), True),
    Case("NP-34", "a node's address at egress", out_of_web_to(block("10.9.0.2/32")), flow(WEB, N2, 1), True),
    Case("NP-34", "nodes exempt: ingress", into_db_from(EVERYTHING), flow(N1, DB, 1), False, NO_NODES),
    Case("NP-34", "nodes exempt: egress", out_of_web_to(EVERYTHING), flow(WEB, N2, 1), False, NO_NODES),
    Case("NP-34", "nodes exempt: pods stay", into_db_from(EVERYTHING), WEB_TO_DB, True, NO_NODES),
    Case(
        "NP-34", "nodes exempt: external addresses stay", into_db_from(EVERYTHING), OUT_TO_DB, True, NO_NODES
    ),
]

NODE_CASES = [
    Case("NP-40", "a pod reaches itself", (DENY_WEB,), flow(WEB, WEB, 8080), True),
    Case("NP-40", "over IPv6 too", (DENY_WEB,), flow(WEB, WEB, 8080, version=6), True),
    Case("NP-40", "its twin is another pod", (DENY_WEB,), flow(WEB, WEB_TWIN, 8080), False),
    Case("NP-40", "subject: denied", (DENY_WEB,), flow(WEB, WEB, 8080), False, SUBJECT),
    Case("NP-40", "subject: no policy", (), flow(WEB, WEB, 8080), True, SUBJECT),
    Case("NP-40", "subject: egress denied alone", out_of_web(), flow(WEB, WEB, 8080), False, SUBJECT),
    Case(
        "NP-40",
        "subject: a rule for itself",
        out_of_web_to({"podSelector": app("web")}),
        flow(WEB, WEB, 8080),
        True,
        SUBJECT,
    ),
    Case("NP-41", "the own node comes in", into_db(), flow(N2, DB, 5432), True),
    Case("NP-41", "another node does not", into_db(), flow(N1, DB, 5432), False),
    Case("NP-41", "ordinary: the own node does not", into_db(), flow(N2, DB, 5432), False, OWN_NODE_ORDINARY),
    Case(
        "NP-41",
        "ordinary: the own node by its address",
        into_db_from(block("10.9.0.2/32")),
        flow(N2, DB, 5432),
        True,
        OWN_NODE_ORDINARY,
    ),
    Case("NP-41", "a host-network pod of the own node", into_db(), flow(AGENT_2, DB, 5432), True),
    Case("NP-41", "a host-network pod of another node", into_db(), flow(AGENT_1, DB, 5432), False),
    Case(
        "NP-41",
        "ordinary: a host-network pod of the own node",
        into_db(),
        flow(AGENT_2, DB, 5432),
        False,
        OWN_NODE_ORDINARY,
    ),
    Case(
        "NP-41",
        "selectable: a host-network pod of the own node",
        into_db(),
        flow(AGENT_2, DB, 5432),
        False,
        SELECTABLE,
    ),
    Case("NP-41", "selectable: the own node itself", into_db(), flow(N2, DB, 5432), True, SELECTABLE),
    Case("NP-41", "an ordinary pod of the own node", into_db(), flow(WEB_TWIN, DB, 5432), False),
    Case("NP-41", "no node is known", into_db(), flow(N2, replace(DB, node=None), 5432), False),
    Case(
        "NP-41",
        "neither node is known",
        into_db(),
        flow(SHOP_AGENT, replace(DB, node=None), 5432),
        False,
    ),
    Case("NP-41", "an external address is no node", into_db(), OUT_TO_DB, False),
    Case("NP-42", "to the own node is ordinary", out_of_web(), flow(WEB, N1, 10250), False),
    Case("NP-42", "exempt: to the own node", out_of_web(), flow(WEB, N1, 10250), True, OWN_NODE_BOTH_WAYS),
    Case("NP-42", "exempt: to another node", out_of_web(), flow(WEB, N2, 10250), False, OWN_NODE_BOTH_WAYS),
    Case(
        "NP-42",
        "exempt: to a host-network pod of the own node",
        out_of_web(),
        flow(WEB, AGENT_1, 9100),
        True,
        OWN_NODE_BOTH_WAYS,
    ),
    Case(
        "NP-42",
        "exempt: to a host-network pod of another node",
        out_of_web(),
        flow(WEB, AGENT_2, 9100),
        False,
        OWN_NODE_BOTH_WAYS,
    ),
    Case(
        "NP-42",
        "exempt, selectable: to a host-network pod of the own node",
        out_of_web(),
        flow(WEB, AGENT_1, 9100),
        False,
        replace(OWN_NODE_BOTH_WAYS, host_network="selectable"),
    ),
    Case(
        "NP-42", "to the own node by its address", out_of_web_to(block("10.9.0.1/32")), flow(WEB, N1, 1), True
    ),
]

AGENTS_PEER = {"namespaceSelector": {}, "podSelector": app("agent")}
HOST_CASES = [
    Case("NP-43", "no policy selects it: ingress", DENY_AGENTS, flow(PROM, AGENT_2, 9100), False),
    Case("NP-43", "no policy selects it: from outside", DENY_AGENTS, flow(OUT, AGENT_2, 9100), True),
    Case("NP-43", "no policy selects it: egress", DENY_AGENTS, flow(AGENT_2, OUT, 443), True),
    Case("NP-43", "selectable: ingress", DENY_AGENTS, flow(OUT, AGENT_2, 9100), False, SELECTABLE),
    Case("NP-43", "selectable: egress", DENY_AGENTS, flow(AGENT_2, OUT, 443), False, SELECTABLE),
    Case("NP-43", "no selector peer matches it", into_db_from(AGENTS_PEER), flow(AGENT_1, DB, 1), False),
    Case(
        "NP-43",
        "selectable: a selector peer",
        into_db_from(AGENTS_PEER),
        flow(AGENT_1, DB, 1),
        True,
        SELECTABLE,
    ),
    Case(
        "NP-43",
        "the empty namespaceSelector",
        into_db_from({"namespaceSelector": {}}),
        flow(AGENT_1, DB, 1),
        False,
    ),
    Case("NP-43", "any peer", into_db({}), flow(AGENT_1, DB, 1), True),
    Case(
        "NP-43", "ipBlock matches its address", into_db_from(block("10.9.0.1/32")), flow(AGENT_1, DB, 1), True
    ),
    Case("NP-43", "as a node's", into_db_from(block("10.9.0.1/32")), flow(AGENT_1, DB, 1), False, NO_NODES),
    Case("NP-43", "not as a pod's", into_db_from(block("10.9.0.1/32")), flow(AGENT_1, DB, 1), True, NO_PODS),
    Case(
        "NP-43",
        "selectable: as a pod's",
        into_db_from(block("10.9.0.1/32")),
        flow(AGENT_1, DB, 1),
        False,
        SELECTABLE_NO_PODS,
    ),
    Case(
        "NP-43",
        "selectable: not as a node's",
        into_db_from(block("10.9.0.1/32")),
        flow(AGENT_1, DB, 1),
        True,
        SELECTABLE_NO_NODES,
    ),
    Case("NP-43", "egress to one, by selector", out_of_web_to(AGENTS_PEER), flow(WEB, AGENT_2, 9100), False),
    Case(
        "NP-43",
        "selectable: egress to one, by selector",
        out_of_web_to(AGENTS_PEER),
        flow(WEB, AGENT_2, 9100),
        True,
        SELECTABLE,
    ),
    Case("NP-43", "egress to one, by address", out_of_web_to(EVERYTHING), flow(WEB, AGENT_2, 9100), True),
    Case("NP-43", "to itself", DENY_AGENTS, flow(AGENT_1, AGENT_1, 9100), True),
    Case(
        "NP-43",
        "selectable: the own node comes in",
        DENY_AGENTS,
        flow(N2, AGENT_2, 9100),
        True,
        SELECTABLE,
    ),
    Case(
        "NP-43",
        "selectable, subject: to itself",
        DENY_AGENTS,
        flow(AGENT_1, AGENT_1, 9100),
        False,
        replace(SELECTABLE, self_traffic="subject"),
    ),
]

ADDRESS_CASES = [*BLOCK_CASES, *NODE_CASES, *HOST_CASES]
