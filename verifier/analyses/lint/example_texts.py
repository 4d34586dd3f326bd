"""Examples of the rules about what is written, what is meant, and what is open."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.analyses.lint.example_pieces import Example, namespace, policy, workload

_DENY_INGRESS = policy("{podSelector: {}, policyTypes: [Ingress]}", name="default-deny")
_NODE = """---
apiVersion: v1
kind: Node
metadata: {name: control-1}
status: {addresses: [{type: InternalIP, address: 192.168.10.2}]}
"""


def _ingress(rule: str, *, name: str = "example") -> str:
    return policy(
        f"""
  podSelector: {{matchLabels: {{app: web}}}}
  policyTypes: [Ingress]
  ingress:
    - {rule}""",
        name=name,
    )


def _egress(rule: str, *, name: str = "example", types: str = "  policyTypes: [Egress]\n") -> str:
    return policy(
        f"""
  podSelector: {{matchLabels: {{app: web}}}}
{types}  egress:
    - {rule}""",
        name=name,
    )


_BLOCK = "{ipBlock: {cidr: 192.0.2.0/24}}"
_WRITTEN: Mapping[str, Example] = {
    "empty-ip-block": Example(
        _ingress("from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/25, 192.0.2.128/25]}}]"),
        _ingress("from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/25]}}]"),
    ),
    "host-bits": Example(
        _ingress("from: [{ipBlock: {cidr: 10.0.0.7/8}}]"), _ingress("from: [{ipBlock: {cidr: 10.0.0.7/32}}]")
    ),
    "ignored-section": Example(
        _egress(f"to: [{_BLOCK}]", types="  policyTypes: [Ingress]\n"),
        _egress(f"to: [{_BLOCK}]", types="  policyTypes: [Ingress, Egress]\n"),
    ),
    "empty-section": Example(
        policy("""
  podSelector: {matchLabels: {app: web}}
  egress: []"""),
        policy("""
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress, Egress]
  egress: []"""),
    ),
    "implied-ingress": Example(_egress(f"to: [{_BLOCK}]", types=""), _egress(f"to: [{_BLOCK}]")),
    "empty-peer-list": Example(
        _ingress("{from: [], ports: [{port: 8080}]}"),
        _ingress("{from: [{podSelector: {}}], ports: [{port: 8080}]}"),
    ),
    "empty-port-list": Example(
        _ingress("{from: [{podSelector: {}}], ports: []}"),
        _ingress("{from: [{podSelector: {}}], ports: [{port: 8080}]}"),
    ),
}
_PROMETHEUS = workload("prometheus", "app: prometheus", where="monitoring")
_WEB = workload("web", "app: web")
_MEANT: Mapping[str, Example] = {
    "split-peer": Example(
        _WEB
        + _PROMETHEUS
        + _ingress("""from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
        - podSelector: {matchLabels: {app: prometheus}}"""),
        _WEB
        + _PROMETHEUS
        + _ingress("""from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
          podSelector: {matchLabels: {app: prometheus}}"""),
    ),
    "namespaces-not-internet": Example(
        _egress("to: [{namespaceSelector: {}}]", name="allow-internet"),
        _egress(
            "to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 169.254.0.0/16]}}]", name="allow-internet"
        ),
    ),
    "dns-forgotten": Example(
        _WEB + _egress("{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}"),
        _WEB
        + _egress("""{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}
    - ports: [{port: 53, protocol: UDP}, {port: 53}]"""),
    ),
    "missing-namespace": Example(
        namespace("billing") + policy("{podSelector: {}, policyTypes: [Ingress]}"),
        namespace("billing") + namespace("shop") + policy("{podSelector: {}, policyTypes: [Ingress]}"),
    ),
}
_ON_HOST = workload("agent", "app: agent", kind="DaemonSet", spec="hostNetwork: true")
_PROTECTION: Mapping[str, Example] = {
    "unprotected-ingress": Example(
        _WEB
        + workload("db", "app: db")
        + policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}"),
        _WEB + workload("db", "app: db") + _DENY_INGRESS,
    ),
    "unprotected-egress": Example(
        _WEB
        + workload("db", "app: db")
        + _DENY_INGRESS
        + policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}"),
        _WEB + workload("db", "app: db") + policy("{podSelector: {}, policyTypes: [Ingress, Egress]}"),
    ),
    "open-namespace": Example(_WEB, _WEB + policy("{podSelector: {}, policyTypes: [Ingress, Egress]}")),
    "host-network-subject": Example(
        _WEB + _ON_HOST + policy("{podSelector: {matchLabels: {app: agent}}, policyTypes: [Ingress]}"),
        _WEB + _ON_HOST + policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}"),
    ),
    "host-network-peer": Example(
        _WEB + _ON_HOST + _ingress("from: [{podSelector: {matchLabels: {app: agent}}}]"),
        _WEB + _ON_HOST + _ingress("from: [{ipBlock: {cidr: 192.168.10.0/24}}]"),
    ),
    "open-to-namespaces": Example(
        _ingress("from: [{namespaceSelector: {}}]"),
        _ingress("from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress}}}]"),
    ),
    "open-to-internet": Example(
        _ingress("{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}"),
        _ingress("{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 443}]}"),
    ),
    "reaches-internet": Example(
        _egress("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16]}}], ports: [{port: 443}]}"),
        _egress("{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 443}]}"),
    ),
    "reaches-metadata": Example(
        _egress("to: [{ipBlock: {cidr: 0.0.0.0/0}}]"),
        _egress("to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]"),
    ),
    "reaches-api-server": Example(
        _NODE + _egress("{to: [{ipBlock: {cidr: 192.168.10.0/24}}], ports: [{port: 6443}]}"),
        _NODE + _egress("{to: [{ipBlock: {cidr: 192.168.20.0/24}}], ports: [{port: 6443}]}"),
    ),
    "forgeable-source": Example(
        _ingress("from: [{namespaceSelector: {}, podSelector: {matchLabels: {role: monitoring}}}]"),
        _ingress("""from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}
          podSelector: {matchLabels: {role: monitoring}}"""),
    ),
    "forgeable-target": Example(
        _egress("{to: [{namespaceSelector: {}, podSelector: {matchLabels: {role: proxy}}}]}"),
        _egress("""to:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: proxies}}
          podSelector: {matchLabels: {role: proxy}}"""),
    ),
}
REST: Mapping[str, Example] = {**_WRITTEN, **_MEANT, **_PROTECTION}
