"""Specs of AdminNetworkPolicies as plain data, and what becomes of them."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from verifier.manifest.admin_network_policy import AdminNetworkPolicySpec, BaselineAdminNetworkPolicySpec
from verifier.manifest.base import Fault
from verifier.manifest.faults import faults_of
from verifier.manifest.labels import LabelSelector
from verifier.manifest.lowering import TieredSpec, tiered_policy, tiered_warnings
from verifier.manifest.tiers import PodSet, TieredRule

SUBJECT: dict[str, Any] = {"namespaces": {}}
PODS: dict[str, Any] = {"namespaces": {}}
EVERY_POD = PodSet(LabelSelector(), LabelSelector())
WEB = {"matchLabels": {"app": "web"}}
PEER = ("egress", 0, "to", 0)


def admin(**fields: Any) -> dict[str, Any]:
    return {"priority": 10, "subject": SUBJECT, **fields}


def egress(action: str = "Allow", **rule: Any) -> dict[str, Any]:
    return admin(egress=[{"action": action, "to": [PODS], **rule}])


def to(*peers: Any, action: str = "Allow") -> dict[str, Any]:
    return egress(action, to=list(peers))


def on(*ports: Any) -> dict[str, Any]:
    return egress(ports=list(ports))


def ingress(**rule: Any) -> dict[str, Any]:
    return admin(ingress=[{"action": "Allow", "from": [PODS], **rule}])


def faults(
    spec: dict[str, Any],
    kind: type[AdminNetworkPolicySpec | BaselineAdminNetworkPolicySpec] = AdminNetworkPolicySpec,
) -> list[Fault]:
    try:
        kind.model_validate(spec)
    except ValidationError as error:
        return list(faults_of(error))
    return []


def only(spec: dict[str, Any]) -> Fault:
    (fault,) = faults(spec)
    return fault


def codes(spec: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(fault.code, fault.route) for fault in faults(spec)]


def valid(spec: dict[str, Any]) -> TieredSpec:
    return AdminNetworkPolicySpec.model_validate(spec)


def lowered(spec: dict[str, Any]) -> TieredRule:
    policy = tiered_policy("x", valid(spec))
    (rule,) = (*policy.ingress, *policy.egress)
    return rule


def warned(spec: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(fault.code, fault.route) for fault in tiered_warnings(valid(spec))]
