"""More planted faults: port names, what is written and meant, protection."""

from __future__ import annotations

from tests.analyses.lint.planted import METADATA, NAME, Planted, pattern, policy

ELSEWHERE = (
    # --- ports ---
    Planted(
        "undeclared-port",
        "web-policies.yaml",
        "ingress-to-web",
        "        - port: http\n",
        "        - port: shop # <-\n",
    ),
    Planted(
        "misspelt-port",
        "web-policies.yaml",
        "ingress-to-web",
        "        - port: http\n",
        "        - port: htpt # <-\n",
    ),
    Planted(
        "named-port-to-addresses",
        "data-policies.yaml",
        "backup-to-database-and-store",
        "        - port: 443\n",
        "        - port: https # <-\n",
    ),
    # --- written ---
    Planted(
        "empty-ip-block",
        "payments-policies.yaml",
        "to-ledger-and-provider",
        "            cidr: 198.51.100.0/24\n            except: [198.51.100.192/26]\n",
        "            cidr: 198.51.100.0/24 # <-\n            except: [198.51.100.0/25, 198.51.100.128/25]\n",
    ),
    Planted(
        "host-bits",
        "payments-policies.yaml",
        "to-ledger-and-provider",
        "            cidr: 203.0.113.0/25\n",
        "            cidr: 203.0.113.7/25 # <-\n",
    ),
    Planted(
        "ignored-section",
        "web-policies.yaml",
        "web-to-api",
        "  policyTypes: [Egress]\n  egress:\n",
        "  policyTypes: [Ingress]\n  egress: # <-\n",
    ),
    Planted(
        "empty-section",
        "api-policies.yaml",
        "default-deny",
        "  policyTypes: [Ingress, Egress]\n",
        "  egress: [] # <-\n",
    ),
    Planted(
        "implied-ingress",
        "policy.yaml",
        "restrict-egress",
        "  policyTypes:\n  - Egress\n  egress:\n",
        "  egress: # <-\n",
        pattern("deny-external-egress"),
    ),
    Planted(
        "empty-peer-list",
        "policy.yaml",
        "allow-frontend-to-bookapi",
        "  - from:\n    - podSelector:\n        matchLabels:\n          role: frontend\n",
        "  - from: # <-\n",
        pattern("limit-traffic"),
    ),
    Planted(
        "empty-port-list",
        "web-policies.yaml",
        "web-to-api",
        "      ports:\n        - port: http\n",
        "      ports: [] # <-\n",
    ),
    # --- meant ---
    Planted(
        "split-peer",
        "data-policies.yaml",
        "clients-to-cache",
        f"""        - namespaceSelector:
            matchLabels:
              {METADATA}: api
          podSelector:
""",
        f"""        - namespaceSelector: # <-
            matchLabels:
              {METADATA}: api
        - podSelector:
""",
    ),
    Planted(
        "namespaces-not-internet",
        "web-policies.yaml",
        None,
        "",
        policy(
            "web",
            "allow-internet",
            """  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector: {} # <-
      ports: [{port: 443}]
""",
        ),
    ),
    Planted(
        "dns-forgotten",
        "web-policies.yaml",
        "allow-dns",
        """  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - {port: 53, protocol: UDP}
        - {port: 53, protocol: TCP}
""",
        "  podSelector: {}\n  policyTypes: [Egress]\n",
    ),
    Planted(
        "missing-namespace",
        "web-policies.yaml",
        None,
        "",
        policy("shop # <-", "deny", "  podSelector: {}\n  policyTypes: [Ingress]\n"),
    ),
    # --- protection ---
    Planted(
        "unprotected-ingress",
        "policy.yaml",
        "default-deny",
        "  podSelector: {}\n  policyTypes:\n  - Ingress\n",
        "  podSelector: {matchLabels: {app: web}}\n  policyTypes:\n  - Ingress\n",
        pattern("deny-all"),
        frozenset({"unprotected-egress"}),
    ),
    Planted(
        "unprotected-egress",
        "payments-policies.yaml",
        "default-deny",
        "  policyTypes: [Ingress, Egress]\n",
        "",
    ),
    Planted(
        "host-network-subject",
        "monitoring-policies.yaml",
        None,
        "",
        policy(
            "monitoring",
            "agents",
            f"""  podSelector:
    matchLabels: {{{NAME}: node-agent}} # <-
  policyTypes: [Ingress]
  ingress: [{{ports: [{{port: 9100}}]}}]
""",
        ),
    ),
    Planted(
        "host-network-peer",
        "monitoring-policies.yaml",
        "grafana-to-prometheus",
        "    - from:\n",
        f"    - from:\n        - podSelector: {{matchLabels: {{{NAME}: node-agent}}}} # <-\n",
    ),
    Planted(
        "reaches-metadata",
        "web-policies.yaml",
        None,
        "",
        policy(
            "web",
            "somewhere",
            """  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock: {cidr: 169.254.0.0/16} # <-
      ports: [{port: 80}]
""",
        ),
    ),
    Planted(
        "forgeable-source",
        "web-policies.yaml",
        "ingress-to-web",
        f"        - namespaceSelector:\n            matchLabels:\n              {METADATA}: ingress\n",
        "        - namespaceSelector: {} # <-\n",
    ),
    Planted(
        "forgeable-target",
        "web-policies.yaml",
        "web-to-api",
        f"        - namespaceSelector:\n            matchLabels:\n              {METADATA}: api\n",
        "        - namespaceSelector: {} # <-\n",
    ),
    Planted(
        "open-to-namespaces",
        "web-policies.yaml",
        "ingress-to-web",
        "    - from:\n",
        "    - from:\n        - namespaceSelector: {} # <-\n",
    ),
    Planted(
        "open-to-internet",
        "web-policies.yaml",
        "ingress-to-web",
        "    - from:\n",
        "    - from:\n        - ipBlock: {cidr: 192.0.2.0/24} # <-\n",
    ),
    Planted(
        "reaches-internet",
        "web-policies.yaml",
        "web-to-api",
        "    - to:\n",
        "    - to:\n        - ipBlock: {cidr: 192.0.2.0/24} # <-\n",
    ),
    Planted(
        "reaches-api-server",
        "web-policies.yaml",
        None,
        "",
        policy(
            "web",
            "watch",
            """  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - ipBlock: {cidr: 192.168.10.0/28} # <-
      ports: [{port: 6443}]
""",
        ),
    ),
)
