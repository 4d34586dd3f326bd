# ruff: noqa: E501
"""Policies of tiers around NetworkPolicy: what decides although something else says otherwise."""

from __future__ import annotations

from tests.attack.scenario import CAST, DENY, OPEN, Attack, policy, to_db

ALPHA_1, ALPHA_2 = "policy.networking.k8s.io/v1alpha1", "policy.networking.k8s.io/v1alpha2"
WEB_DB = "forbid: {from: web, to: db}"
MUST = "require: {from: web, to: db, ports: [5432]}"
TO_WORLD = "forbid: {from: web, to: external}"
CLOSED = CAST + DENY
EVERYBODY = "[{namespaces: {}}]"


def tiered(kind: str, spec: str, name: str = "x") -> str:
    version = ALPHA_2 if kind == "ClusterNetworkPolicy" else ALPHA_1
    return f"---\napiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{subject: {{namespaces: {{}}}}, {spec}}}\n"


def admin(rules: str, priority: int = 1, name: str = "x") -> str:
    return tiered("AdminNetworkPolicy", f"priority: {priority}, {rules}", name)


def ingress(action: str, peers: str = EVERYBODY) -> str:
    return f"ingress: [{{action: {action}, from: {peers}}}]"


def egress(action: str, peers: str) -> str:
    return f"egress: [{{action: {action}, to: {peers}}}]"


BOTH = f"ingress: [{{action: Allow, from: {EVERYBODY}}}], egress: [{{action: Allow, to: {EVERYBODY}}}]"
BASELINE = tiered("BaselineAdminNetworkPolicy", ingress("Deny"), "default")
HALF = policy("{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: [{}]}", name="half")

TIERED = [
    Attack("an admin allows what is denied by default", CLOSED + admin(BOTH), WEB_DB, "refuted", "refuted"),
    Attack(
        "an admin allows one side of what is denied on both",
        CLOSED + admin(ingress("Allow")),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack("an admin denies what is open", CAST + admin(ingress("Deny")), WEB_DB, "proved", "proved"),
    Attack(
        "an admin denies what a policy allows",
        CAST + to_db("[{}]") + admin(ingress("Deny")),
        MUST,
        "refuted",
        "refuted",
    ),
    Attack(
        "a Pass skips the denial after it",
        CAST + admin(f"ingress: [{{action: Pass, from: {EVERYBODY}}}, {{action: Deny, from: {EVERYBODY}}}]"),
        MUST,
        "proved",
        "proved",
    ),
    Attack("a baseline denies what nobody isolates", CAST + BASELINE, WEB_DB, "proved", "proved"),
    Attack(
        "a baseline does not touch what a policy decides",
        CAST + to_db("[{}]") + BASELINE,
        MUST,
        "proved",
        "proved",
    ),
    Attack("a policy of the other direction, handed over or not", CAST + HALF + BASELINE, MUST, OPEN, OPEN),
    Attack(
        "a tie that somebody may win",
        CAST + admin(ingress("Allow"), name="x") + admin(ingress("Deny"), name="z"),
        MUST,
        OPEN,
        OPEN,
    ),
    Attack(
        "a tie that changes nothing",
        CAST + admin(ingress("Deny"), name="x") + admin(ingress("Deny"), name="z"),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "no tie: another priority",
        CAST + admin(ingress("Allow"), 1, "x") + admin(ingress("Deny"), 2, "z"),
        MUST,
        "proved",
        "proved",
    ),
    Attack(
        "names may be all of the world",
        CAST
        + admin(
            'egress: [{action: Allow, to: [{domainNames: ["a.example"]}]}, {action: Deny, to: [{networks: ["0.0.0.0/0", "::/0"]}]}]'
        ),
        TO_WORLD,
        OPEN,
        OPEN,
    ),
    Attack(
        "names may be nothing of the world",
        CAST
        + admin(
            'egress: [{action: Allow, to: [{domainNames: ["a.example"]}]}, {action: Deny, to: [{networks: ["0.0.0.0/0", "::/0"]}]}]'
        ),
        "require: {from: web, to: external, ports: [443]}",
        OPEN,
        OPEN,
    ),
    Attack(
        "names are no pods",
        CAST
        + admin(
            'egress: [{action: Allow, to: [{domainNames: ["a.example"]}]}, {action: Deny, to: [{namespaces: {}}]}]'
        ),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "a peer that nobody knows denies everything",
        CAST + admin(ingress("Pass", "[{workloads: {}}]")),
        "forbid: {from: external, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "a peer that nobody knows allows nothing",
        CLOSED + admin(ingress("Allow", "[{workloads: {}}, {namespaces: {}}]")),
        WEB_DB,
        "proved",
        "proved",
    ),
    Attack(
        "an ingress rule for every pod is not for the world",
        CAST + admin(ingress("Deny")),
        "forbid: {from: external, to: db}",
        "refuted",
        "refuted",
    ),
    Attack(
        "new namespaces are subject too",
        CAST + admin(egress("Deny", EVERYBODY)),
        "forbid: {from: pods, to: db}",
        "proved",
        "proved",
    ),
    Attack(
        "a tier is no isolation",
        CAST + admin(ingress("Deny")),
        "cover: {pods: db, directions: [Ingress]}",
        "refuted",
        "refuted",
    ),
    Attack(
        "an admin allows, somebody unknown may deny",
        CLOSED
        + admin(BOTH)
        + "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x, namespace: shop}\nspec: {}\n",
        WEB_DB,
        OPEN,
        OPEN,
    ),
]
