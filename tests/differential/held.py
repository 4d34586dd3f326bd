"""What is allowed if, of all that policies do, only some things hold: what a proof rests on is asked so.

Written from what `docs/verdicts.md` says of grounds. A proof that flows are refused rests on isolations, on
rules that deny, and on rules that pass, in so far as they keep their traffic from rules that accept. A proof
that flows are allowed rests on NetworkPolicies' rules, on rules that accept, and on rules that pass, in so
far as they keep their traffic from rules that deny. Everything else counts as it is written.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from verifier.cluster import Cluster
from verifier.flow import (
    Action,
    Direction,
    Endpoint,
    Flow,
    Ground,
    Isolation,
    Pod,
    Reason,
    RuleRef,
    SideDecision,
    Surroundings,
)
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.readings import Readings
from verifier.semantics import decide, effective_policy_types, isolating_policies, policies_in_order


@dataclass(frozen=True)
class Held:
    """`grounds` is all that is left; None: everything holds. `allowing`: it is to prove flows allowed.

    `any_policy`: in the place of the cluster's NetworkPolicies there may be any.
    """

    cluster: Cluster
    grounds: Collection[Ground] | None = None
    allowing: bool = False
    any_policy: bool = False

    @property
    def isolating(self) -> tuple[NetworkPolicy, ...]:
        """The policies with the isolations that are left."""
        if self.grounds is None or self.allowing or self.any_policy:
            return self.cluster.policies
        kept = [(policy, directions_of(policy, self.grounds)) for policy in self.cluster.policies]
        return tuple(with_types(policy, left) for policy, left in kept if left)

    def outcomes(self, flow: Flow, readings: Readings, around: Surroundings) -> Iterator[bool]:
        """Yield whether the flow is allowed, with the NetworkPolicies that there are, or with any."""
        if not self.any_policy:
            yield self.allows(flow, readings, around)
            return
        for policies in product(states(flow.source, "Egress"), states(flow.destination, "Ingress")):
            written = tuple(policy for policy in policies if policy is not None)
            yield replace(self, cluster=replace(self.cluster, policies=written)).allows(
                flow, readings, around
            )

    def allows(self, flow: Flow, readings: Readings, around: Surroundings) -> bool:
        if self.grounds is None:
            return decide(flow, self.cluster.policies, readings, self.cluster.tiers, around).allowed
        return all(self._side(flow, direction, readings, around) for direction in Direction)

    def _side(self, flow: Flow, direction: Direction, readings: Readings, around: Surroundings) -> bool:
        before = list(self._matching(flow, direction, readings, around, before=True))
        if self._first(before, Action.ACCEPT):
            return True
        if self._first(before, Action.DENY):
            return False
        whole = side(flow, direction, self.cluster.policies, readings)
        if whole.reason in (Reason.NOT_A_POD, Reason.HOST_NETWORK, Reason.SELF):
            return True
        if whole.reason is Reason.OWN_NODE and self._isolated(flow, direction, readings):
            return True
        admitting = self.cluster.policies
        if self.allowing and not self.any_policy:
            admitting = tuple(with_rules(policy, self.grounds or ()) for policy in admitting)
        if side(flow, direction, admitting, readings).reason is Reason.RULE:
            return True
        if side(flow, direction, self.isolating, readings).isolating:
            return False
        after = list(self._matching(flow, direction, readings, around, before=False))
        return self._shielded(flow, direction, readings) or not self._first(after, Action.DENY)

    def _shielded(self, flow: Flow, direction: Direction, readings: Readings) -> bool:
        """Whether a NetworkPolicy isolates the pod in the other direction, and that is enough (CNP-4)."""
        other = Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS
        pod = flow.destination if direction is Direction.INGRESS else flow.source
        assert isinstance(pod, Pod)
        isolating = isolating_policies(pod, other, self.cluster.policies, readings)
        return readings.baseline_handover == "pod" and bool(isolating)

    def _isolated(self, flow: Flow, direction: Direction, readings: Readings) -> bool:
        pod = flow.destination if direction is Direction.INGRESS else flow.source
        assert isinstance(pod, Pod)
        return bool(isolating_policies(pod, direction, self.cluster.policies, readings))

    def _first(self, matching: Sequence[tuple[RuleRef, Action]], wanted: Action) -> bool:
        """Whether a rule that does `wanted` matches, and none before it that keeps it from deciding."""
        proving = Action.ACCEPT if self.allowing else Action.DENY
        for ref, action in matching:
            kept = ref in (self.grounds or ())
            if action is proving and not kept:
                continue
            if action is wanted:
                return True
            if action is not Action.PASS or wanted is proving or kept:
                return False
        return False

    def _matching(
        self, flow: Flow, direction: Direction, readings: Readings, around: Surroundings, *, before: bool
    ) -> Iterator[tuple[RuleRef, Action]]:
        tiers = {p.tier for p in self.cluster.tiers if (p.tier.position < 0) is before}
        assert len(tiers) < 2
        for tier in tiers:
            for policy in policies_in_order(tier, self.cluster.tiers, around.precedence):
                for index in range(len(policy.rules(direction))):
                    action = effect(policy, index, flow, direction, readings, around)
                    if action is not None:
                        yield RuleRef(policy.title, direction, index), action


def states(end: Endpoint, direction: str) -> Iterator[NetworkPolicy | None]:
    """What NetworkPolicies may do with one side of one flow: nothing, let it through, refuse it."""
    yield None
    if isinstance(end, Pod):
        everything, nothing = [dict[str, str]()], list[dict[str, str]]()
        for rules in (everything, nothing):
            spec = {"policyTypes": [direction], direction.lower(): rules}
            namespace, name = end.namespace.name, f"x-{direction.lower()}"
            yield NetworkPolicy.model_validate({"name": name, "namespace": namespace, "spec": spec})


def effect(
    policy: TieredPolicy,
    index: int,
    flow: Flow,
    direction: Direction,
    readings: Readings,
    around: Surroundings,
) -> Action | None:
    """What one rule does to the flow, were there no other."""
    rule = (policy.rules(direction)[index],)
    ingress = direction is Direction.INGRESS
    alone = replace(policy, ingress=rule if ingress else (), egress=() if ingress else rule)
    decision = decide(flow, (), readings, (alone,), around)
    walk = (decision.ingress if ingress else decision.egress).walk
    found = [step for step in walk if step.tier == policy.tier.name]
    if not found or found[0].action is None:
        return None
    return Action.DENY if found[0].fails_closed else found[0].action


def side(
    flow: Flow, direction: Direction, policies: Sequence[NetworkPolicy], readings: Readings
) -> SideDecision:
    decision = decide(flow, policies, readings)
    return decision.ingress if direction is Direction.INGRESS else decision.egress


def directions_of(policy: NetworkPolicy, grounds: Collection[Ground]) -> tuple[Direction, ...]:
    """The directions in which it isolates, and those isolations are kept."""
    types = effective_policy_types(policy)
    return tuple(each for each in types if Isolation(policy.title, each) in grounds)


def with_types(policy: NetworkPolicy, types: tuple[Direction, ...]) -> NetworkPolicy:
    return policy.model_copy(update={"spec": policy.spec.model_copy(update={"policy_types": types})})


def with_rules(policy: NetworkPolicy, grounds: Collection[Ground]) -> NetworkPolicy:
    """It isolates as it did, and has no rules but those that are kept."""
    spec = policy.spec
    kept = {
        direction: tuple(
            rule
            for index, rule in enumerate(rules or ())
            if RuleRef(policy.title, direction, index) in grounds
        )
        for direction, rules in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress))
    }
    update = {
        "policy_types": tuple(effective_policy_types(policy)),
        "ingress": kept[Direction.INGRESS],
        "egress": kept[Direction.EGRESS],
    }
    return policy.model_copy(update={"spec": spec.model_copy(update=update)})
