"""An explanation as plain data, for programs."""

from __future__ import annotations

from typing import Any

from verifier.analyses.explain import AskedPolicy, AskedTier, ExplainedSide, TriedRule
from verifier.analyses.explain_rules import Part
from verifier.cluster import Cluster
from verifier.explain import Case, Explanation
from verifier.flow import NETWORK_POLICY_TIER
from verifier.render import walk, words
from verifier.render.json_report import change, flow
from verifier.render.places import location
from verifier.verdict import Choice


def explanation(explained: Explanation, cluster: Cluster) -> dict[str, Any]:
    """Return the explanation as plain data."""
    return {
        "source": explained.source,
        "destination": explained.destination,
        "protocol": str(explained.protocol),
        "port": explained.port,
        "allowed": explained.allowed,
        "reason": explained.reason,
        "unmodelled": [
            {
                "kind": policy.kind,
                "namespace": policy.namespace,
                "name": policy.name,
                "location": location(policy.origin.span()),
            }
            for policy in explained.unmodelled
        ],
        "cases": [_case(case, cluster) for case in explained.cases],
    }


def _case(case: Case, cluster: Cluster) -> dict[str, Any]:
    egress, ingress = case.sides
    return {
        **flow(case.flow, cluster),
        "allowed": case.decision.allowed,
        "assignment": [_choice(choice) for choice in case.assignment],
        "egress": _side(egress, case, cluster),
        "ingress": _side(ingress, case, cluster),
        "change": [change(each, cluster) for each in case.changes],
        "nearest": [
            {
                "policy": miss.rule.policy,
                "rule": miss.rule.rule,
                "location": location(words.rule_span(miss.rule, cluster)),
                "text": miss.text,
            }
            for miss in case.nearest
        ],
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "kind": str(choice.kind),
        "item": choice.item,
        "about": choice.about,
        "value": choice.value,
        "text": choice.text,
    }


def _side(side: ExplainedSide, case: Case, cluster: Cluster) -> dict[str, Any]:
    return {
        "allowed": side.decision.allowed,
        "reason": str(side.decision.reason),
        "text": walk.side(side.decision, case.flow, cluster),
        "tiers": [_tier(tier, cluster) for tier in side.tiers],
    }


def _tier(tier: AskedTier, cluster: Cluster) -> dict[str, Any]:
    return {
        "tier": tier.name,
        "action": None if tier.action is None else str(tier.action),
        "policies": [_policy(policy, tier, cluster) for policy in tier.policies],
    }


def _policy(policy: AskedPolicy, tier: AskedTier, cluster: Cluster) -> dict[str, Any]:
    return {
        "policy": policy.title,
        "priority": policy.priority,
        "location": location(words.policy_span(policy.title, cluster)),
        "selects": _part(policy.selects, policy.title, cluster),
        "applies": policy.applies,
        "note": policy.note,
        "rules": [_rule(rule, tier, cluster) for rule in policy.rules],
    }


def _rule(rule: TriedRule, tier: AskedTier, cluster: Cluster) -> dict[str, Any]:
    tiered = tier.name != NETWORK_POLICY_TIER
    return {
        "rule": rule.ref.rule,
        "name": rule.name,
        "location": location(words.rule_span(rule.ref, cluster)),
        "matches": rule.matches,
        "action": walk.action_word(rule.action, rule.ref) if tiered else None,
        "note": rule.note,
        "peers": [_part(part, rule.ref.policy, cluster) for part in rule.peers],
        "ports": [_part(part, rule.ref.policy, cluster) for part in rule.ports],
    }


def _part(part: Part, title: str, cluster: Cluster) -> dict[str, Any]:
    return {
        "matches": part.matches,
        "text": part.text,
        "location": location(cluster.origins[title].span(*part.route)),
    }
