# ruff: noqa: E501
"""What must be refused: exit code 2, a diagnostic in the report, and no verdict."""

from __future__ import annotations

from tests.attack.scenario import CAST, ENDPOINTS, Attack, namespace, pod, policy, to_db

WEB_DB = "forbid: {from: web, to: db}"


def refused(name: str, code: str, manifests: str, statement: str = WEB_DB, spec: str = "") -> Attack:
    """Return an attack whose verdict is the code of a diagnostic."""
    return Attack(name, manifests, statement, code, spec=spec)


def _policy(name: str, code: str, spec: str) -> Attack:
    return refused(name, code, CAST + policy(spec))


def _peer(name: str, code: str, peer: str) -> Attack:
    return refused(name, code, CAST + to_db(f"[{{from: [{peer}]}}]"))


def _port(name: str, code: str, entry: str) -> Attack:
    return refused(name, code, CAST + to_db(f"[{{ports: [{entry}]}}]"))


def _label(name: str, code: str, label: str) -> Attack:
    return refused(name, code, CAST + pod("shop", "x", label))


def _document(name: str, code: str, text: str) -> Attack:
    return refused(name, code, f"{CAST}---\n{text}\n")


def _block(name: str, code: str, cidr: str, hole: str = "") -> Attack:
    holes = f", except: ['{hole}']" if hole else ""
    return _peer(name, code, f"{{ipBlock: {{cidr: '{cidr}'{holes}}}}}")


POLICIES = [
    _policy("a type in small letters", "unsupported-value", "{podSelector: {}, policyTypes: [ingress]}"),
    _policy(
        "three types", "too-many-policy-types", "{podSelector: {}, policyTypes: [Ingress, Egress, Ingress]}"
    ),
    _policy("a type that is null", "wrong-type", "{podSelector: {}, policyTypes: [null]}"),
    _policy("a misspelt selector", "unknown-field", "{podselector: {}}"),
    _policy("a misspelt section", "unknown-field", "{podSelector: {}, Ingress: []}"),
    _policy("a field of another level", "unknown-field", "{podSelector: {}, from: []}"),
    _policy("a selector that is a list", "wrong-type", "{podSelector: []}"),
    _policy("rules that are a mapping", "wrong-type", "{podSelector: {}, ingress: {}}"),
    _policy("a rule that is text", "wrong-type", "{podSelector: {}, ingress: [x]}"),
    _policy("a rule that is null", "wrong-type", "{podSelector: {}, ingress: [null]}"),
    _policy("a port entry that is null", "wrong-type", "{podSelector: {}, ingress: [{ports: [null]}]}"),
    _policy(
        "Gt in a selector",
        "unsupported-value",
        "{podSelector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}",
    ),
    _policy(
        "an operator in small letters",
        "unsupported-value",
        "{podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}",
    ),
    _policy(
        "In without values",
        "values-required",
        "{podSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}",
    ),
    _policy(
        "Exists with values",
        "values-forbidden",
        "{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}",
    ),
    _policy("an expression without an operator", "required", "{podSelector: {matchExpressions: [{key: a}]}}"),
    _policy("a number as a label value", "wrong-type", "{podSelector: {matchLabels: {app: 1}}}"),
    _policy("a Boolean as a label value", "wrong-type", "{podSelector: {matchLabels: {app: on}}}"),
    _policy("a float as a label value", "wrong-type", "{podSelector: {matchLabels: {app: 1e3}}}"),
    _policy(
        "a Cyrillic letter in a label value",
        "invalid-label-value",
        "{podSelector: {matchLabels: {app: d\u0430b}}}",
    ),
    _policy(
        "a Cyrillic letter in a label key",
        "invalid-label-key",
        "{podSelector: {matchLabels: {\u0430pp: db}}}",
    ),
    _policy(
        "a trailing space in a label value",
        "invalid-label-value",
        "{podSelector: {matchLabels: {app: 'db '}}}",
    ),
    _policy(
        "a trailing newline in a label value",
        "invalid-label-value",
        '{podSelector: {matchLabels: {app: "db\\n"}}}',
    ),
    _policy(
        "a full-width letter in a label value",
        "invalid-label-value",
        "{podSelector: {matchLabels: {app: \uff44b}}}",
    ),
    _policy(
        "a zero-width space in a label value",
        "invalid-label-value",
        '{podSelector: {matchLabels: {app: "d\\u200bb"}}}',
    ),
    _policy(
        "a digit of another script", "invalid-label-value", '{podSelector: {matchLabels: {app: "db\\u0663"}}}'
    ),
    _policy(
        "a label value of 64 letters",
        "invalid-label-value",
        f"{{podSelector: {{matchLabels: {{app: {'a' * 64}}}}}}}",
    ),
    _policy("a label key with two slashes", "invalid-label-key", "{podSelector: {matchLabels: {a/b/c: d}}}"),
    _policy("a duplicate key", "duplicate-key", "{podSelector: {matchLabels: {app: db}}, podSelector: {}}"),
    _policy(
        "a duplicate key in disguise",
        "duplicate-key",
        '{podSelector: {matchLabels: {app: db}}, "podSelecto\\x72": {}}',
    ),
]

