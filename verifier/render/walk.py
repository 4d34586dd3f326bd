"""A side's decision in words; where there are tiers, the way through them: who was asked, what each said."""

from __future__ import annotations

from verifier.cluster import Cluster
from verifier.diagnostics import one_line
from verifier.flow import NETWORK_POLICY_TIER, Action, Flow, Reason, RuleRef, SideDecision, TierStep
from verifier.render import words

_OLDER_BASELINE = "BaselineAdminNetworkPolicy"
_NEWER = "ClusterNetworkPolicy"


def side(decision: SideDecision, shown: Flow, cluster: Cluster, written: words.Written = ()) -> str:
    """Return what one side says, and why."""
    if not decision.walk:
        return words.side(decision, shown, cluster, written)
    verdict = "allowed" if decision.allowed else "refused"
    return f"{verdict}: {' -> '.join(step(each, decision, cluster, written) for each in decision.walk)}"


def step(asked: TierStep, decision: SideDecision, cluster: Cluster, written: words.Written = ()) -> str:
    """Return what one tier says: `[Admin 10] a ingress[0] (a.yaml:9:5): Pass`."""
    if asked.rule is not None:
        return f"[{asked.tier}{_priority(asked, asked.rule)}] {_rule(asked, asked.rule, cluster)}"
    if asked.tier != NETWORK_POLICY_TIER:
        return f"[{asked.tier}] no rule matches"
    return f"[{asked.tier}] {_network_policies(decision, cluster, written)}"


def action_word(action: Action | None, ref: RuleRef) -> str:
    """Return an action as the API of its policy spells it."""
    older = not ref.policy.startswith(f"{_NEWER}/")
    return "Allow" if older and action is Action.ACCEPT else str(action)


def _priority(asked: TierStep, ref: RuleRef) -> str:
    """The only baseline of a cluster has none."""
    return "" if ref.policy.startswith(f"{_OLDER_BASELINE}/") else f" {asked.priority}"


def _rule(asked: TierStep, ref: RuleRef, cluster: Cluster) -> str:
    called = f" `{one_line(asked.name)}`" if asked.name else ""
    place = words.rule_span(ref, cluster)
    said = action_word(asked.action, ref)
    if asked.fails_closed:
        said = f"{said}, as it names peers of a sort that is not known"
    return f"{one_line(ref.policy.partition('/')[2])} {ref.rule}{called} ({place}): {said}"


def _network_policies(decision: SideDecision, cluster: Cluster, written: words.Written = ()) -> str:
    match decision.reason:
        case Reason.RULE:
            return f"{', '.join(words.rule(ref, cluster, written) for ref in decision.rules)}: Allow"
        case Reason.NO_RULE:
            isolating = ", ".join(words.policy(name, cluster, written) for name in decision.isolating)
            return f"isolated by {isolating}, and no rule of it matches: Deny"
        case Reason.OWN_NODE:
            return "the pod's own node is always let through: Allow"
        case _:
            return f"none isolates it for {decision.direction.lower()}"
