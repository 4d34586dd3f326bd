# ruff: noqa: E501
"""Who exists: workloads of every kind, nodes, host-network pods, addresses outside; worlds that contradict themselves."""

from __future__ import annotations

from tests.attack.cases_addresses import AGENT, AGENT_AT, AT_N1, NODES, _block, _to
from tests.attack.scenario import (
    CAST,
    DB,
    DENY,
    MON,
    NOBODY,
    OPEN,
    SHOP,
    WEB,
    Attack,
    deployment,
    namespace,
    pod,
    policy,
    to_db,
)

WEB_DB = "forbid: {from: web, to: db}"
THE_WEB = "{namespace: shop, workload: web}"
THE_DB = "{namespace: shop, workload: db}"
THE_AGENT = "{namespace: ops, workload: agent}"
MADE = "{namespace: shop, podSelector: {matchLabels: {app: made}}}"
TO_NODES = f"forbid: {{from: {THE_WEB}, to: node}}"
AGENT_TO_DB = f"{{from: {THE_AGENT}, to: {THE_DB}}}"
ON_N5 = SHOP + pod("shop", "web", "app: web", spec="nodeName: n5") + DB + MON
BOTH_AT_N1 = NODES + SHOP + WEB + AT_N1 + AGENT_AT + DENY
HALF_KNOWN = (
    SHOP + WEB + pod("shop", "db", "app: db", ips="10.0.0.5") + pod("ops", "mon", "app: mon", ips="10.0.0.6")
)
TEMPLATE = "{metadata: {labels: {app: made}}, spec: {containers: [{name: c, image: i}]}}"
SELECTOR = "selector: {matchLabels: {app: made}}"


def made(version: str, kind: str, spec: str) -> str:
    """Return an object whose template's pods are labelled `app: made`."""
    return (
        f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: made, namespace: shop}}\nspec: {spec}\n"
    )


def _from_made(key: str, operator: str) -> str:
    return to_db(
        f"[{{from: [{{podSelector: {{matchExpressions: [{{key: {key}, operator: {operator}}}]}}}}]}}]"
    )


WORKLOADS = [
    Attack(
        f"the pods of a {kind}",
        CAST + made(version, kind, spec),
        f"forbid: {{from: {MADE}, to: db}}",
        "refuted",
    )
    for version, kind, spec in [
        ("batch/v1", "Job", f"{{template: {TEMPLATE}}}"),
        (
            "batch/v1",
            "CronJob",
            f"{{schedule: '* * * * *', jobTemplate: {{spec: {{template: {TEMPLATE}}}}}}}",
        ),
        ("v1", "ReplicationController", f"{{template: {TEMPLATE}}}"),
        ("apps/v1", "ReplicaSet", f"{{{SELECTOR}, template: {TEMPLATE}}}"),
        ("apps/v1", "DaemonSet", f"{{{SELECTOR}, template: {TEMPLATE}}}"),
        ("apps/v1", "Deployment", f"{{replicas: 0, {SELECTOR}, template: {TEMPLATE}}}"),
        ("argoproj.io/v1alpha1", "Rollout", f"{{template: {TEMPLATE}}}"),
        ("example.org/v1", "Novelty", f"{{template: {TEMPLATE}}}"),
    ]
] + [
    Attack(
        "one replica today may be two tomorrow",
        CAST + made("apps/v1", "Deployment", f"{{replicas: 1, {SELECTOR}, template: {TEMPLATE}}}"),
        f"forbid: {{from: {MADE}, to: {MADE}}}",
        "refuted",
    ),
    Attack(
        "two bare pods of one kind meet",
        CAST + pod("shop", "other", "app: web"),
        "forbid: {from: web, to: web}",
        "refuted",
    ),
    Attack(
        "a DaemonSet's pods have a hash",
        CAST
        + made("apps/v1", "DaemonSet", f"{{{SELECTOR}, template: {TEMPLATE}}}")
        + _from_made("controller-revision-hash", "Exists"),
        "forbid: {from: {namespace: shop, workload: made}, to: db}",
        "refuted",
    ),
    Attack(
        "a Job's pods bear its name",
        CAST + made("batch/v1", "Job", f"{{template: {TEMPLATE}}}") + _from_made("job-name", "DoesNotExist"),
        "forbid: {from: {namespace: shop, workload: made}, to: db}",
        "proved",
    ),
    Attack(
        "a template's own hash is not the one it gets",
        SHOP
        + DB
        + deployment("shop", "api", "app: api, pod-template-hash: abc")
        + to_db("[{from: [{podSelector: {matchLabels: {pod-template-hash: abc}}}]}]"),
        f"forbid: {{from: {{namespace: shop, workload: api}}, to: {THE_DB}}}",
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "a template on the host network is not covered",
        CAST
        + made("apps/v1", "DaemonSet", f"{{{SELECTOR}, template: {TEMPLATE}}}").replace(
            "spec: {containers", "spec: {hostNetwork: true, containers"
        )
        + DENY,
        "cover: {pods: {namespace: shop}}",
        "refuted",
    ),
    Attack(
        "a phase is a word of its own",
        CAST + pod("shop", "hid", "app: hid") + "status: {phase: succeeded}\n",
        "forbid: {from: {namespace: shop, podSelector: {matchLabels: {app: hid}}}, to: db}",
        "refuted",
    ),
    Attack(
        "an endpoint knows a forged name too",
        CAST
        + namespace("evil", "kubernetes.io/metadata.name: ops")
        + pod("evil", "p")
        + to_db("[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: evil}}}]}]"),
        "only: {from: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}, to: db}",
        "refuted",
        "refuted",
    ),
]

