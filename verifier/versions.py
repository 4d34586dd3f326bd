"""Two versions of a cluster: what their policies, and their workloads, gain and lose (S-15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import z3

from verifier.analyses.causes import causes, written
from verifier.analyses.normal_form import sides_of
from verifier.analyses.workload_changes import (
    as_it_is,
    as_it_was,
    matched,
    old_key,
    seeing_old,
    tier_seeing_old,
)
from verifier.cluster import Cluster
from verifier.deadline import Deadline, LimitError
from verifier.diagnostics import InternalError
from verifier.difference import Block, Change, Extent, Found, Version, Witness
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.vocabulary import Mentions
from verifier.flow import Endpoint, Flow, Pod, Surroundings
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.population import Population, World
from verifier.semantics import decide, membership_faults, surroundings_faults
from verifier.solver.block_ends import end_of, label_conditions, on_what
from verifier.solver.boxes import Box
from verifier.solver.comparison import PolicySet, own_title
from verifier.solver.decode import decode_flow, decode_readings, decode_surroundings
from verifier.solver.differences import Differ, Limits
from verifier.solver.watch import Memory, Watch

Choices = Mapping[str, bool | str]
Difference = Mapping[Change, Found]
Seen = Callable[[Pod], Pod]

NOTHING: Difference = {change: Found() for change in Change}


def _as_shown(pod: Pod) -> Pod:
    return pod


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: both versions' policies, over a population, and how each version sees its pods."""

    differ: Differ
    populations: tuple[Population, Population]
    policies: tuple[Sequence[NetworkPolicy], Sequence[NetworkPolicy]]
    tiers: tuple[Sequence[TieredPolicy], Sequence[TieredPolicy]]
    seen: tuple[Seen, Seen] = (_as_shown, _as_shown)
    by_name: bool = False


class Versions:
    """Two versions of a cluster, asked about their differences."""

    def __init__(
        self, old: Cluster, new: Cluster, profile: Choices, deadline: Deadline, memory: Memory, limits: Limits
    ) -> None:
        self.old, self.new = old, new
        self._profile = profile
        self._deadline = deadline
        self._memory = memory
        self._limits = limits
        self.changed = changed_sides(old, new)

    @property
    def same_policies(self) -> bool:
        """Whether both sets of policies have one normal form: then they say the same of everybody."""
        return self.changed is not None and not any(self.changed.values())

    def relabelled(self) -> list[str]:
        """Return the namespaces that bear other values of labels that policies ask for."""
        mentions = Mentions()
        for cluster in (self.old, self.new):
            mentions.policies(cluster.policies)
            mentions.tiers(cluster.tiers)
        before, after = self.old.population.namespaces, self.new.population.namespaces
        pairs = (
            (name, before[name].labels or {}, after[name].labels or {}) for name in before if name in after
        )
        keys = mentions.namespace_labels
        return [name for name, was, now in pairs if any(was.get(key) != now.get(key) for key in keys)]

    def of_policies(self, over: Version) -> Difference:
        """Return what the policies gain and lose among the namespaces and pods of one version."""
        if self.same_policies:
            return NOTHING
        old, new = self.old, self.new
        population = (old if over is Version.OLD else new).population
        sets = PolicySet(old.policies, old.tiers), PolicySet(new.policies, new.tiers)
        differ = Differ(
            population, *sets, self.changed, self._profile, self._deadline, new_namespaces_both=True
        )
        policies, tiers = (old.policies, new.policies), (old.tiers, new.tiers)
        return self._found(Asked(differ, (population, population), policies, tiers, (_as_shown, _as_shown)))

    def of_workloads(self) -> Difference:
        """Return what the workloads that both versions have gain and lose by their new labels and ports.

        Both times under the policies of the new version.
        """
        return self._of_matched(self.new)

    def as_deployed(self) -> Difference:
        """Return what becomes of flows between workloads that both versions have, all changes together."""
        return self._of_matched(self.old)

    def _of_matched(self, before: Cluster) -> Difference:
        population = matched(self.old.population, self.new.population)
        if not population.workloads:
            return NOTHING
        policies, tiers = (before.policies, self.new.policies), (before.tiers, self.new.tiers)
        old = PolicySet(tuple(map(seeing_old, policies[0])), tuple(map(tier_seeing_old, tiers[0])))
        differ = Differ(
            population,
            old,
            PolicySet(policies[1], tiers[1]),
            None if any(tiers) else dict.fromkeys(Role, frozenset(population.namespaces)),
            self._profile,
            self._deadline,
            twins=old_key,
        )
        populations = self.old.population, self.new.population
        return self._found(Asked(differ, populations, policies, tiers, (as_it_was, as_it_is), by_name=True))

    # --- boxes become blocks -------------------------------------------------------------------------------

    def _found(self, asked: Asked) -> Difference:
        watch = Watch(asked.differ.symbols.terms, self._memory)
        found = {}
        for change in Change:
            blocks: list[Block] = []
            try:
                with watch.over(self._deadline):
                    differences = asked.differ.differences(change, self._limits)
                    blocks += [_block(extent, box, asked) for extent, box in differences.boxes]
                blocks.sort(key=_order)
                found[change] = Found(tuple(blocks), differences.undecided, differences.more)
            except LimitError as limit:
                found[change] = Found(tuple(blocks), limit.reason)
        return found


