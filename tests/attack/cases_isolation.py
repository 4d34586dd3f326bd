# ruff: noqa: E501
"""Who is isolated, and whom a rule lets in."""

from __future__ import annotations

from tests.attack.scenario import (
    CAST,
    DENY,
    OPEN,
    Attack,
    deployment,
    from_web,
    namespace,
    pod,
    policy,
    to_db,
)

WEB_DB = "forbid: {from: web, to: db}"
MON_DB = "forbid: {from: mon, to: db}"
DB_WEB = "forbid: {from: db, to: web}"


def _db(rest: str) -> str:
    return CAST + policy(f"{{podSelector: {{matchLabels: {{app: db}}}}, {rest}}}")


def _cover(direction: str) -> str:
    return f"cover: {{pods: db, directions: [{direction}]}}"


POLICY_TYPES = [
    Attack("no types, egress empty: ingress is isolated", _db("egress: []"), WEB_DB, "proved", "proved"),
    Attack("no types, egress empty: egress is not", _db("egress: []"), DB_WEB, "refuted", "refuted"),
    Attack("no types, egress null: egress is not covered", _db("egress: null"), _cover("Egress"), "refuted"),
    Attack(
        "no types, egress null: ingress is covered",
        _db("egress: null"),
        _cover("Ingress"),
        "proved",
        "proved",
    ),
    Attack(
        "no types, egress rule: ingress too", _db("egress: [{to: [{podSelector: {}}]}]"), WEB_DB, "proved"
    ),
    Attack("no types, egress rule: egress", _db("egress: [{to: [{podSelector: {}}]}]"), DB_WEB, "refuted"),
    Attack(
        "no types, egress rule: others are out of reach",
        _db("egress: [{to: [{podSelector: {}}]}]"),
        "forbid: {from: db, to: mon}",
        "proved",
        "proved",
    ),
    Attack("no types, egress open: covered", _db("egress: [{}]"), _cover("Egress"), "proved", "proved"),
    Attack("no types, egress open: open", _db("egress: [{}]"), "require: {from: db, to: any}", "proved"),
    Attack(
        "types Egress only: ingress stays open", _db("policyTypes: [Egress], ingress: []"), WEB_DB, "refuted"
    ),
    Attack(
        "types Ingress only: egress stays open", _db("policyTypes: [Ingress], egress: []"), DB_WEB, "refuted"
    ),
    Attack(
        "types Egress only: ingress rules mean nothing",
        _db("policyTypes: [Egress], ingress: [{}]"),
        _cover("Ingress"),
        "refuted",
    ),
    Attack("types empty are defaulted", _db("policyTypes: []"), WEB_DB, "proved", "proved"),
    Attack("types empty: egress is not isolated", _db("policyTypes: []"), DB_WEB, "refuted"),
    Attack(
        "types null, egress rule", _db("policyTypes: null, egress: [{}]"), _cover("Ingress, Egress"), "proved"
    ),
    Attack("types twice the same", _db("policyTypes: [Ingress, Ingress]"), WEB_DB, "proved", "proved"),
    Attack("spec empty denies ingress", CAST + policy("{}"), WEB_DB, "proved", "proved"),
    Attack("spec empty leaves egress", CAST + policy("{}"), "forbid: {from: db, to: mon}", "refuted"),
    Attack("podSelector null is every pod", CAST + policy("{podSelector: null}"), WEB_DB, "proved", "proved"),
    Attack(
        "a policy of another namespace",
        CAST + policy("{podSelector: {}}", "ops"),
        WEB_DB,
        "refuted",
        "refuted",
    ),
]

PEERS = [
    Attack("from empty is anybody", CAST + to_db("[{from: []}]"), WEB_DB, "refuted", "refuted"),
    Attack(
        "from empty is anybody: required",
        CAST + to_db("[{from: []}]"),
        "require: {from: any, to: db}",
        "proved",
    ),
    Attack("from null is anybody", CAST + to_db("[{from: null}]"), WEB_DB, "refuted", "refuted"),
    Attack("empty rule is anybody", CAST + to_db("[{}]"), "forbid: {from: external, to: db}", "refuted"),
    Attack("no rules is nobody", CAST + to_db("[]"), "forbid: {from: any, to: db}", "proved", "proved"),
    Attack("null rules is nobody", CAST + to_db("null"), "forbid: {from: any, to: db}", "proved", "proved"),
    Attack(
        "every namespace is every pod", CAST + to_db("[{from: [{namespaceSelector: {}}]}]"), MON_DB, "refuted"
    ),
    Attack(
        "every namespace is no external address",
        CAST + to_db("[{from: [{namespaceSelector: {}}]}]"),
        "forbid: {from: external, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "every namespace is no other node",
        CAST + to_db("[{from: [{namespaceSelector: {}}]}]"),
        "forbid: {from: node, to: db}",
        "proved",
    ),
    Attack("own namespace's pods", CAST + to_db("[{from: [{podSelector: {}}]}]"), MON_DB, "proved", "proved"),
    Attack("own namespace's pods come in", CAST + to_db("[{from: [{podSelector: {}}]}]"), WEB_DB, "refuted"),
    Attack(
        "podSelector alone is of the policy's namespace",
        CAST + to_db("[{from: [{podSelector: {matchLabels: {app: mon}}}]}]"),
        "forbid: {from: pods, to: db}",
        "proved",
        "refuted",
    ),
    Attack(
        "one item is a conjunction",
        CAST
        + pod("ops", "other", "app: other")
        + to_db(
            "[{from: [{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: mon}}}]}]"
        ),
        "only: {from: mon, to: db}",
        "proved",
        "refuted",
    ),
    Attack(
        "two items are a union",
        CAST
        + pod("ops", "other", "app: other")
        + to_db(
            "[{from: [{namespaceSelector: {matchLabels: {team: ops}}}, {podSelector: {matchLabels: {app: mon}}}]}]"
        ),
        "only: {from: mon, to: db}",
        "refuted",
        "refuted",
    ),
    Attack(
        "podSelector beside a null namespaceSelector",
        CAST + to_db("[{from: [{podSelector: {}, namespaceSelector: null}]}]"),
        MON_DB,
        "proved",
        "proved",
    ),
    Attack(
        "two rules are no cross product",
        CAST
        + to_db(
            "[{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 1}]},"
            " {from: [{namespaceSelector: {matchLabels: {team: ops}}}], ports: [{port: 2}]}]"
        ),
        "forbid: {from: mon, to: db, ports: [1]}",
        "proved",
        "proved",
    ),
    Attack(
        "policies add up",
        CAST
        + to_db("[]")
        + policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", name="second"),
        WEB_DB,
        "refuted",
        "refuted",
    ),
    Attack("both sides must agree", CAST + DENY + to_db("[{}]"), WEB_DB, "proved", "proved"),
    Attack(
        "egress denied, ingress open: not required",
        CAST + from_web("[]"),
        "require: {from: web, to: db}",
        "refuted",
    ),
]