HOSTS_AND_NODES = [
    Attack(
        "its own node, though no Node shows it",
        ON_N5 + DENY,
        f"readings: {{own_node_egress: free}}, {TO_NODES}",
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "its own node, though other Nodes are shown",
        NODES + ON_N5 + DENY,
        f"readings: {{own_node_egress: free}}, {TO_NODES}",
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "a node that only a pod names may be anywhere",
        NODES + ON_N5 + _to(_block("10.7.0.0/16")),
        TO_NODES,
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "nodes may be in a private range",
        CAST + to_db(f"[{{from: [{_block('10.0.0.0/8')}]}}]"),
        "forbid: {from: node, to: db}",
        OPEN,
    ),
    Attack(
        "a host-network pod of its own node is left out",
        BOTH_AT_N1,
        f"forbid: {AGENT_TO_DB}",
        "vacuous",
        endpoints=NOBODY,
    ),
    Attack(
        "a host-network pod of its own node comes in",
        BOTH_AT_N1,
        f"require: {AGENT_TO_DB}",
        "proved",
        endpoints=NOBODY,
    ),
    Attack("a host-network pod of some node", CAST + AGENT + DENY, f"require: {AGENT_TO_DB}", OPEN),
    Attack(
        "`only` looks at other nodes",
        NODES
        + CAST
        + to_db(f"[{{from: [{_block('192.168.0.0/24')}, {{podSelector: {{matchLabels: {{app: web}}}}}}]}}]"),
        "only: {from: [web, external], to: db}",
        "refuted",
    ),
    Attack(
        "`only` looks at external addresses",
        CAST
        + to_db(f"[{{from: [{_block('192.168.0.0/24')}, {{podSelector: {{matchLabels: {{app: web}}}}}}]}}]"),
        "only: {from: web, to: db}",
        "refuted",
    ),
]

