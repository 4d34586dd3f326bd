"""What must be refused: exit code 2, a diagnostic in the report, and no verdict."""

from __future__ import annotations

from tests.attack.scenario import CAST, ENDPOINTS, Attack, namespace, pod, policy, to_db

WEB_DB = "forbid: {from: web, to: db}"


def refused(name: str, manifests: str, statement: str = WEB_DB, spec: str = "") -> Attack:
    return Attack(name, manifests, statement, "error", spec=spec)


def _policy(name: str, spec: str) -> Attack:
    return refused(name, CAST + policy(spec))


def _peer(name: str, peer: str) -> Attack:
    return refused(name, CAST + to_db(f"[{{from: [{peer}]}}]"))


def _port(name: str, entry: str) -> Attack:
    return refused(name, CAST + to_db(f"[{{ports: [{entry}]}}]"))


def _label(name: str, label: str) -> Attack:
    return refused(name, CAST + pod("shop", "x", label))


def _document(name: str, text: str) -> Attack:
    return refused(name, f"{CAST}---\n{text}\n")


def _block(name: str, cidr: str, hole: str = "") -> Attack:
    holes = f", except: ['{hole}']" if hole else ""
    return _peer(name, f"{{ipBlock: {{cidr: '{cidr}'{holes}}}}}")


POLICIES = [
    _policy("a type in small letters", "{podSelector: {}, policyTypes: [ingress]}"),
    _policy("three types", "{podSelector: {}, policyTypes: [Ingress, Egress, Ingress]}"),
    _policy("a type that is null", "{podSelector: {}, policyTypes: [null]}"),
    _policy("a misspelt selector", "{podselector: {}}"),
    _policy("a misspelt section", "{podSelector: {}, Ingress: []}"),
    _policy("a field of another level", "{podSelector: {}, from: []}"),
    _policy("a selector that is a list", "{podSelector: []}"),
    _policy("rules that are a mapping", "{podSelector: {}, ingress: {}}"),
    _policy("a rule that is text", "{podSelector: {}, ingress: [x]}"),
    _policy("Gt in a selector", "{podSelector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}"),
    _policy(
        "an operator in small letters",
        "{podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}",
    ),
    _policy("In without values", "{podSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}"),
    _policy(
        "Exists with values", "{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}"
    ),
    _policy("an expression without an operator", "{podSelector: {matchExpressions: [{key: a}]}}"),
    _policy("a number as a label value", "{podSelector: {matchLabels: {app: 1}}}"),
    _policy("a Boolean as a label value", "{podSelector: {matchLabels: {app: on}}}"),
    _policy("a float as a label value", "{podSelector: {matchLabels: {app: 1e3}}}"),
    _policy("a Cyrillic letter in a label value", "{podSelector: {matchLabels: {app: d\u0430b}}}"),
    _policy("a Cyrillic letter in a label key", "{podSelector: {matchLabels: {\u0430pp: db}}}"),
    _policy("a trailing space in a label value", "{podSelector: {matchLabels: {app: 'db '}}}"),
    _policy("a trailing newline in a label value", '{podSelector: {matchLabels: {app: "db\\n"}}}'),
    _policy("a full-width letter in a label value", "{podSelector: {matchLabels: {app: \uff44b}}}"),
    _policy("a zero-width space in a label value", '{podSelector: {matchLabels: {app: "d\\u200bb"}}}'),
    _policy("a digit of another script", '{podSelector: {matchLabels: {app: "db\\u0663"}}}'),
    _policy("a label value of 64 letters", f"{{podSelector: {{matchLabels: {{app: {'a' * 64}}}}}}}"),
    _policy("a label key with two slashes", "{podSelector: {matchLabels: {a/b/c: d}}}"),
    _policy("a duplicate key", "{podSelector: {matchLabels: {app: db}}, podSelector: {}}"),
    _policy("a duplicate key in disguise", '{podSelector: {matchLabels: {app: db}}, "podSelecto\\x72": {}}'),
]