def changed_sides(old: Cluster, new: Cluster) -> dict[Role, frozenset[str]] | None:
    """Return for each end the namespaces whose sides may say something else; None: all may.

    Where there are tiers, Baseline speaks of pods by what NetworkPolicies do in both directions (CNP-4).
    """
    old_tiers, new_tiers = (sorted(cluster.tiers, key=lambda policy: policy.title) for cluster in (old, new))
    if old_tiers != new_tiers:
        return None
    before, after = sides_of(old.policies), sides_of(new.policies)
    by_role = {role: before.differ_from(after, role.direction) for role in Role}
    if not new_tiers:
        return by_role
    return dict.fromkeys(Role, frozenset[str]().union(*by_role.values()))


def _block(extent: Extent, box: Box, asked: Asked) -> Block:
    on = on_what(box)
    conditions = on.conditions
    if asked.by_name:
        conditions += tuple(label_conditions(box, asked.differ.symbols))
    return Block(
        change=box.change,
        extent=extent,
        source=end_of(box, Role.SOURCE, asked.differ.symbols, by_name=asked.by_name),
        destination=end_of(box, Role.DESTINATION, asked.differ.symbols, by_name=asked.by_name),
        ports=on.ports,
        named=on.named,
        conditions=conditions,
        every_reading=box.every_reading,
        witness=witness_of(box.first, box.change, asked),
    )


def _order(block: Block) -> tuple[object, ...]:
    """Blocks between pods shown come first, and then what one rule did stands together."""
    causes = [(each.policy, str(each.rule)) for each in block.witness.causes]
    ends = [repr((end.rooms, end.pods, end.addresses)) for end in (block.source, block.destination)]
    return list(Extent).index(block.extent), causes, ends


def witness_of(
    model: z3.ModelRef, change: Change, asked: Asked, *, new_namespaces_both: bool = True
) -> Witness:
    """Return the flow of `model`, which is gained or lost, replayed under both versions.

    Raises:
        InternalError: the reference reading says otherwise.
    """
    symbols, comparison = asked.differ.symbols, asked.differ.comparison
    flow, readings = decode_flow(model, symbols), decode_readings(model, symbols)
    orders = (comparison.old_precedence, comparison.context.tiers.precedence)
    around = tuple(_own_titles(decode_surroundings(model, symbols, each, flow)) for each in orders)
    flows = _as_seen(flow, asked.seen[0]), _as_seen(flow, asked.seen[1])
    for shown, facts, population in zip(flows, around, asked.populations, strict=True):
        faults = [
            *membership_faults(shown, population, World.ANY_POD, new_namespaces_both),
            *surroundings_faults(facts, population),
        ]
        if faults:
            raise InternalError(f"a flow that cannot exist: {'; '.join(faults)}")
    old, new = (
        decide(seen, _policies_for(seen, policies), readings, tiers, facts)
        for seen, policies, tiers, facts in zip(flows, asked.policies, asked.tiers, around, strict=True)
    )
    if (old.allowed, new.allowed) != (change is Change.LOST, change is Change.GAINED):
        raise InternalError("the reference reading does not confirm a flow that is gained or lost")
    versions = (
        written(Version.OLD, _policies_for(flow, asked.policies[0]), asked.tiers[0]),
        written(Version.NEW, _policies_for(flow, asked.policies[1]), asked.tiers[1]),
    )
    why = causes(flows, readings, (old, new), versions)
    return Witness(flows[0], flows[1], readings, old, new, around[1], why)


def _own_titles(around: Surroundings) -> Surroundings:
    return replace(around, precedence=tuple(map(own_title, around.precedence)))


def _as_seen(flow: Flow, seen: Seen) -> Flow:
    def end(of: Endpoint) -> Endpoint:
        return seen(of) if isinstance(of, Pod) else of

    return replace(flow, source=end(flow.source), destination=end(flow.destination))


def _policies_for(flow: Flow, policies: Sequence[NetworkPolicy]) -> list[NetworkPolicy]:
    """Return the policies of the namespaces of a flow's pods; no other can select them (NP-1)."""
    names = {end.namespace.name for end in (flow.source, flow.destination) if isinstance(end, Pod)}
    return [policy for policy in policies if policy.namespace in names]


def left_unmodelled(old: Cluster, new: Cluster, *, same_policies: bool) -> list[str]:
    """Return in words what policies that are not modelled may say differently; empty: nothing.

    Where all that is modelled is the same, they only have to be the same themselves.
    """
    if same_policies and _texts(old) == _texts(new):
        return []
    return [
        f"what {policy.kind} {f'{policy.namespace}/' if policy.namespace else ''}{policy.name}"
        f" of {version.upper()} says ({policy.origin.span()}) is not modelled"
        for version, cluster in ((Version.OLD, old), (Version.NEW, new))
        for policy in cluster.unmodelled
    ]


def _texts(cluster: Cluster) -> list[tuple[str, ...]]:
    """Return what policies that are not modelled say, as data."""
    return sorted(
        (p.api_version, p.kind, p.namespace or "", p.name, repr(p.origin.content)) for p in cluster.unmodelled
    )