PEERS = [
    _peer("a peer with no field", "empty-peer", "{}"),
    _peer("a null peer", "wrong-type", "null"),
    _peer("a peer with a null selector", "empty-peer", "{podSelector: null}"),
    _peer("a peer with two null selectors", "empty-peer", "{podSelector: null, namespaceSelector: null}"),
    _peer("a block beside a selector", "mixed-peer", "{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}"),
    _peer(
        "a block beside an unknown field",
        "unknown-field",
        "{ipBlock: {cidr: 10.0.0.0/8}, namespaceSelectors: {}}",
    ),
    _peer(
        "a misspelt namespaceSelector beside a podSelector",
        "unknown-field",
        "{podSelector: {}, namespaceselector: {}}",
    ),
    _block("no prefix length", "invalid-cidr", "10.0.0.0"),
    _block("an empty CIDR", "required", ""),
    _block("a prefix length too long", "invalid-cidr", "10.0.0.0/33"),
    _block("a negative prefix length", "invalid-cidr", "10.0.0.0/-1"),
    _block("an IPv6 prefix length on IPv4", "invalid-cidr", "10.0.0.0/64"),
    _block("five octets", "invalid-cidr", "10.0.0.0.0/8"),
    _block("an octet too large", "invalid-cidr", "10.0.0.256/32"),
    _block("a zone", "invalid-cidr", "fe80::1%eth0/64"),
    _block("digits of another script", "invalid-cidr", "1\u0660.0.0.0/8"),
    _block("space around", "invalid-cidr", " 10.0.0.0/8"),
    _block("a hole that is all of it", "except-outside-cidr", "10.0.0.0/8", "10.0.0.0/8"),
    _block("a hole that is wider", "except-outside-cidr", "10.0.0.0/8", "0.0.0.0/0"),
    _block("a hole elsewhere", "except-outside-cidr", "10.0.0.0/8", "11.0.0.0/16"),
    _block("a hole of another family", "except-outside-cidr", "10.0.0.0/8", "fd00::/16"),
]

PORTS = [
    _port("port 0", "port-out-of-range", "{port: 0}"),
    _port("port 65536", "port-out-of-range", "{port: 65536}"),
    _port("a negative port", "port-out-of-range", "{port: -1}"),
    _port("a number in quotes", "invalid-port-name", "{port: '80'}"),
    _port("a port that is a list", "wrong-type", "{port: [80]}"),
    _port("an upper-case port name", "invalid-port-name", "{port: Http}"),
    _port("a port name too long", "invalid-port-name", "{port: abcdefghijklmnop}"),
    _port("a protocol in small letters", "unsupported-value", "{port: 80, protocol: tcp}"),
    _port("an empty protocol", "unsupported-value", "{port: 80, protocol: ''}"),
    _port("ICMP", "unsupported-value", "{protocol: ICMP}"),
    _port("endPort without port", "end-port-without-port", "{endPort: 80}"),
    _port("endPort below port", "end-port-below-port", "{port: 81, endPort: 80}"),
    _port("endPort after a name", "end-port-without-port", "{port: http, endPort: 80}"),
    _port("endPort too large", "port-out-of-range", "{port: 80, endPort: 65536}"),
    _port("an unknown field", "unknown-field", "{port: 80, endport: 90}"),
    _port("a fraction", "wrong-type", "{port: 80.5}"),
]