PEERS = [
    _peer("a peer with no field", "{}"),
    _peer("a null peer", "null"),
    _peer("a peer with a null selector", "{podSelector: null}"),
    _peer("a peer with two null selectors", "{podSelector: null, namespaceSelector: null}"),
    _peer("a block beside a selector", "{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}"),
    _peer("a block beside an unknown field", "{ipBlock: {cidr: 10.0.0.0/8}, namespaceSelectors: {}}"),
    _peer("a misspelt namespaceSelector beside a podSelector", "{podSelector: {}, namespaceselector: {}}"),
    _block("no prefix length", "10.0.0.0"),
    _block("an empty CIDR", ""),
    _block("a prefix length too long", "10.0.0.0/33"),
    _block("a negative prefix length", "10.0.0.0/-1"),
    _block("an IPv6 prefix length on IPv4", "10.0.0.0/64"),
    _block("five octets", "10.0.0.0.0/8"),
    _block("an octet too large", "10.0.0.256/32"),
    _block("a zone", "fe80::1%eth0/64"),
    _block("digits of another script", "1\u0660.0.0.0/8"),
    _block("space around", " 10.0.0.0/8"),
    _block("a hole that is all of it", "10.0.0.0/8", "10.0.0.0/8"),
    _block("a hole that is wider", "10.0.0.0/8", "0.0.0.0/0"),
    _block("a hole elsewhere", "10.0.0.0/8", "11.0.0.0/16"),
    _block("a hole of another family", "10.0.0.0/8", "fd00::/16"),
]

PORTS = [
    _port("port 0", "{port: 0}"),
    _port("port 65536", "{port: 65536}"),
    _port("a negative port", "{port: -1}"),
    _port("a number in quotes", "{port: '80'}"),
    _port("a port that is a list", "{port: [80]}"),
    _port("an upper-case port name", "{port: Http}"),
    _port("a port name too long", "{port: abcdefghijklmnop}"),
    _port("a protocol in small letters", "{port: 80, protocol: tcp}"),
    _port("an empty protocol", "{port: 80, protocol: ''}"),
    _port("ICMP", "{protocol: ICMP}"),
    _port("endPort without port", "{endPort: 80}"),
    _port("endPort below port", "{port: 81, endPort: 80}"),
    _port("endPort after a name", "{port: http, endPort: 80}"),
    _port("endPort too large", "{port: 80, endPort: 65536}"),
    _port("an unknown field", "{port: 80, endport: 90}"),
    _port("a fraction", "{port: 80.5}"),
]

LABELS = [
    _label("a pod's label that is a number", "app: 1"),
    _label("a pod's label that is true", "app: true"),
    _label("a pod's label in Cyrillic", "\u0430pp: db"),
    _label("a pod's label with a control character", 'app: "d\\x07b"'),
    _label("a pod's label with an escape sequence", 'app: "\\e[31mdb"'),
    refused("a namespace in capitals", CAST + pod("Shop", "x")),
    refused("a namespace with a space", CAST + pod("'shop '", "x")),
    refused("a pod's name with a newline", CAST + pod("shop", '"x\\ny"')),
    refused("a policy's name with an escape sequence", CAST + policy("{}", name='"\\e[2J"')),
]

DOCUMENTS = [
    _document(
        "a policy's kind in small letters",
        "{apiVersion: networking.k8s.io/v1, kind: networkpolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy's kind in the plural",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicies, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy of v1beta1",
        "{apiVersion: networking.k8s.io/v1beta1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy of extensions",
        "{apiVersion: extensions/v1beta1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy of the core group",
        "{apiVersion: v1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a trailing space in the version",
        "{apiVersion: 'networking.k8s.io/v1 ', kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a trailing space in the kind",
        "{apiVersion: networking.k8s.io/v1, kind: 'NetworkPolicy ', metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a Cyrillic kind",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkP\u043elicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a pod's kind in small letters",
        "{apiVersion: v1, kind: pod, metadata: {name: x, namespace: shop}, spec: {containers: [{name: c, image: i}]}}",
    ),
    _document(
        "a Deployment's kind in small letters",
        "{apiVersion: apps/v1, kind: deployment, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a namespace's kind in small letters", "{apiVersion: v1, kind: namespace, metadata: {name: x}}"
    ),
    _document(
        "a pod of a version that never was",
        "{apiVersion: v2, kind: Pod, metadata: {name: x, namespace: shop}, spec: {containers: [{name: c, image: i}]}}",
    ),
    _document("a document without a kind", "{apiVersion: v1, metadata: {name: x}}"),
    _document("a document without a version", "{kind: NetworkPolicy, metadata: {name: x}}"),
    _document("a kind that is a number", "{apiVersion: v1, kind: 1, metadata: {name: x}}"),
    _document("a document that is text", "hello"),
    _document("a document that is a list", "[{apiVersion: v1, kind: Pod}]"),
    _document("a list whose items are a mapping", "{apiVersion: v1, kind: List, items: {}}"),
    _document(
        "a list with a broken item",
        "{apiVersion: v1, kind: List, items: [{apiVersion: networking.k8s.io/v1, kind: networkpolicy, metadata: {name: x}}]}",
    ),
    _document("a list with a null item", "{apiVersion: v1, kind: List, items: [null]}"),
    refused("one policy twice", CAST + policy("{}") + policy("{policyTypes: [Egress]}")),
    refused("one policy twice, word for word", CAST + policy("{}") + policy("{}")),
    refused("one namespace with two sets of labels", CAST + namespace("shop", "team: evil")),
    refused("one pod twice", CAST + pod("shop", "web", "app: web")),
    refused(
        "one address twice", CAST + pod("shop", "one", ips="10.0.0.1") + pod("shop", "two", ips="10.0.0.1")
    ),
    refused("hostNetwork that is text", CAST + pod("shop", "x", spec="hostNetwork: 'true'")),
    refused("a template", CAST + policy("{podSelector: {{ .Values.x }}}")),
    refused("nothing at all", "---\n"),
]

