"""Short ways to write policies of tiers: in the manifests' own fields, lowered as the builder does it."""

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.manifest.admin_network_policy import AdminNetworkPolicySpec, BaselineAdminNetworkPolicySpec
from verifier.manifest.cluster_network_policy import ClusterNetworkPolicySpec
from verifier.manifest.lowering import tiered_policy
from verifier.manifest.tiers import TieredPolicy

Rule = Mapping[str, Any]

PODS: Rule = {"namespaces": {}}
"""Every pod: a subject, and a peer."""
OF_SHOP: Rule = {"namespaces": {"matchLabels": {"team": "sales"}}}
OF_OPS: Rule = {"namespaces": {"matchLabels": {"team": "ops"}}}


def pods(app: str, **namespace: str) -> dict[str, Any]:
    """The pods labelled `app`, of the namespaces with these labels."""
    return {
        "pods": {
            "namespaceSelector": {"matchLabels": namespace},
            "podSelector": {"matchLabels": {"app": app}},
        }
    }


def rule(action: str, *peers: Rule, **fields: Any) -> Rule:
    """A rule of either direction; its peers are every pod if there are none."""
    return {"action": action, "peers": list(peers or (PODS,)), **fields}


def allow(*peers: Rule, **fields: Any) -> Rule:
    return rule("Allow", *peers, **fields)


def accept(*peers: Rule, **fields: Any) -> Rule:
    return rule("Accept", *peers, **fields)


def deny(*peers: Rule, **fields: Any) -> Rule:
    return rule("Deny", *peers, **fields)


def leave(*peers: Rule, **fields: Any) -> Rule:
    """A rule that passes."""
    return rule("Pass", *peers, **fields)


def _rules(rules: Sequence[Rule], side: str) -> list[dict[str, Any]]:
    return [{side if key == "peers" else key: value for key, value in one.items()} for one in rules]


def _spec(subject: Rule, ingress: Sequence[Rule], egress: Sequence[Rule]) -> dict[str, Any]:
    return {"subject": subject, "ingress": _rules(ingress, "from"), "egress": _rules(egress, "to")}


def anp(
    priority: int = 10,
    *,
    name: str = "a",
    subject: Rule = PODS,
    ingress: Sequence[Rule] = (),
    egress: Sequence[Rule] = (),
) -> TieredPolicy:
    spec = {"priority": priority, **_spec(subject, ingress, egress)}
    return tiered_policy(name, AdminNetworkPolicySpec.model_validate(spec))


def banp(*, subject: Rule = PODS, ingress: Sequence[Rule] = (), egress: Sequence[Rule] = ()) -> TieredPolicy:
    spec = _spec(subject, ingress, egress)
    return tiered_policy("default", BaselineAdminNetworkPolicySpec.model_validate(spec))


def cnp(
    priority: int = 10,
    *,
    tier: str = "Admin",
    name: str = "c",
    subject: Rule = PODS,
    ingress: Sequence[Rule] = (),
    egress: Sequence[Rule] = (),
) -> TieredPolicy:
    spec = {"tier": tier, "priority": priority, **_spec(subject, ingress, egress)}
    return tiered_policy(name, ClusterNetworkPolicySpec.model_validate(spec))


def number(port: int, protocol: str | None = None) -> dict[str, Any]:
    """A port item of v1alpha1."""
    return {"portNumber": {"port": port} if protocol is None else {"protocol": protocol, "port": port}}


def span(start: int, end: int, protocol: str = "TCP") -> dict[str, Any]:
    """A range of ports of v1alpha1."""
    return {"portRange": {"protocol": protocol, "start": start, "end": end}}


def by(protocol: str, **port: Any) -> dict[str, Any]:
    """A protocol item of v1alpha2."""
    return {protocol: {"destinationPort": port}}


def networks(*cidrs: str) -> Rule:
    return {"networks": list(cidrs)}


def denied(*peers: Rule, **fields: object) -> tuple[TieredPolicy, ...]:
    """Web's egress to `peers` is denied."""
    return (anp(subject=pods("web"), egress=[deny(*peers, **fields)]),)


def refused(*peers: Rule, **fields: object) -> tuple[TieredPolicy, ...]:
    """The same, by a ClusterNetworkPolicy."""
    return (cnp(subject=pods("web"), egress=[deny(*peers, **fields)]),)
