"""A second round."""

from __future__ import annotations

from tests.attack.cases_addresses import AGENT, AGENT_AT, NODES, _block, _to
from tests.attack.cases_unmodelled import foreign
from tests.attack.scenario import *

N = "    {}\n"
WEB_DB = "forbid: {from: web, to: db}"
AT5 = SHOP + pod("shop", "web", "app: web", spec="nodeName: n5") + DB + MON
W = "{namespace: shop, workload: web}"
D = "{namespace: shop, workload: db}"
KNOWN_DB = (
    SHOP + WEB + pod("shop", "db", "app: db", ips="10.0.0.5") + pod("ops", "mon", "app: mon", ips="10.0.0.6")
)


def tmpl(version, kind, path, where="shop", name="made", labels="app: made"):
    t = f"{{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}"
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: {where}}}\nspec: {path.replace('T', t)}\n"


MADE = "forbid: {from: {namespace: shop, podSelector: {matchLabels: {app: made}}}, to: db}"
MORE = [
    Attack(
        "contradictory world proves nothing",
        KNOWN_DB + to_db("[{from: [{podSelector: {matchLabels: {app: web}}}]}]"),
        "forbid: {from: pods, to: " + D + "}",
        "error",
        spec="network: {podCIDRs: [10.0.0.5/32]}",
    ),
    Attack(
        "contradictory world proves nothing 2",
        CAST + DENY,
        WEB_DB,
        "error",
        spec="network: {podCIDRs: [10.0.0.4/31]}",
    ),
    Attack(
        "own node unnamed egress free",
        AT5 + DENY,
        "readings: {own_node_egress: free}, forbid: {from: " + W + ", to: node}",
        OPEN,
        endpoints=N,
    ),
    Attack(
        "own node unnamed egress free, known elsewhere",
        NODES + AT5 + DENY,
        "readings: {own_node_egress: free}, forbid: {from: " + W + ", to: node}",
        OPEN,
        endpoints=N,
    ),
    Attack(
        "undeclared node's address",
        NODES + AT5 + pod("shop", "db2", "app: db", spec="nodeName: n6") + _to(_block("10.7.0.0/16")),
        "forbid: {from: " + W + ", to: node}",
        OPEN,
        endpoints=N,
    ),
    Attack(
        "cilium in a later namespace",
        CAST + to_db("[{}]") + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x, namespace: later}"),
        "require: {from: pods, to: db}",
        "proved",
        OPEN,
    ),
    Attack(
        "cilium without namespace is default's",
        CAST + DENY + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x}"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "cilium without namespace is spec.namespace's",
        CAST + DENY + foreign("cilium.io/v2", "CiliumNetworkPolicy", "{name: x}"),
        WEB_DB,
        OPEN,
        OPEN,
        spec="namespace: shop",
    ),
    Attack(
        "host pod on the same node, left out or open",
        CAST + AGENT + DENY,
        "forbid: {from: {namespace: ops, workload: agent}, to: " + D + "}",
        "proved",
    ),
    Attack(
        "host pod same known node",
        NODES + SHOP + WEB + pod("shop", "db", "app: db", spec="nodeName: n1") + AGENT_AT + DENY,
        "forbid: {from: {namespace: ops, workload: agent}, to: " + D + "}",
        "vacuous",
        endpoints=N,
    ),
    Attack(
        "host pod same known node required",
        NODES + SHOP + WEB + pod("shop", "db", "app: db", spec="nodeName: n1") + AGENT_AT + DENY,
        "require: {from: {namespace: ops, workload: agent}, to: " + D + "}",
        "proved",
        endpoints=N,
    ),
    Attack(
        "host pod unknown node required",
        CAST + AGENT + DENY,
        "require: {from: {namespace: ops, workload: agent}, to: " + D + "}",
        OPEN,
    ),
    Attack(
        "external may be private",
        CAST + _to(_block("10.0.0.0/8")),
        "forbid: {from: web, to: external}",
        "refuted",
        "refuted",
    ),
    Attack(
        "external is not in podCIDRs",
        CAST + _to(_block("10.9.0.0/24")),
        "forbid: {from: web, to: external}",
        "proved",
        "proved",
        spec="network: {podCIDRs: [10.9.0.0/16]}",
    ),
    Attack(
        "nodes somewhere private",
        CAST + to_db("[{from: [" + _block("10.0.0.0/8") + "]}]"),
        "forbid: {from: node, to: db}",
        OPEN,
    ),
    Attack(
        "only counts other nodes",
        NODES
        + CAST
        + to_db("[{from: [" + _block("192.168.0.0/24") + ", {podSelector: {matchLabels: {app: web}}}]}]"),
        "only: {from: [web, external], to: db}",
        "refuted",
    ),
    Attack(
        "only counts externals",
        CAST
        + to_db("[{from: [" + _block("192.168.0.0/24") + ", {podSelector: {matchLabels: {app: web}}}]}]"),
        "only: {from: web, to: db}",
        "refuted",
    ),
    *(
        Attack(f"pods of {k}", SHOP + WEB + DB + MON + tmpl(v, k, p), MADE, "refuted")
        for v, k, p in [
            ("batch/v1", "Job", "{template: T}"),
            ("batch/v1", "CronJob", "{schedule: '* * * * *', jobTemplate: {spec: {template: T}}}"),
            ("apps/v1", "ReplicaSet", "{selector: {matchLabels: {app: made}}, template: T}"),
            ("v1", "ReplicationController", "{template: T}"),
            ("apps/v1", "DaemonSet", "{selector: {matchLabels: {app: made}}, template: T}"),
            ("argoproj.io/v1alpha1", "Rollout", "{template: T}"),
            ("serving.knative.dev/v1", "Service", "{template: T}"),
            ("apps/v1", "Deployment", "{replicas: 1, selector: {matchLabels: {app: made}}, template: T}"),
        ]
    ),
    Attack(
        "replicas 1 still two",
        CAST
        + tmpl("apps/v1", "Deployment", "{replicas: 1, selector: {matchLabels: {app: made}}, template: T}"),
        "forbid: {from: {namespace: shop, workload: made}, to: {namespace: shop, workload: made}}",
        "refuted",
    ),
    Attack(
        "singular podIP",
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
        "both denied, new namespaces at both ends",
        CAST + DENY + policy("{policyTypes: [Ingress, Egress]}", "ops"),
        "forbid: {from: pods, to: pods}",
        "proved",
        "refuted",
        spec="newNamespaces: both",
    ),
    Attack(
        "both denied, one end settled",
        CAST + DENY + policy("{policyTypes: [Ingress, Egress]}", "ops"),
        "forbid: {from: pods, to: pods}",
        "proved",
        "proved",
    ),
    Attack("cover externals", CAST + DENY, "cover: {pods: external}", "error"),
    Attack("cover anybody", CAST + DENY, "cover: {pods: any}", "refuted"),
    Attack(
        "require to any from denied node", NODES + CAST + DENY, "require: {from: node, to: db}", "refuted"
    ),
    Attack(
        "exception eats all",
        CAST,
        "forbid: {from: {any: true, except: [pods, external]}, to: db}",
        "vacuous",
        "vacuous",
    ),
    Attack(
        "ipblock endpoint without pods",
        CAST + DENY,
        "forbid: {from: {ipBlock: {cidr: 0.0.0.0/0}}, to: db}",
        "proved",
    ),
    Attack(
        "isolate, both unknown",
        pod("a", "p") + pod("b", "p"),
        "isolate: {by: tenant}",
        OPEN,
        OPEN,
        endpoints=N,
    ),
    Attack(
        "isolate: unknown, denied",
        pod("a", "p") + pod("b", "p") + policy("{}", "a") + policy("{}", "b"),
        "isolate: {by: tenant}",
        "proved",
        endpoints=N,
    ),
    Attack(
        "statefulset name",
        SHOP
        + DB
        + deployment("shop", "set", "app: set", kind="StatefulSet")
        + to_db("[{from: [{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: set-0}}}]}]"),
        "forbid: {from: {namespace: shop, workload: set}, to: " + D + "}",
        OPEN,
        endpoints=N,
    ),
    Attack(
        "statefulset other name",
        SHOP
        + DB
        + deployment("shop", "set", "app: set", kind="StatefulSet")
        + to_db("[{from: [{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: other-0}}}]}]"),
        "forbid: {from: {namespace: shop, workload: set}, to: " + D + "}",
        OPEN,
        endpoints=N,
    ),
    Attack(
        "template sets hash itself",
        SHOP
        + DB
        + deployment("shop", "api", "app: api, pod-template-hash: abc")
        + to_db("[{from: [{podSelector: {matchLabels: {pod-template-hash: abc}}}]}]"),
        "forbid: {from: {namespace: shop, workload: api}, to: " + D + "}",
        OPEN,
        endpoints=N,
    ),
    Attack(
        "job labels",
        SHOP
        + DB
        + tmpl("batch/v1", "Job", "{template: T}")
        + to_db("[{from: [{podSelector: {matchExpressions: [{key: job-name, operator: DoesNotExist}]}}]}]"),
        "forbid: {from: {namespace: shop, workload: made}, to: " + D + "}",
        "proved",
        endpoints=N,
    ),
    Attack(
        "daemonset hash",
        SHOP
        + DB
        + tmpl("apps/v1", "DaemonSet", "{selector: {matchLabels: {app: made}}, template: T}")
        + to_db(
            "[{from: [{podSelector: {matchExpressions: [{key: controller-revision-hash, operator: Exists}]}}]}]"
        ),
        "forbid: {from: {namespace: shop, workload: made}, to: " + D + "}",
        "refuted",
        endpoints=N,
    ),
    Attack(
        "mapped v4 block",
        SHOP + WEB + MON + pod("shop", "db", "app: db", ips="10.0.0.5") + _to(_block("::ffff:10.0.0.0/120")),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "leading zeros",
        SHOP + WEB + MON + pod("shop", "db", "app: db", ips="10.0.0.5") + _to(_block("010.0.0.0/8")),
        WEB_DB,
        "refuted",
    ),
    Attack(
        "octal port",
        CAST + to_db("[{ports: [{port: 0120}]}]"),
        "forbid: {from: web, to: db, ports: [80]}",
        "refuted",
    ),
    Attack(
        "hex port",
        CAST + to_db("[{ports: [{port: 0x50}]}]"),
        "forbid: {from: web, to: db, ports: [80]}",
        "refuted",
    ),
    Attack(
        "underscored port",
        CAST + to_db("[{ports: [{port: 8_0}]}]"),
        "forbid: {from: web, to: db, ports: [80]}",
        "refuted",
    ),
    Attack(
        "float port",
        CAST + to_db("[{ports: [{port: 80.0}]}]"),
        "forbid: {from: web, to: db, ports: [80]}",
        "refuted",
    ),
    Attack("null rule", CAST + to_db("[null]"), WEB_DB, "refuted"),
    Attack("null port entry", CAST + to_db("[{ports: [null]}]"), WEB_DB, "refuted"),
    Attack(
        "host net template",
        CAST
        + tmpl("apps/v1", "DaemonSet", "{selector: {matchLabels: {app: made}}, template: T}").replace(
            "spec: {containers", "spec: {hostNetwork: true, containers"
        )
        + DENY,
        "cover: {pods: {namespace: shop}}",
        "refuted",
    ),
    Attack("unknown CR with template", CAST + tmpl("x.io/v1", "Thing", "{template: T}"), MADE, "refuted"),
    Attack("CR with nested podTemplate", CAST + tmpl("x.io/v1", "Thing", "{podTemplate: T}"), MADE, "error"),
    Attack(
        "finished and looks alive",
        CAST
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: hid, namespace: shop, labels: {app: hid}}\nspec: {containers: [{name: c, image: i}]}\nstatus: {phase: succeeded}\n",
        "forbid: {from: {namespace: shop, podSelector: {matchLabels: {app: hid}}}, to: db}",
        "refuted",
    ),
    Attack(
        "calico tiers", CAST + DENY + foreign("projectcalico.org/v3", "StagedNetworkPolicy"), WEB_DB, OPEN
    ),
    Attack("multi", CAST + DENY + foreign("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy"), WEB_DB, OPEN),
    Attack(
        "egressip",
        CAST + DENY + foreign("projectcalico.org/v3", "HostEndpoint", "{name: x}"),
        WEB_DB,
        "proved",
    ),
    Attack("Kyverno", CAST + DENY + foreign("security.istio.io/v1", "AuthorizationPolicy"), WEB_DB, "proved"),
    Attack(
        "antrea tier/group", CAST + DENY + foreign("crd.antrea.io/v1alpha1", "ExternalNode"), WEB_DB, "proved"
    ),
    Attack(
        "kind Networkpolicy elsewhere",
        CAST + DENY + foreign("cilium.io/v2", "ciliumnetworkpolicy"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "kube-ovn", CAST + DENY + foreign("kubeovn.io/v1", "SecurityGroup", "{name: x}"), WEB_DB, "proved"
    ),
    Attack(
        "generateName policy",
        CAST + policy("{}").replace("name: attacked", "generateName: att-"),
        WEB_DB,
        "proved",
    ),
    Attack(
        "calico in empty ns",
        CAST + DENY + foreign("projectcalico.org/v3", "NetworkPolicy", "{name: x, namespace: ''}"),
        WEB_DB,
        OPEN,
        spec="namespace: shop",
    ),
    Attack(
        "GNP in namespace",
        CAST + DENY + foreign("projectcalico.org/v3", "GlobalNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "CCNP in namespace",
        CAST + DENY + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "unknown kind in namespace could not be cluster-scoped",
        CAST + DENY + foreign("x.io/v1", "ClusterFooNetworkPolicy", "{name: x, namespace: ops}"),
        WEB_DB,
        OPEN,
    ),
    Attack(
        "cluster firewall touches nodes",
        CAST + foreign("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "{name: x}"),
        "require: {from: web, to: node}",
        OPEN,
    ),
    Attack(
        "unmodelled ns egress to external",
        CAST + foreign("cilium.io/v2", "CiliumNetworkPolicy"),
        "require: {from: web, to: external}",
        OPEN,
    ),
    Attack(
        "unmodelled touches host pods",
        CAST + AGENT + foreign("projectcalico.org/v3", "NetworkPolicy", "{name: x, namespace: ops}"),
        "require: {from: {namespace: ops, workload: agent}, to: external}",
        OPEN,
    ),
    Attack(
        "hypothetical named twice",
        CAST + to_db("[{ports: [{port: pg}]}]"),
        "only: {from: web, to: db, ports: [1-5431]}",
        "proved",
        "refuted",
    ),
    Attack(
        "first reading",
        SHOP
        + WEB
        + MON
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: shop, name: db, labels: {app: db}}\nspec: {containers: [{name: a, image: i, ports: [{name: pg, containerPort: 80}]}, {name: b, image: i, ports: [{name: pg, containerPort: 81}]}]}\n"
        + to_db("[{ports: [{port: pg}]}]"),
        "readings: {named_port_duplicates: first}, forbid: {from: web, to: db, ports: [81]}",
        "proved",
    ),
    Attack(
        "hosts alias metadata name selectors in endpoints",
        CAST
        + namespace("evil", "kubernetes.io/metadata.name: ops")
        + pod("evil", "p")
        + to_db("[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}]}]"),
        "only: {from: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "two deployments same labels",
        CAST
        + deployment("shop", "a", "app: z")
        + deployment("shop", "b", "app: z")
        + policy("{podSelector: {matchLabels: {app: z}}}"),
        "forbid: {from: {namespace: shop, workload: a}, to: {namespace: shop, workload: b}}",
        "proved",
    ),
    Attack(
        "bare pods same labels meet",
        CAST + pod("shop", "web2", "app: web"),
        "forbid: {from: web, to: web}",
        "refuted",
    ),
    Attack(
        "ephemeral",
        CAST.replace(
            "containers: [{name: main",
            "ephemeralContainers: [{name: dbg, image: i}], containers: [{name: main",
        )
        + DENY,
        WEB_DB,
        "proved",
    ),
]
