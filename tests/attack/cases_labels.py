# ruff: noqa: E501
"""Selectors, namespaces and the labels that nobody wrote down."""

from __future__ import annotations

from tests.attack.scenario import (
    CAST,
    DB,
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

PLAIN = pod("shop", "plain")
MON_DB = "forbid: {from: mon, to: db}"
WEB_DB = "forbid: {from: web, to: db}"


def _from_pods(selector: str) -> str:
    return CAST + PLAIN + to_db(f"[{{from: [{{podSelector: {selector}}}]}}]")


def _from_namespaces(selector: str) -> str:
    return CAST + to_db(f"[{{from: [{{namespaceSelector: {selector}}}]}}]")


def _select(selector: str) -> str:
    return CAST + policy(f"{{podSelector: {selector}}}")


PLAIN_DB = "forbid: {from: {namespace: shop, workload: plain}, to: db}"

SELECTORS = [
    Attack(
        "NotIn selects a pod without the key",
        _from_pods("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}"),
        PLAIN_DB,
        "refuted",
    ),
    Attack(
        "NotIn does not select the value",
        _from_pods("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "NotIn selects a namespace without the key",
        _from_namespaces("{matchExpressions: [{key: env, operator: NotIn, values: [prod]}]}"),
        MON_DB,
        "refuted",
        "refuted",
    ),
    Attack(
        "NotIn isolates a pod without the key",
        _select("{matchExpressions: [{key: tier, operator: NotIn, values: [x]}]}"),
        "cover: {pods: web, directions: [Ingress]}",
        "proved",
        "refuted",
    ),
    Attack(
        "the empty value is not absence", _from_pods("{matchLabels: {team: ''}}"), WEB_DB, "proved", "refuted"
    ),
    Attack(
        "the empty value is a value",
        CAST
        + pod("shop", "empty", "team: ''")
        + to_db("[{from: [{podSelector: {matchLabels: {team: ''}}}]}]"),
        "forbid: {from: {namespace: shop, workload: empty}, to: db}",
        "refuted",
    ),
    Attack(
        "Exists selects the empty value",
        CAST
        + pod("shop", "empty", "team: ''")
        + to_db("[{from: [{podSelector: {matchExpressions: [{key: team, operator: Exists}]}}]}]"),
        "forbid: {from: {namespace: shop, workload: empty}, to: db}",
        "refuted",
    ),
    Attack(
        "DoesNotExist",
        _from_pods("{matchExpressions: [{key: app, operator: DoesNotExist}]}"),
        "only: {from: {namespace: shop, podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "a contradiction selects nothing",
        _select(
            "{matchExpressions: [{key: app, operator: In, values: [db]}, {key: app, operator: NotIn, values: [db]}]}"
        ),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack(
        "labels and expressions are ANDed",
        _select("{matchLabels: {app: db}, matchExpressions: [{key: tier, operator: Exists}]}"),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack(
        "an empty expression list",
        _select("{matchLabels: {}, matchExpressions: []}"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack("null labels", _select("{matchLabels: null, matchExpressions: null}"), WEB_DB, "proved", "proved"),
    Attack(
        "labels of the Deployment are not the pods'",
        SHOP
        + WEB
        + DB
        + deployment("shop", "api", "app: api").replace("name: api}", "name: api, labels: {role: friend}}")
        + to_db("[{from: [{podSelector: {matchLabels: {role: friend}}}]}]"),
        "forbid: {from: {namespace: shop, workload: api}, to: {namespace: shop, workload: db}}",
        "proved",
        endpoints=NOBODY,
    ),
    Attack(
        "labels of the pod are not the namespace's",
        CAST + to_db("[{from: [{namespaceSelector: {matchLabels: {app: mon}}}]}]"),
        MON_DB,
        "proved",
        "proved",
    ),
    Attack(
        "a label that only the property mentions",
        CAST + to_db("[{from: [{podSelector: {matchLabels: {app: web}}}]}]"),
        "only: {from: {namespace: shop, podSelector: {matchLabels: {app: web, tier: trusted}}}, to: db}",
        "refuted",
        "refuted",
    ),
    Attack(
        "a label that only the policy mentions",
        SHOP
        + DB
        + pod("shop", "web", "app: web, tier: trusted")
        + to_db("[{from: [{podSelector: {matchLabels: {tier: trusted}}}]}]"),
        "only: {from: {namespace: shop, podSelector: {matchLabels: {app: web}}}, to: {namespace: shop, workload: db}}",
        "proved",
        "refuted",
        endpoints=NOBODY,
    ),
]

METADATA_NAME = "kubernetes.io/metadata.name"
FORGED = namespace("evil", f"{METADATA_NAME}: ops, team: evil") + pod("evil", "p")

NAMESPACES = [
    Attack(
        "a forged name admits nobody",
        CAST
        + FORGED
        + to_db(f"[{{from: [{{namespaceSelector: {{matchLabels: {{{METADATA_NAME}: ops}}}}}}]}}]"),
        "forbid: {from: {namespace: evil}, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "a forged name hides nobody",
        CAST
        + FORGED
        + to_db(
            "[{from: [{namespaceSelector: {matchExpressions:"
            f" [{{key: {METADATA_NAME}, operator: NotIn, values: [ops]}}]}}}}]}}]"
        ),
        "forbid: {from: {namespace: evil}, to: db}",
        "refuted",
        "refuted",
    ),
    Attack(
        "the name label is there though nobody wrote it",
        CAST + to_db(f"[{{from: [{{namespaceSelector: {{matchLabels: {{{METADATA_NAME}: ops}}}}}}]}}]"),
        "forbid: {from: mon, to: db}",
        "refuted",
        "refuted",
    ),
    Attack(
        "no namespace lacks the name label",
        CAST
        + to_db(
            "[{from: [{namespaceSelector: {matchExpressions:"
            f" [{{key: {METADATA_NAME}, operator: DoesNotExist}}]}}}}]}}]"
        ),
        "forbid: {from: pods, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "a new namespace may take a name that a policy mentions",
        CAST
        + to_db(f"[{{from: [{{namespaceSelector: {{matchLabels: {{{METADATA_NAME}: monitoring}}}}}}]}}]"),
        "forbid: {from: pods, to: db}",
        "proved",
        "refuted",
    ),
    Attack(
        "a new namespace may bear a label that a policy mentions",
        CAST + to_db("[{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]"),
        "only: {from: {namespace: ops}, to: db}",
        "proved",
        "refuted",
    ),
    Attack(
        "a declared namespace keeps its labels",
        CAST + to_db("[{from: [{namespaceSelector: {matchLabels: {team: friends}}}]}]"),
        "forbid: {from: mon, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "an undeclared namespace may bear any label",
        CAST + pod("ghost", "p") + to_db("[{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]"),
        "forbid: {from: {namespace: ghost, workload: p}, to: db}",
        OPEN,
        OPEN,
    ),
    Attack(
        "an undeclared namespace may lack any label",
        CAST
        + pod("ghost", "p")
        + to_db("[{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}}]}]"),
        "require: {from: {namespace: ghost, workload: p}, to: db}",
        OPEN,
        OPEN,
    ),
    Attack(
        "an undeclared namespace still bears its name",
        CAST
        + pod("ghost", "p")
        + to_db(f"[{{from: [{{namespaceSelector: {{matchLabels: {{{METADATA_NAME}: ops}}}}}}]}}]"),
        "forbid: {from: {namespace: ghost, workload: p}, to: db}",
        "proved",
    ),
    Attack(
        "a policy without a namespace is not shop's",
        CAST + policy("{}").replace(", namespace: shop", ""),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack(
        "a policy with a null namespace goes to the default one",
        CAST + policy("{}").replace("namespace: shop", "namespace: null"),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack(
        "a policy with an empty namespace goes to spec.namespace",
        CAST + policy("{}").replace("namespace: shop", "namespace: ''"),
        WEB_DB,
        "proved",
        "proved",
        spec="namespace: shop",
    ),
]

TEMPLATED = SHOP + DB + deployment("shop", "api", "app: api")
API_DB = "forbid: {from: {namespace: shop, workload: api}, to: {namespace: shop, workload: db}}"


def _hash(expression: str) -> str:
    return TEMPLATED + to_db(f"[{{from: [{{podSelector: {{matchExpressions: [{expression}]}}}}]}}]")


CONTROLLERS = [
    Attack(
        "a template's pod has a hash",
        _hash("{key: pod-template-hash, operator: DoesNotExist}"),
        API_DB,
        "proved",
        endpoints=NOBODY,
    ),
    Attack(
        "a template's hash exists",
        _hash("{key: pod-template-hash, operator: Exists}"),
        API_DB,
        "refuted",
        endpoints=NOBODY,
    ),
    Attack(
        "nobody knows the hash",
        _hash("{key: pod-template-hash, operator: In, values: [abc]}"),
        API_DB,
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "nobody knows what the hash is not",
        _hash("{key: pod-template-hash, operator: NotIn, values: [abc]}"),
        API_DB,
        OPEN,
        endpoints=NOBODY,
    ),
    Attack(
        "a Pod has the labels shown and no more",
        SHOP
        + DB
        + WEB
        + to_db(
            "[{from: [{podSelector: {matchExpressions: [{key: pod-template-hash, operator: Exists}]}}]}]"
        ),
        "forbid: {from: {namespace: shop, workload: web}, to: {namespace: shop, workload: db}}",
        "proved",
        endpoints=NOBODY,
    ),
    Attack(
        "a StatefulSet's pods have names",
        SHOP
        + DB
        + deployment("shop", "set", "app: set", kind="StatefulSet")
        + to_db(
            "[{from: [{podSelector: {matchExpressions: [{key: statefulset.kubernetes.io/pod-name, operator: DoesNotExist}]}}]}]"
        ),
        "forbid: {from: {namespace: shop, workload: set}, to: {namespace: shop, workload: db}}",
        "proved",
        endpoints=NOBODY,
    ),
]