LABELS = [
    _label("a pod's label that is a number", "wrong-type", "app: 1"),
    _label("a pod's label that is true", "wrong-type", "app: true"),
    _label("a pod's label in Cyrillic", "invalid-label-key", "\u0430pp: db"),
    _label("a pod's label with a control character", "invalid-label-value", 'app: "d\\x07b"'),
    _label("a pod's label with an escape sequence", "invalid-label-value", 'app: "\\e[31mdb"'),
    refused("a namespace in capitals", "invalid-name", CAST + pod("Shop", "x")),
    refused("a namespace with a space", "invalid-name", CAST + pod("'shop '", "x")),
    refused("a pod's name with a newline", "invalid-name", CAST + pod("shop", '"x\\ny"')),
    refused("a policy's name with an escape sequence", "invalid-name", CAST + policy("{}", name='"\\e[2J"')),
]

DOCUMENTS = [
    _document(
        "a policy's kind in small letters",
        "unknown-kind",
        "{apiVersion: networking.k8s.io/v1, kind: networkpolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy's kind in the plural",
        "unknown-kind",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicies, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy of v1beta1",
        "wrong-api-version",
        "{apiVersion: networking.k8s.io/v1beta1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy of extensions",
        "wrong-api-version",
        "{apiVersion: extensions/v1beta1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a policy of the core group",
        "wrong-api-version",
        "{apiVersion: v1, kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a trailing space in the version",
        "wrong-api-version",
        "{apiVersion: 'networking.k8s.io/v1 ', kind: NetworkPolicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a trailing space in the kind",
        "unknown-kind",
        "{apiVersion: networking.k8s.io/v1, kind: 'NetworkPolicy ', metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a Cyrillic kind",
        "unknown-kind",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkP\u043elicy, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a pod's kind in small letters",
        "unknown-kind",
        "{apiVersion: v1, kind: pod, metadata: {name: x, namespace: shop}, spec: {containers: [{name: c, image: i}]}}",
    ),
    _document(
        "a Deployment's kind in small letters",
        "unknown-kind",
        "{apiVersion: apps/v1, kind: deployment, metadata: {name: x, namespace: shop}, spec: {}}",
    ),
    _document(
        "a namespace's kind in small letters",
        "unknown-kind",
        "{apiVersion: v1, kind: namespace, metadata: {name: x}}",
    ),
    _document(
        "a pod of a version that never was",
        "wrong-api-version",
        "{apiVersion: v2, kind: Pod, metadata: {name: x, namespace: shop}, spec: {containers: [{name: c, image: i}]}}",
    ),
    _document("a document without a kind", "required", "{apiVersion: v1, metadata: {name: x}}"),
    _document("a document without a version", "required", "{kind: NetworkPolicy, metadata: {name: x}}"),
    _document("a kind that is a number", "wrong-type", "{apiVersion: v1, kind: 1, metadata: {name: x}}"),
    _document("a document that is text", "not-an-object", "hello"),
    _document("a document that is a list", "not-an-object", "[{apiVersion: v1, kind: Pod}]"),
    _document("a list whose items are a mapping", "wrong-type", "{apiVersion: v1, kind: List, items: {}}"),
    _document(
        "a list with a broken item",
        "unknown-kind",
        "{apiVersion: v1, kind: List, items: [{apiVersion: networking.k8s.io/v1, kind: networkpolicy, metadata: {name: x}}]}",
    ),
    _document("a list with a null item", "not-an-object", "{apiVersion: v1, kind: List, items: [null]}"),
    refused("one policy twice", "duplicate-object", CAST + policy("{}") + policy("{policyTypes: [Egress]}")),
    refused("one policy twice, word for word", "duplicate-object", CAST + policy("{}") + policy("{}")),
    refused(
        "one namespace with two sets of labels", "duplicate-object", CAST + namespace("shop", "team: evil")
    ),
    refused("one pod twice", "duplicate-object", CAST + pod("shop", "web", "app: web")),
    refused(
        "one address twice",
        "duplicate-address",
        CAST + pod("shop", "one", ips="10.0.0.1") + pod("shop", "two", ips="10.0.0.1"),
    ),
    refused("hostNetwork that is text", "wrong-type", CAST + pod("shop", "x", spec="hostNetwork: 'true'")),
    refused("a template", "helm-template", CAST + policy("{podSelector: {{ .Values.x }}}")),
    refused("nothing at all", "empty-file", "---\n"),
]