WORLDS = [
    Attack(
        "an external address may be private",
        CAST + _to(_block("10.0.0.0/8")),
        "forbid: {from: web, to: external}",
        "refuted",
        "refuted",
    ),
    Attack(
        "an external address is in no declared range",
        CAST + _to(_block("10.9.0.0/24")),
        "forbid: {from: web, to: external}",
        "proved",
        "proved",
        spec="network: {podCIDRs: [10.9.0.0/16]}",
    ),
    Attack(
        "one end lies in an existing namespace",
        CAST + DENY + policy("{policyTypes: [Ingress, Egress]}", "ops"),
        "forbid: {from: pods, to: pods}",
        "proved",
        "proved",
    ),
    Attack(
        "both ends may be new, if asked for",
        CAST + DENY + policy("{policyTypes: [Ingress, Egress]}", "ops"),
        "forbid: {from: pods, to: pods}",
        "proved",
        "refuted",
        spec="newNamespaces: both",
    ),
    Attack(
        "an exception that leaves nobody",
        CAST,
        "forbid: {from: {any: true, except: [pods, external]}, to: db}",
        "vacuous",
        "vacuous",
    ),
    Attack(
        "two undeclared namespaces",
        pod("a", "p") + pod("b", "p"),
        "isolate: {by: tenant}",
        OPEN,
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "two undeclared namespaces, both closed",
        pod("a", "p") + pod("b", "p") + policy("{}", "a") + policy("{}", "b"),
        "isolate: {by: tenant}",
        "proved",
        endpoints=NOBODY,
    ),
    Attack(
        "a single podIP",
        SHOP
        + WEB
        + MON
        + pod("shop", "db", "app: db")
        + "status: {podIP: 10.0.0.5}\n"
        + _to(_block("10.0.0.5/32")),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "room for all, just so",
        CAST + _to(_block("10.0.0.0/31")),
        WEB_DB,
        OPEN,
        spec="network: {podCIDRs: [10.0.0.0/30]}",
    ),
]

CONTRADICTIONS = [
    Attack(
        "no room for one more pod",
        HALF_KNOWN + to_db("[{from: [{podSelector: {matchLabels: {app: web}}}]}]"),
        f"forbid: {{from: pods, to: {THE_DB}}}",
        "too-few-addresses",
        spec="network: {podCIDRs: [10.0.0.5/32]}",
    ),
    Attack(
        "three pods, two addresses",
        CAST + DENY,
        WEB_DB,
        "too-few-addresses",
        spec="network: {podCIDRs: [10.0.0.4/31]}",
    ),
    Attack(
        "three pods, one address twice",
        CAST + DENY,
        WEB_DB,
        "too-few-addresses",
        spec="network: {podCIDRs: [10.0.0.4/32, 10.0.0.4/32]}",
    ),
    Attack(
        "room in one family only",
        CAST + DENY,
        WEB_DB,
        "too-few-addresses",
        spec="network: {podCIDRs: [10.0.0.0/24, 'fd00::/127']}",
    ),
    Attack(
        "no room for a second node",
        CAST
        + "---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: b}\n",
        WEB_DB,
        "too-few-addresses",
        spec="network: {nodeCIDRs: [192.168.0.1/32]}",
    ),
    Attack(
        "two live pods share an address",
        SHOP
        + pod("shop", "web", "app: web", ips="10.0.0.4")
        + pod("shop", "db", "app: db", ips="10.0.0.4")
        + MON,
        WEB_DB,
        "duplicate-address",
    ),
    Attack(
        "a pod has a node's address",
        NODES + SHOP + WEB + MON + pod("shop", "db", "app: db", ips="192.168.0.1"),
        WEB_DB,
        "duplicate-address",
    ),
    Attack(
        "a node has a pod's address",
        SHOP + WEB + MON + pod("shop", "db", "app: db", ips="192.168.0.1") + NODES,
        WEB_DB,
        "duplicate-address",
    ),
    Attack(
        "a pod has a host-network pod's address",
        SHOP
        + WEB
        + MON
        + pod("shop", "db", "app: db", ips="192.168.0.9")
        + pod("ops", "agent", spec="hostNetwork: true", ips="192.168.0.9"),
        WEB_DB,
        "duplicate-address",
    ),
]
