"""Addresses: blocks, families, nodes, the host network."""

from __future__ import annotations

from tests.attack.scenario import CAST, DENY, MON, OPEN, SHOP, WEB, Attack, from_web, pod, policy, to_db

WEB_DB = "forbid: {from: web, to: db}"
KNOWN = (
    SHOP + pod("shop", "web", "app: web", ips="10.0.0.4") + pod("shop", "db", "app: db", ips="10.0.0.5") + MON
)
DUAL = (
    SHOP
    + pod("shop", "web", "app: web", ips="10.0.0.4 fd00::4")
    + pod("shop", "db", "app: db", ips="10.0.0.5 fd00::5")
    + MON
)


def _block(cidr: str, *holes: str) -> str:
    return f"{{ipBlock: {{cidr: '{cidr}', except: [{', '.join(repr(hole) for hole in holes)}]}}}}"


def _to(*peers: str) -> str:
    return from_web(f"[{{to: [{', '.join(peers)}]}}]")


BLOCKS = [
    Attack("a block matches a known pod", KNOWN + _to(_block("10.0.0.0/24")), WEB_DB, "refuted"),
    Attack("a block misses a known pod", KNOWN + _to(_block("10.0.1.0/24")), WEB_DB, "proved", "refuted"),
    Attack("a block and an unknown pod", CAST + _to(_block("10.0.1.0/24")), WEB_DB, OPEN, "refuted"),
    Attack(
        "a block and an unknown pod: required",
        CAST + _to(_block("10.0.1.0/24")),
        "require: {from: web, to: db}",
        OPEN,
        "refuted",
    ),
    Attack("a block that pods cannot be in", CAST + _to(_block("8.8.8.0/24")), WEB_DB, "proved", "proved"),
    Attack(
        "podCIDRs bind unknown addresses",
        CAST + _to(_block("10.0.1.0/24")),
        WEB_DB,
        "proved",
        "proved",
        spec="network: {podCIDRs: [10.9.0.0/16]}",
    ),
    Attack(
        "a given address may lie outside podCIDRs",
        KNOWN + _to(_block("10.0.0.0/24")),
        WEB_DB,
        "refuted",
        spec="network: {podCIDRs: [10.9.0.0/16]}",
    ),
    Attack(
        "a block may not match pods",
        KNOWN + _to(_block("10.0.0.0/24")),
        f"readings: {{cidr_matches_pods: free}}, {WEB_DB}",
        OPEN,
    ),
    Attack("a hole", KNOWN + _to(_block("10.0.0.0/8", "10.0.0.0/24")), WEB_DB, "proved"),
    Attack(
        "a hole that another item fills",
        KNOWN + _to(_block("10.0.0.0/8", "10.0.0.0/24"), _block("10.0.0.0/25")),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "a hole that another policy fills",
        KNOWN
        + _to(_block("10.0.0.0/8", "10.0.0.0/24"))
        + policy(
            "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}", name="second"
        ),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "a hole that a selector fills",
        KNOWN + _to(_block("10.0.0.0/8", "10.0.0.0/24"), "{podSelector: {matchLabels: {app: db}}}"),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack("host bits are masked", KNOWN + _to(_block("10.200.3.7/8")), WEB_DB, "refuted"),
    Attack(
        "host bits of a hole are masked", KNOWN + _to(_block("10.0.0.0/8", "10.0.0.200/24")), WEB_DB, "proved"
    ),
    Attack("a block of one address", KNOWN + _to(_block("10.0.0.5/32")), WEB_DB, "refuted"),
    Attack("a block of another address", KNOWN + _to(_block("10.0.0.6/32")), WEB_DB, "proved"),
    Attack("zero bits of prefix", KNOWN + _to(_block("0.0.0.0/0")), WEB_DB, "refuted"),
    Attack(
        "both halves cut out",
        KNOWN + _to(_block("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1")),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "both halves cut out: external",
        KNOWN + _to(_block("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1")),
        "forbid: {from: web, to: any}",
        "proved",
    ),
    Attack(
        "IPv4's everything is no IPv6",
        DUAL + _to(_block("0.0.0.0/0")),
        "require: {from: web, to: db}",
        "refuted",
    ),
    Attack(
        "IPv6's everything is no IPv4", DUAL + _to(_block("::/0")), "require: {from: web, to: db}", "refuted"
    ),
    Attack(
        "each family's everything",
        DUAL + _to(_block("0.0.0.0/0"), _block("::/0")),
        "require: {from: web, to: any}",
        "proved",
    ),
    Attack(
        "IPv4's everything reaches no IPv6 address",
        DUAL + _to(_block("0.0.0.0/0")),
        "forbid: {from: web, to: {external: true, ipBlock: {cidr: '::/0'}}}",
        "proved",
        "proved",
    ),
    Attack(
        "a pod of one family",
        KNOWN + _to(_block("0.0.0.0/0")),
        "require: {from: {namespace: shop, workload: web}, to: external}",
        "proved",
    ),
    Attack(
        "a pod whose families are unknown",
        CAST + _to(_block("0.0.0.0/0")),
        "require: {from: {namespace: shop, workload: web}, to: external}",
        OPEN,
    ),
    Attack(
        "a selector covers both families",
        DUAL + _to("{podSelector: {}}"),
        "require: {from: web, to: db}",
        "proved",
        "proved",
    ),
    Attack("an IPv6 block with a hole", DUAL + _to(_block("fd00::/16", "fd00::/64")), WEB_DB, "proved"),
    Attack("an IPv6 block", DUAL + _to(_block("fd00::/16", "fd00:0:0:1::/64")), WEB_DB, "refuted"),
    Attack(
        "an address is one pod's, so another's is not external",
        KNOWN + _to(_block("10.0.0.5/32")),
        "forbid: {from: web, to: external}",
        "proved",
    ),
    Attack(
        "a block by address as an endpoint",
        KNOWN + _to(_block("10.0.0.0/24")),
        "forbid: {from: web, to: {ipBlock: {cidr: 10.0.0.5/32}}}",
        "refuted",
    ),
    Attack(
        "everybody may come in by address",
        CAST + to_db(f"[{{from: [{_block('0.0.0.0/0')}]}}]"),
        "forbid: {from: internet, to: db}",
        "refuted",
    ),
    Attack(
        "private ranges are not the internet",
        CAST + to_db(f"[{{from: [{_block('10.0.0.0/8')}, {_block('192.168.0.0/16')}]}}]"),
        "forbid: {from: internet, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "half the internet",
        CAST + to_db(f"[{{from: [{_block('128.0.0.0/1')}]}}]"),
        "forbid: {from: internet, to: db}",
        "refuted",
    ),
]

AGENT = pod("ops", "agent", "app: agent", spec="hostNetwork: true")
AGENT_AT = pod("ops", "agent", "app: agent", spec="hostNetwork: true, nodeName: n1")
NODES = "".join(
    f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: n{n}}}\n"
    f"status: {{addresses: [{{type: InternalIP, address: 192.168.0.{n}}}]}}\n"
    for n in (1, 2)
)
AT_N1 = pod("shop", "db", "app: db", spec="nodeName: n1")