PROPERTIES = [
    refused(
        "a namespace that is not there",
        "unknown-namespace",
        CAST,
        "forbid: {from: {namespace: shpo}, to: db}",
    ),
    refused(
        "a workload that is not there",
        "unknown-workload",
        CAST,
        "forbid: {from: {namespace: shop, workload: wbe}, to: db}",
    ),
    refused("an endpoint that is not there", "unknown-endpoint", CAST, "forbid: {from: wbe, to: db}"),
    refused("a node that is not there", "unknown-node", CAST, "forbid: {from: {node: n9}, to: db}"),
    refused("two statements", "two-statements", CAST, f"{WEB_DB}, require: {{from: web, to: db}}"),
    refused("cover of what is no pod", "not-pods", CAST, "cover: {pods: external}"),
    refused("no statement", "no-statement", CAST, "severity: high"),
    refused("an unknown statement", "unknown-field", CAST, "forbids: {from: web, to: db}"),
    refused("an empty list of ports", "empty-ports", CAST, "forbid: {from: web, to: db, ports: []}"),
    refused("an empty list of endpoints", "empty-endpoint", CAST, "forbid: {from: [], to: db}"),
    refused("an endpoint that says nothing", "empty-endpoint", CAST, "forbid: {from: {}, to: db}"),
    refused("port 0", "invalid-port", CAST, "forbid: {from: web, to: db, ports: [0]}"),
    refused("a range upside down", "invalid-port", CAST, "forbid: {from: web, to: db, ports: [90-80]}"),
    refused(
        "a Cyrillic letter in a selector",
        "invalid-label-value",
        CAST,
        "forbid: {from: {namespace: shop, podSelector: {matchLabels: {app: w\u0435b}}}, to: db}",
    ),
    refused(
        "a misspelt selector",
        "unknown-field",
        CAST,
        "forbid: {from: {namespace: shop, podselector: {}}, to: db}",
    ),
    refused("an expected word that is none", "unsupported-value", CAST, f"{WEB_DB}, expect: proven"),
    refused(
        "a reading that is none", "unknown-reading", CAST, f"{WEB_DB}, readings: {{cidr_matches_pod: free}}"
    ),
    refused("a world that is none", "unsupported-value", CAST, f"{WEB_DB}, world: any"),
    refused("a profile that is none", "unsupported-value", CAST, WEB_DB, "profile: weave"),
    refused("two names for one endpoint", "duplicate-key", CAST, WEB_DB, "endpoints: {}"),
    refused(
        "ranges that overlap",
        "overlapping-ranges",
        CAST,
        WEB_DB,
        "network: {podCIDRs: [10.0.0.0/8], nodeCIDRs: [10.1.0.0/16]}",
    ),
    refused(
        "an undeclared namespace of a declared pod's misspelling",
        "invalid-name",
        CAST,
        WEB_DB,
        "pods: [{name: x, namespace: Shop}]",
    ),
    refused(
        "a label that is a number", "wrong-type", CAST, WEB_DB, "namespaces: [{name: x, labels: {a: 1}}]"
    ),
    refused(
        "a namespace declared twice",
        "namespace-declared-twice",
        CAST,
        WEB_DB,
        "namespaces: [{name: shop, labels: {team: evil}}]",
    ),
]

CIRCLES = [
    Attack(
        "an endpoint of itself",
        CAST,
        "forbid: {from: a, to: db}",
        "circular-endpoint",
        endpoints=ENDPOINTS + "    a: a\n",
    ),
    Attack(
        "endpoints in a circle",
        CAST,
        "forbid: {from: a, to: db}",
        "circular-endpoint",
        endpoints=ENDPOINTS + "    a: [web, b]\n    b: c\n    c: [a]\n",
    ),
    Attack(
        "an exception of itself",
        CAST,
        "forbid: {from: a, to: db}",
        "circular-endpoint",
        endpoints=ENDPOINTS + "    a: {any: true, except: a}\n",
    ),
    Attack(
        "a circle that nobody uses",
        CAST,
        WEB_DB,
        "circular-endpoint",
        endpoints=ENDPOINTS + "    a: b\n    b: a\n",
    ),
]
