"""For each rule of the lint manifests in which it finds its fault, and the same mended: shown, and tried."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.analyses.lint.example_pieces import Example, namespace, policy, workload
from verifier.analyses.lint.example_texts import REST
from verifier.analyses.lint.example_tiers import TIERS

_WEB = "{podSelector: {matchLabels: {app: web}}}"
_DB = "{matchLabels: {app: db}}"
_DENY = policy("{podSelector: {}, policyTypes: [Ingress, Egress]}", name="default-deny")


def _from_web(ports: str = "5432") -> str:
    return f"""
  podSelector: {_DB}
  policyTypes: [Ingress]
  ingress:
    - from: [{_WEB}]
      ports: [{{port: {ports}}}]"""


_SHOP = namespace("shop", "team: shop")
_DB_PODS = workload("db", "app: db", ports="{name: postgresql, containerPort: 5432}")
_WEB_PODS = workload("web", "app: web")
_REDUNDANT: Mapping[str, Example] = {
    "redundant-policy": Example(
        policy(_from_web(), name="web-to-db") + policy(_from_web(), name="web-to-db-again"),
        policy(_from_web(), name="web-to-db"),
    ),
    "redundant-deny": Example(
        policy("{podSelector: {}, policyTypes: [Ingress]}", name="default-deny")
        + policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 8080}]}]}"),
        policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 8080}]}]}"),
    ),
    "redundant-rule": Example(
        policy("""
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: Exists}]}}]
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}]
    - from: [{podSelector: {matchLabels: {app: web}}}]"""),
        policy("""
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: Exists}]}}]
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}]"""),
    ),
    "shadowed-rule": Example(
        policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {}}]
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]"""),
        policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]"""),
    ),
    "redundant-peer": Example(
        policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: {matchLabels: {app: web}}
        - podSelector: {matchExpressions: [{key: app, operator: In, values: [web, api]}]}"""),
        policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector: {matchExpressions: [{key: app, operator: In, values: [web, api]}]}"""),
    ),
    "redundant-port": Example(
        policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}, {protocol: TCP}]"""),
        policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]"""),
    ),
    "redundant-except": Example(
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.128/25, 198.51.100.192/26]}}]"""),
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.128/25]}}]"""),
    ),
    "except-undone": Example(
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.128/25]}
        - ipBlock: {cidr: 198.51.100.128/26}
        - ipBlock: {cidr: 198.51.100.192/26}"""),
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from:
        - ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.128/25]}
        - ipBlock: {cidr: 198.51.100.128/26}"""),
    ),
    "overlapping-rules": Example(
        policy("""
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - ports: [{port: 8080}]
    - from: [{podSelector: {matchLabels: {app: web}}}]"""),
        policy("""
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - ports: [{port: 8080}]
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 9090}]"""),
    ),
    "ineffective-rule": Example(
        _DENY + policy(_from_web(), name="web-to-db"),
        _DENY
        + policy(_from_web(), name="web-to-db")
        + policy(
            f"{{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress],"
            f" egress: [{{to: [{{podSelector: {_DB}}}], ports: [{{port: 5432}}, {{port: 53,"
            f" protocol: UDP}}]}}]}}",
            name="web-to-db-out",
        ),
    ),
}
_SELECTORS: Mapping[str, Example] = {
    "contradictory-selector": Example(
        policy("""
  podSelector:
    matchLabels: {app: db}
    matchExpressions: [{key: app, operator: In, values: [web, api]}]
  policyTypes: [Ingress]"""),
        policy("""
  podSelector:
    matchExpressions: [{key: app, operator: In, values: [db, web, api]}]
  policyTypes: [Ingress]"""),
    ),
    "dead-policy": Example(
        _DB_PODS + policy("{podSelector: {matchLabels: {app: cache}}, policyTypes: [Ingress]}"),
        _DB_PODS + policy("{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress]}"),
    ),
    "dead-peer": Example(
        _DB_PODS + policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [" + _WEB + "]}]}"),
        _DB_PODS
        + _WEB_PODS
        + policy("{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [" + _WEB + "]}]}"),
    ),
    "dead-value": Example(
        _DB_PODS
        + policy("""
  podSelector: {matchExpressions: [{key: app, operator: In, values: [db, cache]}]}
  policyTypes: [Ingress]"""),
        _DB_PODS
        + policy("""
  podSelector: {matchExpressions: [{key: app, operator: In, values: [db]}]}
  policyTypes: [Ingress]"""),
    ),
    "misspelt-label": Example(
        workload("carts", "app: carts")
        + policy("{podSelector: {matchLabels: {app: cart}}, policyTypes: [Ingress]}"),
        workload("carts", "app: carts")
        + policy("{podSelector: {matchLabels: {app: carts}}, policyTypes: [Ingress]}"),
    ),
    "misspelt-namespace": Example(
        namespace("monitoring")
        + _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitorin}}}]"""),
        namespace("monitoring")
        + _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]"""),
    ),
    "namespace-name-label": Example(
        namespace("monitoring")
        + _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {name: monitoring}}}]"""),
        namespace("monitoring")
        + _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]"""),
    ),
    "unmatched-namespace": Example(
        _SHOP
        + _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {team: billing}}}]"""),
        _SHOP
        + namespace("billing", "team: billing")
        + _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {team: billing}}}]"""),
    ),
    "undeclared-port": Example(
        _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{ports: [{port: sql}]}]"""),
        _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{ports: [{port: postgresql}]}]"""),
    ),
    "misspelt-port": Example(
        _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{ports: [{port: postgressql}]}]"""),
        _DB_PODS
        + policy("""
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress: [{ports: [{port: postgresql}]}]"""),
    ),
    "named-port-to-addresses": Example(
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress:
    - to: [{ipBlock: {cidr: 192.0.2.0/24}}]
      ports: [{port: https}]"""),
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress:
    - to: [{ipBlock: {cidr: 192.0.2.0/24}}]
      ports: [{port: 443}]"""),
    ),
}
EXAMPLES: Mapping[str, Example] = {**_REDUNDANT, **_SELECTORS, **REST, **TIERS}
