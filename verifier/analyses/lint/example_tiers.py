"""Examples of the rules about cluster-wide policies."""

from __future__ import annotations

from collections.abc import Mapping

from verifier.analyses.lint.example_pieces import Example, admin, namespace, policy

_SUBJECT = "  subject: {namespaces: {matchLabels: {team: shop}}}"
_METRICS = "[{portNumber: {port: 9100}}]"
_MONITORING = "[{namespaces: {matchLabels: {team: monitoring}}}]"
_EVERYBODY = "[{namespaces: {}}]"


def _rails(*rules: str, priority: int = 10, name: str = "rails", subject: str = _SUBJECT) -> str:
    listed = "\n".join(f"    - {{{rule}}}" for rule in rules)
    return admin(f"  priority: {priority}\n{subject}\n  ingress:\n{listed}", name=name)


def _baseline(rule: str, subject: str = _SUBJECT) -> str:
    return admin(
        f"{subject}\n  ingress:\n    - {{{rule}}}", name="default", kind="BaselineAdminNetworkPolicy"
    )


_DENY = f"action: Deny, from: {_EVERYBODY}"
_DENY_MONITORING = f"action: Deny, from: {_MONITORING}"
_PASS_METRICS = f"action: Pass, from: {_MONITORING}, ports: {_METRICS}"
_ALLOW_METRICS = f"action: Allow, from: {_MONITORING}, ports: {_METRICS}"
_NOT_MONITORING = "[{namespaces: {matchExpressions: [{key: team, operator: NotIn, values: [monitoring]}]}}]"
_TO_WEB = """
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
  ingress:
    - from: [{namespaceSelector: {matchLabels: {team: %s}}}]
      ports: [{port: 8080}]"""
_CLOSED = policy("{podSelector: {}, policyTypes: [Ingress]}", name="default-deny")
_SHOP = namespace("shop", "team: shop")
TIERS: Mapping[str, Example] = {
    "shadowed-tier-rule": Example(
        _rails(f"action: Allow, from: {_EVERYBODY}", _DENY_MONITORING),
        _rails(_DENY_MONITORING, f"action: Allow, from: {_EVERYBODY}"),
    ),
    "empty-tier-rule": Example(
        _rails(f"action: Deny, from: {_EVERYBODY}, ports: [{{portRange: {{start: 9000, end: 8000}}}}]"),
        _rails(f"action: Deny, from: {_EVERYBODY}, ports: [{{portRange: {{start: 8000, end: 9000}}}}]"),
    ),
    "unreached-baseline": Example(
        _rails(_PASS_METRICS.replace("Pass", "Allow"), _DENY) + _baseline(_DENY_MONITORING),
        _rails(_PASS_METRICS, _DENY) + _baseline(_DENY_MONITORING),
    ),
    "idle-baseline": Example(
        _SHOP + _CLOSED + _baseline(_DENY),
        _SHOP + policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}") + _baseline(_DENY),
    ),
    "idle-pass": Example(
        _rails(f"action: Deny, from: {_NOT_MONITORING}", _PASS_METRICS),
        _rails(_PASS_METRICS, _DENY),
    ),
    "tied-priorities": Example(
        _rails(_ALLOW_METRICS, name="monitoring") + _rails(_DENY),
        _rails(_ALLOW_METRICS, name="monitoring") + _rails(_DENY, priority=20),
    ),
    "overruled-rule": Example(
        _SHOP + _rails(_DENY_MONITORING) + policy(_TO_WEB % "monitoring"),
        _SHOP + _rails(_DENY_MONITORING) + policy(_TO_WEB % "front"),
    ),
}
