"""The whole way to a decision about one concrete flow: who was asked, what each part of each rule said.

Nothing is decided here: every part is put to the reference reading, and what that says is written down with
its place in the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from verifier.analyses.explain_rules import Part, Parts, selector_part
from verifier.analyses.nearest import rules_of
from verifier.analyses.selectors import subject_of
from verifier.flow import (
    NETWORK_POLICY_TIER,
    Action,
    Decision,
    Direction,
    Flow,
    Pod,
    Reason,
    RuleRef,
    SideDecision,
    Surroundings,
)
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import Tier, TieredPolicy
from verifier.readings import Readings
from verifier.semantics import effective_policy_types, policies_in_order
from verifier.semantics.rules import has_identity
from verifier.semantics.tiers import tiers_in_order


@dataclass(frozen=True, slots=True)
class TriedRule:
    """A rule that was tried: it matches iff its peers and its ports do.

    `action` is what it does if it matches; `note` is what there is to say of the rule as a whole.
    """

    ref: RuleRef
    matches: bool
    action: Action
    peers: tuple[Part, ...] = ()
    ports: tuple[Part, ...] = ()
    name: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AskedPolicy:
    """A policy that was asked. `selects`: by which part of its selector it selects the pod, or does not.

    `applies`: it selects the pod and speaks of this direction; `note` says why not, if it only selects it.
    """

    title: str
    selects: Part
    applies: bool
    rules: tuple[TriedRule, ...] = ()
    priority: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AskedTier:
    """A tier that was asked, and what it said; `action` None: nothing, so the next one is asked."""

    name: str
    action: Action | None
    policies: tuple[AskedPolicy, ...]


@dataclass(frozen=True, slots=True)
class ExplainedSide:
    """One side of a flow: what it says, and every tier that was asked, in order, up to the one that decides.

    No tier is asked where the side is open whatever policies say (`decision.reason` says why).
    """

    decision: SideDecision
    tiers: tuple[AskedTier, ...] = field(default=())


def explain_sides(
    flow: Flow,
    decision: Decision,
    policies: Sequence[NetworkPolicy],
    readings: Readings,
    tiers: Sequence[TieredPolicy],
    surroundings: Surroundings,
) -> tuple[ExplainedSide, ExplainedSide]:
    """Return the way to `decision` on the side of egress and on that of ingress.

    Args:
        decision: what the reference reading says of `flow`, with everything else as given here.
        policies: of the namespaces of both ends.
    """
    around = Parts(flow, readings, surroundings)
    egress = _Side(decision.egress, around, policies, tiers).explained()
    return egress, _Side(decision.ingress, around, policies, tiers).explained()


class _Side:
    def __init__(
        self,
        decision: SideDecision,
        parts: Parts,
        policies: Sequence[NetworkPolicy],
        tiers: Sequence[TieredPolicy],
    ) -> None:
        self.decision, self.parts, self.policies, self.tiers = decision, parts, policies, tiers
        self.direction = decision.direction
        ingress = self.direction is Direction.INGRESS
        self.pod = parts.flow.destination if ingress else parts.flow.source

    def explained(self) -> ExplainedSide:
        untouched = (Reason.NOT_A_POD, Reason.HOST_NETWORK, Reason.SELF)
        if not isinstance(self.pod, Pod) or self.decision.reason in untouched:
            return ExplainedSide(self.decision)
        if not self.decision.walk:  # there are no other tiers, or none that speaks of this pod
            return ExplainedSide(self.decision, (self._network_policies(self.pod, self._alone()),))
        known = {tier.name: tier for tier in tiers_in_order(self.tiers)}
        asked = [
            self._network_policies(self.pod, step.action)
            if step.tier == NETWORK_POLICY_TIER
            else self._tier(known[step.tier], self.pod, step.rule, step.action)
            for step in self.decision.walk
        ]
        return ExplainedSide(self.decision, tuple(asked))

    def _alone(self) -> Action | None:
        """What NetworkPolicies say where they are the only tier."""
        if self.decision.reason is Reason.NOT_ISOLATED:
            return None
        return Action.ACCEPT if self.decision.allowed else Action.DENY

    def _network_policies(self, pod: Pod, action: Action | None) -> AskedTier:
        if not has_identity(pod, self.parts.readings) or self.decision.reason is Reason.OWN_NODE:
            return AskedTier(NETWORK_POLICY_TIER, action, ())
        own = [policy for policy in self.policies if policy.namespace == pod.namespace.name]
        asked = [self._network_policy(policy, pod) for policy in own]
        # Those that select the pod come first, each group in the order of the text.
        asked.sort(key=lambda policy: (not policy.applies, not policy.selects.matches))
        return AskedTier(NETWORK_POLICY_TIER, action, tuple(asked))

    def _network_policy(self, policy: NetworkPolicy, pod: Pod) -> AskedPolicy:
        selector = policy.spec.pod_selector or LabelSelector()
        selects = selector_part(selector, pod.labels, ("spec", "podSelector"), "podSelector", "the pod")
        if not selects.matches:
            return AskedPolicy(policy.title, selects, applies=False)
        if self.direction not in effective_policy_types(policy):
            return AskedPolicy(policy.title, selects, applies=False, note=self._silence(policy))
        return AskedPolicy(policy.title, selects, applies=True, rules=tuple(self._rules(policy)))

    def _silence(self, policy: NetworkPolicy) -> str:
        section = self.direction.lower()
        listed = [str(each) for each in Direction if each in effective_policy_types(policy)]
        if policy.spec.policy_types:
            return f"says nothing of {section}: its `policyTypes` are {', '.join(listed)}"
        return f"says nothing of {section}: it has no `policyTypes` and no {section} rule"

    def _rules(self, policy: NetworkPolicy) -> Iterator[TriedRule]:
        section = self.direction.lower()
        for index, (peers, ports) in enumerate(rules_of(policy, self.direction)):
            route = ("spec", section, index)
            who = tuple(self.parts.peers(peers, policy.namespace, self.direction, route))
            on = tuple(self.parts.ports(ports, route))
            matches = any(part.matches for part in who) and any(part.matches for part in on)
            yield TriedRule(RuleRef(policy.title, self.direction, index), matches, Action.ACCEPT, who, on)

    def _tier(self, tier: Tier, pod: Pod, decisive: RuleRef | None, action: Action | None) -> AskedTier:
        asked = []
        for policy in policies_in_order(tier, self.tiers, self.parts.surroundings.precedence):
            asked.append(self._tiered(policy, pod, decisive))
            if decisive is not None and policy.title == decisive.policy:
                break
        return AskedTier(tier.name, action, tuple(asked))

    def _tiered(self, policy: TieredPolicy, pod: Pod, decisive: RuleRef | None) -> AskedPolicy:
        selects = self._subject(policy, pod)
        rules: list[TriedRule] = []
        if selects.matches:
            for index, rule in enumerate(policy.rules(self.direction)):
                ref = RuleRef(policy.title, self.direction, index)
                who = tuple(self.parts.tiered_peers(rule, self.direction))
                on = tuple(self.parts.tiered_ports(rule))
                matches, note = self.parts.tiered_outcome(rule, who, on)
                rules.append(TriedRule(ref, matches, rule.action, who, on, rule.name, note))
                if ref == decisive:
                    break
        applies = selects.matches and bool(policy.rules(self.direction))
        silent = f"says nothing of {self.direction.lower()}: it has no such rule"
        note = silent if selects.matches and not applies else None
        return AskedPolicy(policy.title, selects, applies, tuple(rules), policy.priority, note)

    def _subject(self, policy: TieredPolicy, pod: Pod) -> Part:
        route = ("spec", "subject")
        found = self.parts.pod_set(policy.subject, pod, route, "subject")
        if found.matches:
            return Part(route, True, f"subject is {subject_of(policy.subject)}")
        return found