HOSTS = [
    Attack(
        "a host-network pod is not covered",
        CAST + AGENT + policy("{}", "ops"),
        "cover: {pods: {namespace: ops, workload: agent}, directions: [Ingress]}",
        "refuted",
    ),
    Attack(
        "one host-network pod spoils the cover",
        CAST + AGENT + policy("{}", "ops"),
        "cover: {pods: {namespace: ops}, directions: [Ingress]}",
        "refuted",
        "refuted",
    ),
    Attack(
        "no selector admits a host-network pod",
        CAST + AGENT + _to("{namespaceSelector: {}}"),
        "forbid: {from: web, to: {namespace: ops, workload: agent}}",
        "proved",
    ),
    Attack(
        "a block admits a host-network pod",
        CAST + AGENT + _to(_block("0.0.0.0/0"), _block("::/0")),
        "forbid: {from: web, to: {namespace: ops, workload: agent}}",
        "refuted",
    ),
    Attack(
        "a selector may admit a host-network pod",
        CAST + AGENT + _to("{namespaceSelector: {}}"),
        "readings: {host_network: free}, forbid: {from: web, to: {namespace: ops, workload: agent}}",
        OPEN,
    ),
    Attack(
        "a host-network pod of another node",
        NODES
        + SHOP
        + WEB
        + pod("shop", "db", "app: db", spec="nodeName: n2")
        + AGENT_AT
        + to_db("[{from: [{namespaceSelector: {}}]}]"),
        "forbid: {from: {namespace: ops, workload: agent}, to: {namespace: shop, workload: db}}",
        "proved",
        endpoints="    {}\n",
    ),
    Attack(
        "a host-network pod is not isolated for egress",
        CAST + AGENT + policy("{policyTypes: [Egress]}", "ops"),
        "forbid: {from: {namespace: ops, workload: agent}, to: external}",
        "refuted",
    ),
    Attack(
        "its own node comes in, and is left out",
        NODES + SHOP + WEB + MON + AT_N1 + DENY,
        "forbid: {from: {node: n1}, to: {namespace: shop, workload: db}}",
        "vacuous",
        endpoints="    {}\n",
    ),
    Attack(
        "its own node comes in: required",
        NODES + SHOP + WEB + MON + AT_N1 + DENY,
        "require: {from: {node: n1}, to: {namespace: shop, workload: db}}",
        "proved",
        endpoints="    {}\n",
    ),
    Attack(
        "another node stays out",
        NODES + SHOP + WEB + MON + AT_N1 + DENY,
        "forbid: {from: {node: n2}, to: {namespace: shop, workload: db}}",
        "proved",
        endpoints="    {}\n",
    ),
    Attack(
        "another node stays out: required",
        NODES + SHOP + WEB + MON + AT_N1 + DENY,
        "require: {from: {node: n2}, to: {namespace: shop, workload: db}}",
        "refuted",
        endpoints="    {}\n",
    ),
    Attack(
        "egress to its own node is denied",
        NODES + SHOP + WEB + MON + AT_N1 + DENY,
        "forbid: {from: {namespace: shop, workload: db}, to: {node: n1}}",
        "proved",
        endpoints="    {}\n",
    ),
    Attack(
        "egress to its own node may be allowed",
        NODES + SHOP + WEB + MON + AT_N1 + DENY,
        "readings: {own_node_egress: free}, forbid: {from: {namespace: shop, workload: db}, to: {node: n1}}",
        OPEN,
        endpoints="    {}\n",
    ),
    Attack(
        "a node by its address",
        NODES
        + SHOP
        + WEB
        + MON
        + pod("shop", "db", "app: db", spec="nodeName: n1")
        + to_db(f"[{{from: [{_block('192.168.0.2/32')}]}}]"),
        "forbid: {from: {node: n2}, to: {namespace: shop, workload: db}}",
        "refuted",
        endpoints="    {}\n",
    ),
]

FINISHED = [
    Attack(
        "a finished pod's address is used again",
        SHOP
        + WEB
        + MON
        + pod("shop", "db", "app: db", ips="10.0.0.5")
        + pod("shop", "done", "app: done", ips="10.0.0.5").replace(
            "status: {", "status: {phase: Succeeded, "
        ),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "a finished pod is not there",
        CAST
        + pod("shop", "done", "app: done", ips="10.0.0.5").replace("status: {", "status: {phase: Failed, "),
        "forbid: {from: {namespace: shop, podSelector: {matchLabels: {app: done}}}, to: db}",
        "vacuous",
        "refuted",
    ),
]
