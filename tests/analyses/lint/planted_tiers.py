"""Faults planted in the rails of the examples, which are cluster-wide policies."""

from __future__ import annotations

from tests.analyses.lint.planted import METADATA, Planted, policy

RAILS = "guard-rails/admin-network-policy"
ACME = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: acme, labels: {tenant: acme}}\n"
NOT_GLOBEX = "              - {key: tenant, operator: NotIn, values: [globex]}\n"
NOT_ACME = "              - {key: tenant, operator: NotIn, values: [acme]}\n"


def in_rails(rule: str, name: str | None, old: str, new: str) -> Planted:
    return Planted(rule, "rails.yaml", name, old, new, RAILS)


def selecting(rule: str, subject: str, peer: str) -> Planted:
    """A rail beside the tenants, whose subject or peer is at fault."""
    text = f"""apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata:
  name: scrapers
spec:
  priority: 30
  subject:
{subject}
  ingress:
    - action: Allow
      from:
{peer}
      ports:
        - portNumber: {{port: 9100}}
"""
    return Planted(rule, "policies.yaml", None, "", text, "guard-rails/tenants")


WEB = f"""    pods:
      namespaceSelector:
        matchLabels: {{{METADATA}: acme}}
      podSelector:
        matchLabels: {{app: web}}"""
PROMETHEUS = f"""        - pods:
            namespaceSelector:
              matchLabels: {{{METADATA}: monitoring}}
            podSelector:
              matchLabels: {{app: prometheus}}"""
SELECTORS = (
    selecting("dead-policy", WEB.replace("{app: web}", "{app: frontend} # <-"), PROMETHEUS),
    selecting("dead-peer", WEB, PROMETHEUS.replace("{app: prometheus}", "{app: scraper} # <-")),
    selecting("misspelt-label", WEB, PROMETHEUS.replace("{app: prometheus}", "{app: promehteus} # <-")),
    selecting("misspelt-namespace", WEB, PROMETHEUS.replace("monitoring}", "monitorin} # <-")),
    selecting("namespace-name-label", WEB.replace(f"{METADATA}: acme}}", "name: acme} # <-"), PROMETHEUS),
    selecting("unmatched-namespace", WEB, "        - namespaces:\n            matchLabels: {squad: a} # <-"),
    selecting(
        "contradictory-selector",
        WEB.replace(
            "matchLabels: {app: web}",
            "matchExpressions: # <-\n"
            "          - {key: app, operator: In, values: [web]}\n"
            "          - {key: app, operator: NotIn, values: [web]}",
        ),
        PROMETHEUS,
    ),
    selecting(
        "dead-value",
        WEB,
        PROMETHEUS.replace(
            "matchLabels: {app: prometheus}",
            "matchExpressions:\n"
            "                - {key: app, operator: In, values: [prometheus, scraper]} # <-",
        ),
    ),
)
TIERS = (
    in_rails(
        "shadowed-tier-rule",
        "keep-globex-apart",
        NOT_GLOBEX,
        f"""{NOT_GLOBEX}    - action: Deny # <-
      from:
        - namespaces:
            matchLabels: {{tenant: acme}}
      ports:
        - portNumber: {{port: 22}}
""",
    ),
    in_rails(
        "empty-tier-rule",
        "keep-acme-apart",
        NOT_ACME,
        f"""{NOT_ACME}    - action: Deny # <-
      from:
        - namespaces: {{}}
      ports:
        - portRange: {{start: 9000, end: 8000}}
""",
    ),
    in_rails(
        "unreached-baseline",
        "default",
        "  ingress:\n",
        f"""  ingress:
    - action: Deny # <-
      from:
        - pods:
            namespaceSelector:
              matchLabels: {{{METADATA}: monitoring}}
            podSelector:
              matchLabels: {{app: prometheus}}
      ports:
        - portNumber: {{port: 9100}}
""",
    ),
    in_rails(
        "idle-baseline",
        None,
        "",
        policy("acme", "default-deny", "  podSelector: {}\n  policyTypes: [Ingress]\n"),
    ),
    in_rails(
        "idle-pass",
        "tenants",
        "        - networks: [169.254.169.254/32]\n",
        """        - networks: [169.254.169.254/32]
    - action: Pass # <-
      to:
        - networks: [192.0.2.0/24]
      ports:
        - portNumber: {port: 443}
""",
    ),
    in_rails("tied-priorities", "keep-acme-apart", "  priority: 20\n", "  priority: 10 # <-\n"),
    in_rails(
        "overruled-rule",
        None,
        "",
        policy(
            "acme",
            "from-globex",
            f"""  podSelector: {{}}
  policyTypes: [Ingress]
  ingress:
    - from: # <-
        - namespaceSelector:
            matchLabels: {{{METADATA}: globex, tenant: globex}}
      ports: [{{port: 8080}}]
""",
        )
        + ACME,
    ),
)
