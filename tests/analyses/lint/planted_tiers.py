"""Faults planted in the rails of the examples, which are cluster-wide policies."""

from __future__ import annotations

from tests.analyses.lint.planted import METADATA, Planted, policy

RAILS = "guard-rails/admin-network-policy"
ACME = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: acme, labels: {tenant: acme}}\n"
NOT_GLOBEX = "              - {key: tenant, operator: NotIn, values: [globex]}\n"
NOT_ACME = "              - {key: tenant, operator: NotIn, values: [acme]}\n"


def in_rails(rule: str, name: str | None, old: str, new: str) -> Planted:
    return Planted(rule, "rails.yaml", name, old, new, RAILS)


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
