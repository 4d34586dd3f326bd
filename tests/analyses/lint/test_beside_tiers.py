"""What the lint says of NetworkPolicies is true where cluster-wide policies stand around them too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.lint.test_tier_rules import OPS, admin, baseline, egress, network, rule
from tests.analyses.lint.told import ids, linted
from verifier.analyses.lint.example_pieces import namespace, workload
from verifier.linter import Choice

WEB, DB = workload("web", "app: web"), workload("db", "app: db")
CLOSED = network("{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress]}")
TO_DB = network(
    "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
    " egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 80}]}]}"
).replace("name: net", "name: to-db")
OUT = network("{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}")
FORGEABLE = network("{ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}]}]}")
OPEN = network("{ingress: [{from: [{namespaceSelector: {}}]}]}")
SHOP_ALONE = (
    "{namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}}"
)
METADATA = '{networks: ["169.254.169.254/32"]}'
IN_SHOP = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}"
CASES = {
    "nobody denies": ("unprotected-ingress", WEB + DB + CLOSED, True),
    "a Deny for other pods": (
        "unprotected-ingress",
        WEB + DB + CLOSED + admin(rule("Deny"), subject=OPS),
        True,
    ),
    "an Allow": ("unprotected-ingress", WEB + DB + CLOSED + admin(rule("Allow")), True),
    "a Deny": ("unprotected-ingress", WEB + DB + CLOSED + admin(rule("Deny", OPS)), False),
    "a Deny of the baseline": ("unprotected-ingress", WEB + DB + CLOSED + baseline(rule("Deny")), False),
    "a Deny of the other direction": (
        "unprotected-ingress",
        WEB + DB + CLOSED + baseline(egress("Deny", OPS)),
        True,
    ),
    "the other end refuses": ("ineffective-rule", WEB + DB + CLOSED + TO_DB, True),
    "an Allow at the other end": (
        "ineffective-rule",
        WEB + DB + CLOSED + TO_DB + admin(rule("Allow")),
        False,
    ),
    "an Allow at this end": (
        "ineffective-rule",
        WEB + DB + CLOSED + TO_DB + admin(egress("Allow", "{namespaces: {}}")),
        True,
    ),
    "a Pass at the other end": ("ineffective-rule", WEB + DB + CLOSED + TO_DB + admin(rule("Pass")), True),
    "an Allow of the baseline": (
        "ineffective-rule",
        WEB + DB + CLOSED + TO_DB + baseline(rule("Allow")),
        True,
    ),
    "no names": ("dns-forgotten", WEB + DB + TO_DB, True),
    "an Allow for names": (
        "dns-forgotten",
        WEB + DB + TO_DB + admin(egress("Allow", "{namespaces: {}}", "53")),
        False,
    ),
    "an Allow for others": (
        "dns-forgotten",
        WEB + DB + TO_DB + admin(egress("Allow", "{namespaces: {}}", "53"), subject=OPS),
        True,
    ),
    "an Allow for another port": (
        "dns-forgotten",
        WEB + DB + TO_DB + admin(egress("Allow", "{namespaces: {}}", "54")),
        True,
    ),
    "a Pass for names": (
        "dns-forgotten",
        WEB + DB + TO_DB + admin(egress("Pass", "{namespaces: {}}", "53")),
        True,
    ),
    "where no pod is shown": ("dns-forgotten", TO_DB, True),
    "an Allow where no pod is shown": (
        "dns-forgotten",
        TO_DB + admin(egress("Allow", "{namespaces: {}}")),
        False,
    ),
    "the metadata address": ("reaches-metadata", OUT, True),
    "a Deny of it": ("reaches-metadata", OUT + admin(egress("Deny", METADATA)), False),
    "a Deny of it for others": ("reaches-metadata", OUT + admin(egress("Deny", METADATA), subject=OPS), True),
    "a Deny of it on another port": ("reaches-metadata", OUT + admin(egress("Deny", METADATA, "443")), True),
    "a Pass before the Deny": (
        "reaches-metadata",
        OUT + admin(egress("Pass", METADATA), egress("Deny", METADATA)),
        True,
    ),
    "the internet all the same": ("reaches-internet", OUT + admin(egress("Deny", METADATA)), True),
    "a Deny of all of it": (
        "reaches-internet",
        OUT + admin(egress("Deny", '{networks: ["0.0.0.0/0"]}')),
        False,
    ),
    "labels of any namespace": ("forgeable-source", FORGEABLE, True),
    "a Deny of other namespaces": ("forgeable-source", FORGEABLE + admin(rule("Deny", SHOP_ALONE)), False),
    "a Deny of some": ("forgeable-source", FORGEABLE + admin(rule("Deny", OPS)), True),
    "every pod of every namespace": ("open-to-namespaces", OPEN, True),
    "all of them denied": ("open-to-namespaces", OPEN + admin(rule("Deny")), False),
    "all but one denied": ("open-to-namespaces", OPEN + admin(rule("Deny", SHOP_ALONE)), True),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_found(case: str, tmp_path: Path) -> None:
    about, manifests, found = CASES[case]

    assert (about in ids(linted(tmp_path, namespace("shop") + manifests, Choice(select=(about,))))) is found


def test_what_everybody_can_reach_is_said_as_far_as_it_is_so(tmp_path: Path) -> None:
    everything = network("{policyTypes: [Egress], egress: [{}]}")
    choice = Choice(select=("reaches-internet",))

    (bare,) = linted(tmp_path, everything, choice).findings
    (denied,) = linted(tmp_path, everything + admin(egress("Deny", METADATA)), choice).findings

    assert bare.finding.message.endswith("the internet, the API server and 169.254.169.254 too")
    assert denied.finding.message.endswith("the internet and the API server too")


def test_another_node_is_named_where_the_first_is_denied(tmp_path: Path) -> None:
    nodes = "".join(
        f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: n{number}}}\n"
        f"status: {{addresses: [{{type: InternalIP, address: 10.0.0.{number}}}]}}\n"
        for number in (1, 2)
    )
    denied = admin(egress("Deny", '{networks: ["10.0.0.1/32"]}'))

    (found,) = linted(tmp_path, nodes + OUT + denied, Choice(select=("reaches-api-server",))).findings

    assert "10.0.0.2 of node `n2`" in found.finding.message
