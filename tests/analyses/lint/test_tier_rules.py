"""What the lint says of the rules of tiers, case by case, by items of the specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyses.lint.told import linted
from verifier.analyses.lint.finding import Level
from verifier.analyses.lint.tiers import RULES
from verifier.linter import Choice

EVERYBODY, OPS = "{namespaces: {}}", "{namespaces: {matchLabels: {team: ops}}}"
ALL_PODS = "{pods: {namespaceSelector: {}, podSelector: {}}}"
TIERS = Choice(select=tuple(rule.id for rule in RULES))


def rule(action: str, peer: str = EVERYBODY, ports: str = "") -> str:
    listed = f", ports: [{{portNumber: {{port: {ports}}}}}]" if ports else ""
    return f"{{action: {action}, from: [{peer}]{listed}}}"


def egress(action: str, peer: str, ports: str = "") -> str:
    return rule(action, peer, ports).replace("from:", "to:")


def admin(*rules: str, name: str = "a", priority: int = 10, subject: str = "{namespaces: {}}") -> str:
    sections = {
        key: [each for each in rules if f"{word}: [" in each]
        for key, word in (("ingress", "from"), ("egress", "to"))
    }
    listed = ", ".join(f"{key}: [{', '.join(found)}]" for key, found in sections.items() if found)
    order = f"priority: {priority}, " if priority >= 0 else ""
    kind = "AdminNetworkPolicy" if priority >= 0 else "BaselineAdminNetworkPolicy"
    return (
        f"---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        f"spec: {{{order}subject: {subject}, {listed}}}\n"
    )


def baseline(*rules: str) -> str:
    return admin(*rules, name="default", priority=-1)


def newer(*rules: str, name: str, tier: str = "Baseline") -> str:
    written = (
        admin(*rules, name=name).replace("v1alpha1", "v1alpha2").replace("spec: {", f"spec: {{tier: {tier}, ")
    )
    return written.replace("AdminNetworkPolicy", "ClusterNetworkPolicy")


def network(spec: str) -> str:
    head = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    return f"{head}metadata: {{name: net, namespace: shop}}\nspec: {spec}\n"


def at(name: str, part: str, *by: str) -> tuple[str, str, tuple[str, ...]]:
    """A finding by what it is about, and whom it names."""
    return name, part, by


CASES = {
    "ANP-2: rules from the top": (
        admin(rule("Allow"), rule("Deny", OPS)),
        {at("shadowed-tier-rule", "a ingress[1]", "a ingress[0]")},
    ),
    "ANP-2: the wider one comes later": (admin(rule("Deny", OPS), rule("Allow")), set()),
    "ANP-2: several rules between them": (
        admin(
            rule("Deny", "{namespaces: {matchExpressions: [{key: team, operator: Exists}]}}"),
            rule("Allow", "{namespaces: {matchExpressions: [{key: team, operator: DoesNotExist}]}}"),
            rule(
                "Pass",
                ALL_PODS,
            ),
        ),
        {at("shadowed-tier-rule", "a ingress[2]", "a ingress[0]", "a ingress[1]")},
    ),
    "ANP-2: a policy of lower priority number": (
        admin(rule("Deny"), priority=5) + admin(rule("Allow", OPS), name="b"),
        {at("shadowed-tier-rule", "b ingress[0]", "a ingress[0]")},
    ),
    "ANP-2: of other pods": (
        admin(rule("Deny"), priority=5, subject=OPS) + admin(rule("Allow", OPS), name="b"),
        set(),
    ),
    "ANP-11: who ties does not come before": (
        admin(rule("Deny")) + admin(rule("Deny", OPS), name="b"),
        set(),
    ),
    "ANP-11: a tie that matters": (
        admin(rule("Deny")) + admin(rule("Allow", OPS), name="b"),
        {at("tied-priorities", "b priority", "a ingress[0]", "b ingress[0]")},
    ),
    "ANP-11: Pass and Allow differ": (
        admin(rule("Pass")) + admin(rule("Allow", OPS), name="b"),
        {at("tied-priorities", "b priority", "a ingress[0]", "b ingress[0]")},
    ),
    "ANP-11: on other ports": (
        admin(rule("Deny", ports="80")) + admin(rule("Allow", OPS, "81"), name="b"),
        set(),
    ),
    "ANP-11: of pods that cannot be the same": (
        admin(rule("Deny"), subject="{namespaces: {matchLabels: {kubernetes.io/metadata.name: x}}}")
        + admin(
            rule("Allow"), name="b", subject="{namespaces: {matchLabels: {kubernetes.io/metadata.name: z}}}"
        ),
        set(),
    ),
    "ANP-11: decided before them": (
        admin(rule("Deny"))
        + admin(rule("Allow", OPS), name="b")
        + admin(rule("Allow", OPS), name="c", priority=1),
        {at("shadowed-tier-rule", "b ingress[0]", "c ingress[0]")},
    ),
    "CNP-3: in Baseline Pass is as good as Accept": (
        newer(rule("Pass"), name="b") + newer(rule("Accept", OPS), name="c"),
        {at("idle-pass", "b ingress[0]")},
    ),
    "CNP-3: but not as Deny": (
        newer(rule("Pass"), name="b") + newer(rule("Deny", OPS), name="c"),
        {at("tied-priorities", "c priority", "b ingress[0]", "c ingress[0]")},
    ),
    "ANP-3: a Pass before a Deny": (admin(rule("Pass", OPS), rule("Deny")), set()),
    "ANP-3: a Pass before nothing": (
        admin(rule("Deny", ports="80"), rule("Pass", OPS)),
        {at("idle-pass", "a ingress[1]")},
    ),
    "ANP-3: of two, one stays": (
        admin(rule("Pass", OPS), rule("Pass", OPS), rule("Deny")),
        {at("shadowed-tier-rule", "a ingress[1]", "a ingress[0]")},
    ),
    "ANP-3: of a narrow one before a wide one, the narrow one goes": (
        admin(rule("Pass", OPS, "80"), rule("Pass", OPS), rule("Deny")),
        {at("idle-pass", "a ingress[0]")},
    ),
    "ANP-3: a Pass before a Deny of a policy that ties": (
        admin(rule("Pass", OPS)) + admin(rule("Deny"), name="b"),
        {at("tied-priorities", "b priority", "a ingress[0]", "b ingress[0]")},
    ),
    "ANP-4: what Admin passes comes to Baseline": (
        admin(rule("Pass", OPS), rule("Deny")) + baseline(rule("Deny", OPS)),
        set(),
    ),
    "ANP-4: what Admin decides does not": (
        admin(rule("Pass", OPS, "80"), rule("Deny")) + baseline(rule("Deny", OPS, "81")),
        {at("unreached-baseline", "default ingress[0]", "a ingress[1]")},
    ),
    "ANP-11: what one of two that tie may pass": (
        admin(rule("Deny")) + admin(rule("Pass", OPS), name="b") + baseline(rule("Deny", OPS)),
        {at("tied-priorities", "b priority", "a ingress[0]", "b ingress[0]")},
    ),
    "CNP-4: NetworkPolicies isolate all that exist": (
        network("{policyTypes: [Ingress]}") + baseline(rule("Deny")),
        {at("idle-baseline", "default ingress[0]", "net")},
    ),
    "CNP-4: in one direction": (
        network("{policyTypes: [Ingress]}") + baseline(egress("Deny", EVERYBODY)),
        set(),
    ),
    "CNP-4: some of them": (
        network("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}") + baseline(rule("Deny")),
        set(),
    ),
    "ANP-12: unknown peers, which are said elsewhere": (admin(rule("Allow", "{things: {}}")), set()),
    "ANP-12: a Deny with unknown peers denies everything": (
        admin(rule("Deny", "{things: {}}"), rule("Allow", OPS)),
        {at("shadowed-tier-rule", "a ingress[1]", "a ingress[0]")},
    ),
    "ANP-10: networks match pods, or they do not": (
        admin(egress("Deny", '{networks: ["0.0.0.0/0", "::/0"]}'), egress("Allow", OPS)),
        set(),
    ),
    "ANP-2: Deny before an allowance": (
        admin(rule("Deny", OPS))
        + network("{ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}"),
        {at("overruled-rule", "net ingress[0]", "a ingress[0]")},
    ),
    "ANP-8: what is outside the cluster no ingress rule denies": (
        admin(rule("Deny")) + network("{ingress: [{}]}"),
        set(),
    ),
    "ANP-3: a Pass first": (
        admin(rule("Pass", OPS, "80"), rule("Deny", OPS))
        + network("{ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}"),
        set(),
    ),
    "ANP-2: an Allow first": (
        admin(rule("Allow", OPS), rule("Deny"))
        + network("{ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}"),
        set(),
    ),
    "NP-34: a Deny of addresses and an allowance of pods": (
        admin(egress("Deny", '{networks: ["0.0.0.0/0", "::/0"]}'))
        + network("{policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}"),
        set(),
    ),
    "ANP-10: a Deny of addresses and an allowance of some": (
        admin(egress("Deny", '{networks: ["10.0.0.0/8"]}'))
        + network("{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.1.0.0/16}}]}]}"),
        {at("overruled-rule", "net egress[0]", "a egress[0]")},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_found(case: str, tmp_path: Path) -> None:
    manifests, expected = CASES[case]

    found = linted(tmp_path, manifests, TIERS).findings

    assert {
        at(
            each.finding.id,
            f"{each.finding.object.rpartition('/')[2]} {each.finding.part}",
            *(_short(evidence.text) for evidence in each.finding.evidence),
        )
        for each in found
    } == expected


def _short(text: str) -> str:
    """`AdminNetworkPolicy/a ingress[0] at …` -> `a ingress[0]`; of a NetworkPolicy its name."""
    name, second, *_ = text.split()
    return f"{name.rpartition('/')[2]} {second}" if "[" in second else name.rpartition("/")[2]


ON_HOST = """---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {hostNetwork: true, containers: [{name: agent, image: agent}]}
"""


def test_np_43_and_np_44_a_pod_on_the_host_network_may_be_let_in_by_label(tmp_path: Path) -> None:
    """A plugin that tells such pods apart lets them in by a NetworkPolicy; to tiers they are nodes."""
    manifests = admin(rule("Deny")) + network("{ingress: [{from: [{podSelector: {}}]}]}")

    without = linted(tmp_path, manifests, TIERS).findings
    shown = linted(tmp_path, manifests + ON_HOST, TIERS).findings

    assert [each.finding.id for each in without] == ["overruled-rule"]
    assert shown == ()


@pytest.mark.parametrize(
    ("labels", "whose"),
    [("a: x, b: x", "of a namespace that exists"), ("a: x, b: z", "of a namespace that may yet be made")],
)
def test_anp_11_whose_flow_a_tie_decides(tmp_path: Path, labels: str, whose: str) -> None:
    one, other = (
        admin(rule(does), name=key, subject=f"{{namespaces: {{matchLabels: {{{key}: x}}}}}}")
        for key, does in (("a", "Deny"), ("b", "Allow"))
    )
    space = f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{labels}}}}}\n"

    (found,) = linted(tmp_path, space + one + other, TIERS).findings

    assert found.finding.id == "tied-priorities"
    assert whose in found.finding.message


def everything(name: str, priority: int, action: str) -> str:
    return (
        "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n"
        f"metadata: {{name: {name}}}\n"
        f"spec: {{priority: {priority}, subject: {{namespaces: {{}}}},"
        f" ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]}}\n"
    )


def test_a_pass_that_is_idle_once_a_shadowed_rule_has_gone_says_so(tmp_path: Path) -> None:
    """Who keeps the Deny that is never asked, or waives it, needs the Pass."""
    both = everything("first", 4, "Pass") + everything("second", 5, "Deny")
    choice = Choice(level=Level.INFO, select=("idle-pass",))

    (found,) = linted(tmp_path, both.removeprefix("---\n"), choice).findings

    message = "once `AdminNetworkPolicy/second ingress[0]` is removed, no later rule of the Admin tier"
    assert found.finding.message.startswith(message)
