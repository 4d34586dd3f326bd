"""Faults planted in the examples: what is changed, and where it is to be found (`# <-` marks the line)."""

from __future__ import annotations

from dataclasses import dataclass

SHOP = "shop/manifests"


@dataclass(frozen=True)
class Planted:
    """In `file` the text `old` of the document that has `name: policy` becomes `new`, for `rule` to find.

    Without `policy` the text `new` is a document of its own.
    """

    rule: str
    file: str
    policy: str | None
    old: str
    new: str
    folder: str = SHOP
    also: frozenset[str] = frozenset()

    def applied(self, text: str) -> str:
        if self.policy is None:
            return f"{text}---\n{self.new}"
        documents = text.split("---\n")
        (at,) = [i for i, each in enumerate(documents) if f"\n  name: {self.policy}\n" in each]
        assert documents[at].count(self.old) == 1, documents[at]
        documents[at] = documents[at].replace(self.old, self.new)
        return "---\n".join(documents)


def pattern(name: str) -> str:
    return f"patterns/{name}/manifests"


def policy(namespace: str, name: str, spec: str) -> str:
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    return f"{head}metadata:\n  namespace: {namespace}\n  name: {name}\nspec:\n{spec}"


NAME = "app.kubernetes.io/name"
METADATA = "kubernetes.io/metadata.name"
SELECTED = (
    # --- redundant ---
    Planted(
        "redundant-policy",
        "web-policies.yaml",
        None,
        "",
        policy(
            "web",
            "again # <-",
            f"""  podSelector: {{matchLabels: {{{NAME}: web}}}}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector: {{matchLabels: {{{METADATA}: api}}}}
          podSelector: {{matchLabels: {{{NAME}: api}}}}
      ports: [{{port: http}}]
""",
        ),
    ),
    Planted(
        "shadowed-rule",
        "payments-policies.yaml",
        "clients-to-ledger",
        "  ingress:\n",
        f"""  ingress:
    - from: # <-
        - podSelector: {{matchLabels: {{{NAME}: gateway}}}}
      ports: [{{port: grpc}}]
""",
    ),
    Planted(
        "redundant-rule",
        "policy.yaml",
        "allow-same-namespace-to-web",
        "  - from:\n    - podSelector: {}\n",
        """  - from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}]
  - from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}]
  - from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web, db]}]}}] # <-
""",
        pattern("deny-other-namespaces"),
    ),
    Planted(
        "redundant-peer",
        "payments-policies.yaml",
        "clients-to-ledger",
        "    - from:\n",
        f"    - from:\n        - podSelector: {{matchLabels: {{{NAME}: gateway}}}} # <-\n",
    ),
    Planted(
        "redundant-port",
        "web-policies.yaml",
        "ingress-to-web",
        "        - port: http\n",
        "        - port: http\n        - {port: http, protocol: TCP} # <-\n",
    ),
    Planted(
        "redundant-except",
        "ingress-policies.yaml",
        "internet-to-controller",
        "[10.0.0.0/8, 169",
        "[10.0.0.0/8,\n              10.1.0.0/16, # <-\n              169",
    ),
    Planted(
        "except-undone",
        "payments-policies.yaml",
        "to-ledger-and-provider",
        "            except: [198.51.100.192/26]\n",
        """            except: [198.51.100.192/26] # <-
        - ipBlock:
            cidr: 198.51.100.192/26
""",
    ),
    Planted(
        "redundant-deny",
        "policy.yaml",
        None,
        "",
        policy("default", "deny-once-more # <-", "  podSelector: {}\n  policyTypes: [Ingress]\n"),
        pattern("deny-all"),
    ),
    Planted(
        "overlapping-rules",
        "policy.yaml",
        "allow-frontend-to-bookapi",
        "  ingress:\n",
        "  ingress:\n  - ports: [{port: 8079, endPort: 8080}]\n    from: [{namespaceSelector: {}}]\n",
        pattern("limit-traffic"),
    ),
    Planted(
        "ineffective-rule",
        "api-policies.yaml",
        "api-to-payments",
        "  egress:\n",
        f"""  egress:
    - to: # <-
        - namespaceSelector:
            matchLabels:
              {METADATA}: payments
          podSelector:
            matchLabels:
              {NAME}: gateway
      ports:
        - port: 9999
""",
    ),
    # --- selectors ---
    Planted(
        "contradictory-selector",
        "data-policies.yaml",
        "clients-to-queue",
        f"  podSelector:\n    matchLabels:\n      {NAME}: queue\n",
        f"""  podSelector:
    matchLabels: # <-
      {NAME}: queue
    matchExpressions: [{{key: {NAME}, operator: NotIn, values: [queue]}}]
""",
    ),
    Planted(
        "dead-policy",
        "web-policies.yaml",
        "ingress-to-web",
        f"    matchLabels:\n      {NAME}: web\n",
        f"    matchLabels: # <-\n      {NAME}: shopfront\n",
    ),
    Planted(
        "dead-peer",
        "web-policies.yaml",
        "web-to-api",
        f"            matchLabels:\n              {NAME}: api\n",
        f"            matchLabels: # <-\n              {NAME}: backend\n",
    ),
    Planted(
        "dead-value",
        "payments-policies.yaml",
        "to-ledger-and-provider",
        "values: [gateway, reconciliation]",
        "values: [gateway, reconciliation, refunds]",
    ),
    Planted(
        "misspelt-label",
        "payments-policies.yaml",
        "api-to-gateway",
        f"    matchLabels:\n      {NAME}: gateway\n",
        f"    matchLabels: # <-\n      {NAME}: gatway\n",
    ),
    Planted(
        "misspelt-namespace",
        "payments-policies.yaml",
        "api-to-gateway",
        f"            matchLabels:\n              {METADATA}: api\n",
        f"            matchLabels: # <-\n              {METADATA}: payment\n",
    ),
    Planted(
        "namespace-name-label",
        "web-policies.yaml",
        "web-to-api",
        f"            matchLabels:\n              {METADATA}: api\n",
        "            matchLabels: # <-\n              name: api\n",
    ),
    Planted(
        "unmatched-namespace",
        "web-policies.yaml",
        "web-to-api",
        f"            matchLabels:\n              {METADATA}: api\n",
        "            matchLabels: # <-\n              squad: backend\n",
    ),
)