PROPERTIES = [
    refused("a namespace that is not there", CAST, "forbid: {from: {namespace: shpo}, to: db}"),
    refused("a workload that is not there", CAST, "forbid: {from: {namespace: shop, workload: wbe}, to: db}"),
    refused("an endpoint that is not there", CAST, "forbid: {from: wbe, to: db}"),
    refused("a node that is not there", CAST, "forbid: {from: {node: n9}, to: db}"),
    refused("two statements", CAST, f"{WEB_DB}, require: {{from: web, to: db}}"),
    refused("no statement", CAST, "severity: high"),
    refused("an unknown statement", CAST, "forbids: {from: web, to: db}"),
    refused("an empty list of ports", CAST, "forbid: {from: web, to: db, ports: []}"),
    refused("an empty list of endpoints", CAST, "forbid: {from: [], to: db}"),
    refused("an endpoint that says nothing", CAST, "forbid: {from: {}, to: db}"),
    refused("port 0", CAST, "forbid: {from: web, to: db, ports: [0]}"),
    refused("a range upside down", CAST, "forbid: {from: web, to: db, ports: [90-80]}"),
    refused(
        "a Cyrillic letter in a selector",
        CAST,
        "forbid: {from: {namespace: shop, podSelector: {matchLabels: {app: w\u0435b}}}, to: db}",
    ),
    refused("a misspelt selector", CAST, "forbid: {from: {namespace: shop, podselector: {}}, to: db}"),
    refused("an expected word that is none", CAST, f"{WEB_DB}, expect: proven"),
    refused("a reading that is none", CAST, f"{WEB_DB}, readings: {{cidr_matches_pod: free}}"),
    refused("a world that is none", CAST, f"{WEB_DB}, world: any"),
    refused("a profile that is not built", CAST, WEB_DB, "profile: any"),
    refused("two names for one endpoint", CAST, WEB_DB, "endpoints: {}"),
    refused(
        "ranges that overlap", CAST, WEB_DB, "network: {podCIDRs: [10.0.0.0/8], nodeCIDRs: [10.1.0.0/16]}"
    ),
    refused(
        "an undeclared namespace of a declared pod's misspelling",
        CAST,
        WEB_DB,
        "pods: [{name: x, namespace: Shop}]",
    ),
    refused("a label that is a number", CAST, WEB_DB, "namespaces: [{name: x, labels: {a: 1}}]"),
    refused("a namespace declared twice", CAST, WEB_DB, "namespaces: [{name: shop, labels: {team: evil}}]"),
]

CIRCLES = [
    Attack(
        "an endpoint of itself",
        CAST,
        "forbid: {from: a, to: db}",
        "error",
        endpoints=ENDPOINTS + "    a: a\n",
    ),
    Attack(
        "endpoints in a circle",
        CAST,
        "forbid: {from: a, to: db}",
        "error",
        endpoints=ENDPOINTS + "    a: [web, b]\n    b: c\n    c: [a]\n",
    ),
    Attack(
        "an exception of itself",
        CAST,
        "forbid: {from: a, to: db}",
        "error",
        endpoints=ENDPOINTS + "    a: {any: true, except: a}\n",
    ),
    Attack("a circle that nobody uses", CAST, WEB_DB, "error", endpoints=ENDPOINTS + "    a: b\n    b: a\n"),
]