SAME_WORKLOAD = [
    Attack(
        "two pods of a Deployment",
        CAST + deployment("shop", "api", "app: api"),
        "forbid: {from: {namespace: shop, workload: api}, to: {namespace: shop, workload: api}}",
        "refuted",
        endpoints="    {}\n",
    ),
    Attack("a bare pod is alone", CAST, "forbid: {from: web, to: web}", "vacuous", "refuted"),
    Attack(
        "a bare pod is alone: required", CAST + DENY, "require: {from: web, to: web}", "vacuous", "refuted"
    ),
    Attack(
        "a pod reaches itself, so a required mesh leaves that out",
        CAST + to_db("[{}]"),
        "require: {from: pods, to: db}",
        "proved",
        "proved",
    ),
]

ISOLATE = [
    Attack(
        "a namespace without the label is in no group",
        namespace("a", "tenant: a")
        + namespace("b", "tenant: b")
        + namespace("c")
        + pod("a", "p")
        + pod("b", "p")
        + pod("c", "p")
        + policy(
            "{ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: tenant, operator: DoesNotExist}]}}, {podSelector: {}}]}]}",
            "a",
        )
        + policy("{ingress: [{from: [{podSelector: {}}]}]}", "b"),
        "isolate: {by: tenant}",
        "proved",
        "proved",
        endpoints="    {}\n",
    ),
    Attack(
        "the empty value is a group",
        namespace("a", "tenant: a")
        + namespace("b", "tenant: ''")
        + pod("a", "p")
        + pod("b", "p")
        + policy("{}", "a"),
        "isolate: {by: tenant}",
        "refuted",
        "refuted",
        endpoints="    {}\n",
    ),
    Attack(
        "one group is nothing to isolate",
        namespace("a", "tenant: a") + namespace("b", "tenant: a") + pod("a", "p") + pod("b", "p"),
        "isolate: {by: tenant}",
        "vacuous",
        "vacuous",
        endpoints="    {}\n",
    ),
    Attack(
        "an undeclared namespace may bear the label",
        namespace("a", "tenant: a")
        + pod("a", "p")
        + pod("ghost", "p")
        + policy("{policyTypes: [Egress]}", "a"),
        "isolate: {by: tenant}",
        OPEN,
        OPEN,
        endpoints="    {}\n",
    ),
    Attack(
        "by the name, every namespace is a group",
        namespace("a")
        + namespace("b")
        + pod("a", "p")
        + pod("b", "p")
        + policy("{ingress: [{from: [{podSelector: {}}]}]}", "a"),
        "isolate: {by: kubernetes.io/metadata.name}",
        "refuted",
        "refuted",
        endpoints="    {}\n",
    ),
    Attack(
        "by the name, closed namespaces",
        namespace("a", "kubernetes.io/metadata.name: b")
        + namespace("b")
        + pod("a", "p")
        + pod("b", "p")
        + policy("{ingress: [{from: [{podSelector: {}}]}]}", "a")
        + policy("{ingress: [{from: [{podSelector: {}}]}]}", "b"),
        "isolate: {by: kubernetes.io/metadata.name}",
        "proved",
        "proved",
        endpoints="    {}\n",
    ),
    Attack(
        "a port left open",
        namespace("a", "tenant: a")
        + namespace("b", "tenant: b")
        + pod("a", "p")
        + pod("b", "p")
        + policy("{ingress: [{ports: [{port: 53, protocol: UDP}]}]}", "a")
        + policy("{}", "b"),
        "isolate: {by: tenant}",
        "refuted",
        "refuted",
        endpoints="    {}\n",
    ),
]
