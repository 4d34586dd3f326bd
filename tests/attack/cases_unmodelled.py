# ruff: noqa: E501
"""Policies of kinds that are not modelled: they may do anything within their reach."""

from __future__ import annotations

from textwrap import indent

from tests.attack.scenario import CAST, DENY, MON, OPEN, SHOP, WEB, Attack, from_web, pod, policy, to_db

WEB_DB = "forbid: {from: web, to: db}"
CLOSED = CAST + DENY


def foreign(version: str, kind: str, metadata: str = "{name: x, namespace: shop}", spec: str = "{}") -> str:
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}\n"


def _in_list(document: str) -> str:
    item = indent(document.removeprefix("---\n"), "    ")
    return (
        "---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n"
        f"  - {item.lstrip()}"
    )


CILIUM = foreign("cilium.io/v2", "CiliumNetworkPolicy")

UNMODELLED = [
    Attack("Cilium's policy may open", CLOSED + CILIUM, WEB_DB, OPEN, OPEN),
    Attack("Cilium's policy may close", CAST + CILIUM, WEB_DB, OPEN, OPEN),
    Attack("Cilium's policy may close: required", CAST + CILIUM, "require: {from: web, to: db}", OPEN, OPEN),
    Attack(
        "Cilium's cluster-wide policy",
        CLOSED + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x}"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack("Calico's policy", CLOSED + foreign("projectcalico.org/v3", "NetworkPolicy"), WEB_DB, OPEN, OPEN),
    Attack(
        "Calico's stored policy",
        CLOSED + foreign("crd.projectcalico.org/v1", "NetworkPolicy"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack(
        "Calico's global policy",
        CLOSED + foreign("projectcalico.org/v3", "GlobalNetworkPolicy", "{name: x}"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack("Antrea's policy", CLOSED + foreign("crd.antrea.io/v1beta1", "NetworkPolicy"), WEB_DB, OPEN, OPEN),
    Attack(
        "Antrea's cluster policy",
        CLOSED + foreign("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "{name: x}"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack(
        "OVN's firewall",
        CLOSED + foreign("k8s.ovn.org/v1", "EgressFirewall"),
        "forbid: {from: web, to: external}",
        OPEN,
        OPEN,
    ),
    Attack(
        "OpenShift's egress policy",
        CLOSED + foreign("network.openshift.io/v1", "EgressNetworkPolicy"),
        "forbid: {from: web, to: external}",
        OPEN,
        OPEN,
    ),
    Attack(
        "a kind that nobody knows",
        CLOSED + foreign("example.org/v1", "FancyNetworkPolicy"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack(
        "a kind that nobody knows, of no namespace",
        CLOSED + foreign("example.org/v1", "FancyNetworkPolicy", "{name: x}"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack(
        "a firewall that nobody knows", CLOSED + foreign("example.org/v1", "PodFirewall"), WEB_DB, OPEN, OPEN
    ),
    Attack(
        "a policy with a generated name",
        CLOSED + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{generateName: x-, namespace: shop}"),
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack("a policy in a list in a list", CLOSED + _in_list(CILIUM), WEB_DB, OPEN, OPEN),
    Attack(
        "a policy in its own list",
        CLOSED
        + "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicyList\nitems:\n- {apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: x, namespace: shop}}\n",
        WEB_DB,
        OPEN,
        OPEN,
    ),
    Attack(
        "elsewhere it does not matter",
        CLOSED + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "elsewhere, but the other side denies",
        CLOSED + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x, namespace: ops}"),
        "forbid: {from: mon, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "open elsewhere is open",
        CAST + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack("cover by others is unknown", CAST + CILIUM, "cover: {pods: web}", OPEN, OPEN),
    Attack("cover by our own stands", CLOSED + CILIUM, "cover: {pods: web}", "proved", "proved"),
    Attack(
        "a second policy in a NetworkPolicyList",
        CAST
        + "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems:\n- {metadata: {name: x, namespace: shop}, spec: {podSelector: {}}}\n",
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "a policy in a list counts",
        CAST
        + "---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {podSelector: {}}}\n",
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "an anchor's policy is a policy",
        CAST + policy("{<<: &deny {podSelector: {}, policyTypes: [Ingress]}, policyTypes: [Egress]}"),
        WEB_DB,
        "proved",
    ),
    Attack(
        "a merge does not override what is written",
        CAST + policy("{<<: {podSelector: {}, policyTypes: [Ingress]}, policyTypes: [Egress]}"),
        "cover: {pods: web, directions: [Ingress]}",
        "refuted",
    ),
    Attack(
        "in the namespace of no pod yet",
        CAST + to_db("[{}]") + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x, namespace: later}"),
        "require: {from: pods, to: db}",
        "proved",
        OPEN,
    ),
    Attack(
        "without a namespace it is the default one's",
        CLOSED + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x}"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "without a namespace it is spec.namespace's",
        CLOSED + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x}"),
        WEB_DB,
        OPEN,
        OPEN,
        spec="namespace: shop",
    ),
    Attack(
        "with an empty namespace too",
        CLOSED + foreign("projectcalico.org/v3", "NetworkPolicy", "{name: x, namespace: ''}"),
        WEB_DB,
        OPEN,
        spec="namespace: shop",
    ),
    Attack(
        "a global policy is global, whatever namespace it states",
        CLOSED + foreign("projectcalico.org/v3", "GlobalNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "a cluster-wide policy too",
        CLOSED + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "an unknown cluster policy too",
        CLOSED + foreign("example.org/v1", "ClusterFancyNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "an unknown namespaced policy is its namespace's",
        CLOSED + foreign("example.org/v1", "FancyNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        "proved",
    ),
    Attack(
        "capitals do not hide a policy", CLOSED + foreign("cilium.io/v2", "ciliumnetworkpolicy"), WEB_DB, OPEN
    ),
    Attack(
        "capitals do not hide a firewall", CLOSED + foreign("example.org/v1", "PodFIREWALL"), WEB_DB, OPEN
    ),
    Attack(
        "a staged policy enforces nothing",
        CLOSED + foreign("projectcalico.org/v3", "StagedNetworkPolicy"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack("a mesh's policy", CAST + foreign("security.istio.io/v1", "AuthorizationPolicy"), WEB_DB, OPEN),
    Attack(
        "a second network's policy",
        CLOSED + foreign("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "nodes are within a cluster-wide policy's reach",
        CAST + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x}"),
        "require: {from: web, to: node}",
        OPEN,
    ),
    Attack(
        "cover by others of the whole cluster",
        CAST + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x}"),
        "cover: {pods: web}",
        OPEN,
    ),
    Attack(
        "cover by our own, cluster-wide others",
        CLOSED + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x}"),
        "cover: {pods: web}",
        "proved",
        "proved",
    ),
    Attack(
        "cover by our own in one direction", CAST + policy("{}") + CILIUM, "cover: {pods: web}", OPEN, OPEN
    ),
    Attack(
        "a policy with a generated name counts",
        CAST + policy("{}").replace("name: attacked", "generateName: att-"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "ports in other spellings",
        CAST
        + to_db(
            "[{ports: [{port: 0120}]}, {ports: [{port: 0x51}]}, {ports: [{port: 8_2}]}, {ports: [{port: 83.0}]}]"
        ),
        "require: {from: web, to: db, ports: [80-83]}",
        "proved",
        "proved",
    ),
    Attack(
        "an IPv4-mapped block",
        SHOP
        + WEB
        + MON
        + pod("shop", "db", "app: db", ips="10.0.0.5")
        + from_web("[{to: [{ipBlock: {cidr: '::ffff:10.0.0.0/120'}}]}]"),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "leading zeros are decimal",
        SHOP
        + WEB
        + MON
        + pod("shop", "db", "app: db", ips="10.0.0.5")
        + from_web("[{to: [{ipBlock: {cidr: 010.0.0.0/08}}]}]"),
        WEB_DB,
        "refuted",
    ),
]
