"""Which rule, or which policy, made one flow pass or fail: from what the two versions say of its sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.analyses.nearest import port_in_words, rules_of
from verifier.analyses.openings import admissions
from verifier.difference import Cause, Version
from verifier.flow import Decision, Direction, Flow, Reason, RuleRef, SideDecision
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.readings import Readings
from verifier.semantics import effective_policy_types

_MOST = 3  # policies or rules that are named for one side


@dataclass(frozen=True, slots=True)
class Written:
    """The policies of one version, by title."""

    version: Version
    policies: Mapping[str, NetworkPolicy]
    tiers: Mapping[str, TieredPolicy] = field(default_factory=dict)


def written(
    version: Version, policies: Sequence[NetworkPolicy], tiers: Sequence[TieredPolicy] = ()
) -> Written:
    """Return the policies of a version by their titles."""
    return Written(version, {p.title: p for p in policies}, {p.title: p for p in tiers})


def causes(
    flows: tuple[Flow, ...],
    readings: Readings,
    decisions: tuple[Decision, Decision],
    versions: tuple[Written, Written],
) -> tuple[Cause, ...]:
    """Return what changed each side that says yes in one version and no in the other.

    Args:
        flows: as the old version has it, and as the new one; `decisions` and `versions` likewise.
    """
    old, new = decisions
    found: list[Cause] = []
    for before, after in ((old.egress, new.egress), (old.ingress, new.ingress)):
        if before.allowed is after.allowed:
            continue
        if after.allowed:
            found += _opened(before, after, flows[1], readings, versions)
        else:
            found += _closed(before, after, flows[0], readings, versions)
    return tuple(found)


def _opened(
    before: SideDecision,
    after: SideDecision,
    flow: Flow,
    readings: Readings,
    versions: tuple[Written, Written],
) -> Iterator[Cause]:
    old, new = versions
    side = after.direction.lower()
    if after.reason is Reason.RULE:
        yield from _letting(after, flow, readings, new, f"now allows it ({side})")
    elif after.reason is Reason.ACCEPTED:
        yield from (Cause(new.version, r.policy, r, f"now accepts it ({side})") for r in after.rules)
    elif before.reason is Reason.DENIED:
        yield from (
            Cause(old.version, r.policy, r, f"denied it ({side}); {_now(r, old, new)}") for r in before.rules
        )
    else:
        for title in before.isolating[:_MOST]:
            text = f"isolated the pod for {side}; {_fate(title, after.direction, new)}"
            yield Cause(old.version, title, None, text)


def _closed(
    before: SideDecision,
    after: SideDecision,
    flow: Flow,
    readings: Readings,
    versions: tuple[Written, Written],
) -> Iterator[Cause]:
    old, new = versions
    side = after.direction.lower()
    if after.reason is Reason.DENIED:
        yield from (Cause(new.version, r.policy, r, f"now denies it ({side})") for r in after.rules)
    elif before.reason is Reason.RULE:
        for cause in _letting(before, flow, readings, old, f"allowed it ({side})"):
            fate = _now(cause.rule, old, new) if cause.rule is not None else ""
            yield Cause(cause.version, cause.policy, cause.rule, f"{cause.text}; {fate}")
    elif before.reason is Reason.ACCEPTED:
        yield from (
            Cause(old.version, r.policy, r, f"accepted it ({side}); {_now(r, old, new)}")
            for r in before.rules
        )
    else:
        for title in after.isolating[:_MOST]:
            yield Cause(new.version, title, None, f"now isolates the pod for {side}, and no rule allows it")


def _letting(
    side: SideDecision, flow: Flow, readings: Readings, version: Written, text: str
) -> Iterator[Cause]:
    for admission in admissions(side, flow, tuple(version.policies.values()), readings):
        rule = admission.rule
        yield Cause(version.version, rule.policy, rule, f"{text}: {admission.text}")


def _fate(title: str, direction: Direction, new: Written) -> str:
    """Return what became of a policy that isolated the pod and does so no more."""
    policy = new.policies.get(title)
    if policy is None:
        return "the policy is gone"
    if direction not in effective_policy_types(policy):
        return f"it isolates for {direction.lower()} no more"
    return "it selects other pods now"


def _now(rule: RuleRef, old: Written, new: Written) -> str:
    """Return what became of a rule that decided and does so no more."""
    if rule.policy in old.tiers:
        return "it is changed, or others come first" if rule.policy in new.tiers else "the policy is gone"
    was, policy = old.policies.get(rule.policy), new.policies.get(rule.policy)
    if policy is None:
        return "the policy is gone"
    if was is None:
        return "it is changed"
    if was == policy:
        return "the pods bear other labels or ports now"
    if was.spec.pod_selector != policy.spec.pod_selector:
        return "the policy selects other pods now"
    (peers, ports), others = rules_of(was, rule.direction)[rule.index], rules_of(policy, rule.direction)
    if any(list(its_peers) == list(peers) for its_peers, _ in others):
        missing = [
            entry for entry in ports if not any(entry in its for at, its in others if list(at) == list(peers))
        ]
        if missing:
            return f"{', '.join(map(port_in_words, missing[:_MOST]))} is taken out"
    return "it is changed" if len(others) >= len(rules_of(was, rule.direction)) else "it is changed, or gone"
