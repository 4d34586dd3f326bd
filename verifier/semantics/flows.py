"""What all policies together say of one concrete flow (M-1 to M-3, NP-40, CNP-2, CNP-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from verifier.flow import (
    NETWORK_POLICY_TIER,
    Action,
    Decision,
    Direction,
    Flow,
    Pod,
    Reason,
    SideDecision,
    Surroundings,
    TierStep,
)
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.readings import Readings
from verifier.semantics.network_policy import (
    isolating_policies,
    network_policy_side,
    same_pod,
    selecting_policies,
)
from verifier.semantics.tiers import ask_tier, tiers_in_order

NO_SURROUNDINGS = Surroundings()


def decide(
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    tiers: Sequence[TieredPolicy] = (),
    surroundings: Surroundings = NO_SURROUNDINGS,
) -> Decision:
    """Return what both sides of `flow` say, and why.

    Replies need no rule of their own (M-3), so only the opening of the connection is looked at.

    Args:
        policies: of the whole cluster, in any order; their order is that of the names in the answer.
        tiers: the policies of the other tiers, in any order.
        surroundings: the facts that `tiers` depend on.

    Raises:
        ValueError: a CIDR of a policy that matters cannot be read, a peer is empty, or a fact of the
            surroundings that matters is not given.

    Source: M-2; ANP-7: a tier decides one side, never both.
    """
    return Decision(
        egress=_decide_side(Direction.EGRESS, flow, policies, readings, tiers, surroundings),
        ingress=_decide_side(Direction.INGRESS, flow, policies, readings, tiers, surroundings),
    )


def _decide_side(
    direction: Direction,
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    tiers: Sequence[TieredPolicy],
    surroundings: Surroundings,
) -> SideDecision:
    pod = flow.destination if direction is Direction.INGRESS else flow.source
    if not isinstance(pod, Pod):
        return SideDecision(direction, True, Reason.NOT_A_POD)
    if same_pod(flow.source, flow.destination) and readings.self_traffic == "allowed":  # NP-40, CNP-14
        return SideDecision(direction, True, Reason.SELF)
    network = network_policy_side(direction, pod, flow, policies, readings)
    if not tiers or pod.host_network:  # NP-44: no other tier speaks of a host-network pod
        return network
    walk: list[TierStep] = []
    for step in _steps(network, pod, flow, policies, readings, tiers, surroundings):
        walk.append(step)
        if step.action is Action.ACCEPT or step.action is Action.DENY:
            break
    last = walk[-1]
    if last.rule is None or last.action is Action.PASS:  # NetworkPolicies decide, or nobody: then it is open
        return replace(network, walk=tuple(walk))
    accepted = last.action is Action.ACCEPT
    reason = Reason.ACCEPTED if accepted else Reason.DENIED
    return SideDecision(direction, accepted, reason, (last.rule,), (), tuple(walk))


def _steps(
    network: SideDecision,
    pod: Pod,
    flow: Flow,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    tiers: Sequence[TieredPolicy],
    surroundings: Surroundings,
) -> Iterator[TierStep]:
    """Yield what each tier would say if it were asked, in the order in which they are (ANP-4, CNP-2).

    Args:
        network: what the NetworkPolicies say of this side.
    """
    in_order = tiers_in_order(tiers)
    for tier in in_order:
        if tier.position < 0:
            yield ask_tier(tier, tiers, network.direction, flow, readings, surroundings)
    yield _network_policy_step(network, pod, policies, readings)
    for tier in in_order:
        if tier.position > 0:
            yield ask_tier(tier, tiers, network.direction, flow, readings, surroundings)


def _network_policy_step(
    network: SideDecision, pod: Pod, policies: Sequence[NetworkPolicy], readings: Readings
) -> TierStep:
    """CNP-4: NetworkPolicies decide for the pods they select, in the directions they isolate or in both."""
    if readings.baseline_handover == "direction":
        deciding = isolating_policies(pod, network.direction, policies, readings)
    else:
        deciding = selecting_policies(pod, policies, readings)
    if not deciding:
        return TierStep(NETWORK_POLICY_TIER)
    return TierStep(NETWORK_POLICY_TIER, Action.ACCEPT if network.allowed else Action.DENY)
