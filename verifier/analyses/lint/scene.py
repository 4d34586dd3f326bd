"""What the rules of the lint look at: policies compiled, pods in groups, each answer worked out once.

Solvers are imported when one is asked for: mostly none is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from verifier.analyses.lint.denials import Denials
from verifier.analyses.lint.finding import Place, Route
from verifier.analyses.lint.label_sets import LabelSet, label_set
from verifier.analyses.lint.rule_sets import Compiler, NamespaceSet, PodPeer, PolicySet
from verifier.cluster import Cluster
from verifier.deadline import Deadline, LimitError
from verifier.encodings.effective import effect
from verifier.encodings.namespaces import namespace_table
from verifier.encodings.vocabulary import Mentions
from verifier.flow import Action, ContainerPort, Direction, External, Node, RuleRef
from verifier.manifest.by_namespace import PoliciesByNamespace
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.manifest.tiers import Tier, TieredPolicy, TieredRule
from verifier.population import Workload
from verifier.solver.far import Far

if TYPE_CHECKING:
    from verifier.encodings.network_policy import PolicySides
    from verifier.encodings.symbols import Symbols
    from verifier.solver.equivalence import SideEquivalence
    from verifier.solver.far_end import FarEnd
    from verifier.solver.tier_questions import TierQuestions


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Workloads of one namespace that no policy can tell apart.

    `labels` are those that policies mention; of `unknown` keys a controller sets the values (NP-17).
    """

    namespace: str
    labels: Mapping[str, str]
    unknown: frozenset[str]
    ports: tuple[ContainerPort, ...]
    host_network: bool
    workloads: tuple[Workload, ...]

    def may_match(self, selected: LabelSet) -> bool:
        """Return whether its pods match, or may match where a controller sets a label."""
        if not self.unknown:
            return selected.holds(self.labels)
        return selected.may_hold(self.labels, self.unknown)

    def surely_matches(self, selected: LabelSet) -> bool:
        """Return whether its pods match whatever a controller sets."""
        return selected.holds(self.labels) and not (self.unknown & set(selected.keys))


@dataclass(frozen=True, slots=True, eq=False)
class WrittenPeer:
    """A peer where it stands: in a rule of a policy, in one direction."""

    policy: NetworkPolicy
    direction: Direction
    rule: int
    index: int
    peer: NetworkPolicyPeer

    @property
    def route(self) -> Route:
        """The way to it from the policy on."""
        return (*rule_route(self.direction, self.rule), peers_key(self.direction), self.index)

    @property
    def place(self) -> Place:
        """Where it is written."""
        return Place(self.policy.title, self.route)

    @property
    def part(self) -> str:
        """Its name within the policy: `ingress[0].from[1]`."""
        return f"{self.direction.lower()}[{self.rule}].{peers_key(self.direction)}[{self.index}]"


class Scene:
    """One cluster, as the lint sees it. `seconds` bounds what the solver may take altogether."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self.cluster = cluster
        self.population = cluster.population
        self.deadline = Deadline(seconds)
        self.mentions = Mentions()
        self.mentions.policies(cluster.policies)
        self.mentions.tiers(cluster.tiers)
        self.table = namespace_table(self.population.namespaces, self.mentions.namespace_names)
        self._labels: dict[int, tuple[LabelSelector, LabelSet]] = {}
        self._everything = label_set(None)
        self.compiler = Compiler(self.table, self.labels)
        self.policies_in = cluster.grouping.policies
        self.undecided: list[str] = []
        self._sides: dict[tuple[str, Direction], tuple[PolicySet, ...]] = {}
        self._far_ends: dict[tuple[str, Direction], FarEnd] = {}
        self._denials: dict[Direction, Denials] = {}
        self._tiers: dict[Direction, TierQuestions] = {}
        self._solvers: dict[tuple[str, Direction], SideEquivalence] = {}
        self._speaking: dict[tuple[int, Direction], tuple[tuple[PolicySet, ...], bool]] = {}
        self._matching: dict[tuple[str, int], tuple[Group, ...]] = {}

    def labels(self, selector: LabelSelector | None) -> LabelSet:
        """Return what a selector matches."""
        if selector is None:
            return self._everything
        found = self._labels.get(id(selector))
        if found is None:  # the selector is kept, so that no other object takes its id
            found = self._labels[id(selector)] = (selector, label_set(selector))
        return found[1]

    # --- policies ------------------------------------------------------------------------------------------

    def side(self, namespace: str, direction: Direction) -> tuple[PolicySet, ...]:
        """Return the policies of a namespace that isolate in a direction."""
        key = (namespace, direction)
        found = self._sides.get(key)
        if found is None:
            each = (self.compiler.policy(p, direction) for p in self.policies_in.get(namespace, ()))
            found = self._sides[key] = tuple(side for side in each if side is not None)
        return found

    def every_side(self) -> Iterator[PolicySet]:
        """Yield each policy in each direction in which it isolates, in reading order."""
        for namespace in self.policies_in:
            for direction in Direction:
                yield from self.side(namespace, direction)

    @cached_property
    def tiered(self) -> Mapping[str, TieredPolicy]:
        """The policies of tiers, by title."""
        return {policy.title: policy for policy in self.cluster.tiers}

    @cached_property
    def peers(self) -> tuple[WrittenPeer, ...]:
        """Every peer of every rule, also of sections that do not count."""
        return tuple(
            WrittenPeer(policy, direction, rule, index, peer)
            for policy in self.cluster.policies
            for direction, rule, peers, _ in written_rules(policy)
            for index, peer in enumerate(peers or ())
        )

    @cached_property
    def symbols(self) -> Symbols:
        """The symbols of all questions about any pod, made once."""
        from verifier.solver.equivalence import side_symbols

        cluster = self.cluster
        symbols = side_symbols(self.population.namespaces, cluster.policies, cluster.tiers)
        symbols.terms.deadline = self.deadline
        return symbols

    @cached_property
    def policy_sides(self) -> PolicySides:
        """What the sides say, as terms over `symbols`."""
        from verifier.encodings.network_policy import PolicySides

        return PolicySides(self.symbols, PoliciesByNamespace(self.cluster.grouping))

    def solver(self, namespace: str, direction: Direction) -> SideEquivalence:
        """Return the solver of one side, its terms built once."""
        key = (namespace, direction)
        found = self._solvers.get(key)
        if found is None:
            from verifier.solver.equivalence import SideEquivalence

            policies = self.policies_in.get(namespace, [])
            found = self._solvers[key] = SideEquivalence(
                self.symbols,
                namespace,
                direction,
                policies,
                self.deadline,
                isolation_counts=self.touched(namespace),
            )
        return found

    def far_end(self, namespace: str, direction: Direction) -> FarEnd:
        """Return the solver of what the other end says of one side's rules, its terms built once."""
        key = (namespace, direction)
        found = self._far_ends.get(key)
        if found is None:
            from verifier.solver.far_end import FarEnd

            found = self._far_ends[key] = FarEnd(
                self.symbols, self.policy_sides, namespace, direction, self.deadline
            )
        return found

    def tiers(self, direction: Direction) -> TierQuestions:
        """Return the solver of what tiers say in a direction, its terms built once."""
        found = self._tiers.get(direction)
        if found is None:
            from verifier.solver.tier_questions import TierQuestions

            on_host = [workload for workload in self.population.workloads if workload.host_network]
            found = self._tiers[direction] = TierQuestions(
                self.symbols, self.cluster.tiers, direction, on_host, self.deadline
            )
        return found

    # --- who is shown --------------------------------------------------------------------------------------

    @cached_property
    def groups_in(self) -> Mapping[str, tuple[Group, ...]]:
        """The pods shown, by namespace."""
        keys = self.mentions.pod_labels
        members: dict[str, dict[tuple[object, ...], list[Workload]]] = {}
        for workload in self.population.workloads:
            seen = (
                frozenset(item for item in workload.labels.items() if item[0] in keys),
                workload.controller_labels,
                workload.ports,
                workload.host_network,
            )
            members.setdefault(workload.namespace, {}).setdefault(seen, []).append(workload)
        return {
            namespace: tuple(_group(each) for each in found.values()) for namespace, found in members.items()
        }

    def groups(self, namespace: str) -> tuple[Group, ...]:
        """Return the pods shown in a namespace."""
        return self.groups_in.get(namespace, ())

    def matching(self, namespace: str, selected: LabelSet) -> tuple[Group, ...]:
        """Return the pods shown in a namespace that match, or may match."""
        key = (namespace, id(selected))
        found = self._matching.get(key)
        if found is None:
            found = tuple(group for group in self.groups(namespace) if group.may_match(selected))
            self._matching[key] = found
        return found

    def subjects(self, side: PolicySet) -> tuple[Group, ...]:
        """Return the pods shown that a policy isolates; those on the host network are not (NP-43)."""
        found = self.matching(side.policy.namespace, side.selected)
        return tuple(group for group in found if not group.host_network)

    def speaking(self, group: Group, direction: Direction) -> tuple[tuple[PolicySet, ...], bool]:
        """Return the policies that isolate pods of a group, or may, and whether one surely does."""
        key = (id(group), direction)
        found = self._speaking.get(key)
        if found is None:
            side = self.side(group.namespace, direction)
            met = tuple(policy for policy in side if group.may_match(policy.selected))
            surely = any(group.surely_matches(policy.selected) for policy in met)
            found = self._speaking[key] = (met, surely)
        return found

    def all_shown(self, namespace: str) -> bool:
        """Return whether all pods of a namespace are shown, as far as one can tell: some are, none hidden."""
        return bool(self.groups(namespace)) and namespace not in self.cluster.hidden_pods

    def names(self, spaces: NamespaceSet) -> list[str]:
        """Return the existing namespaces that are meant, or may be where nobody knows their labels."""
        existing = self.table.existing
        met = spaces.sure | (frozenset() if spaces.rest.empty else spaces.possible)
        return [self.table.names[index] for index in sorted(met) if index < existing]

    def shown_at(self, peer: PodPeer) -> tuple[Group, ...]:
        """Return the pods shown that a peer means, or may mean."""
        return tuple(
            group for name in self.names(peer.namespaces) for group in self.matching(name, peer.pods)
        )

    @cached_property
    def declared(self) -> dict[str, Mapping[str, str]]:
        """The labels of the namespaces whose labels are known, by name (S-4)."""
        every = self.population.namespaces.values()
        return {each.name: each.labels for each in every if each.labels is not None}

    def touched(self, namespace: str) -> bool:
        """Return whether a policy of another kind may speak for its pods too: of a tier, or unmodelled."""
        return bool(self.cluster.tiers) or self.untold(namespace)

    def untold(self, namespace: str) -> bool:
        """Return whether a policy of a kind that is not modelled may speak for its pods (S-12)."""
        return any(policy.namespace in (None, namespace) for policy in self.cluster.unmodelled)

    def denied_before(self, side: PolicySet, rule: int, peer: int | None, far: Far | External | Node) -> bool:
        """Return whether rules of tiers deny all that a rule, or one peer of it, admits of that other end.

        Where nobody knows they may: nothing is then claimed of it.
        """
        if not self.cluster.tiers:
            return False
        try:
            found = self.denying(side, rule, peer, far)
        except LimitError as error:
            told = f"{side.title} {side.direction.lower()}[{rule}]"
            self.undecided.append(f"whether what {told} opens is denied before it is asked: {error}")
            return True
        return found is not None

    def denials(self, direction: Direction) -> Denials:
        """Return what tiers deny in a direction, in closed form."""
        found = self._denials.get(direction)
        if found is None:
            found = self._denials[direction] = Denials(self.compiler, self.cluster.tiers, direction)
        return found

    def denying(
        self, side: PolicySet, rule: int, peer: int | None = None, far: Far | External | Node = Far.ANYBODY
    ) -> tuple[RuleRef, ...] | None:
        """Return the rules of tiers that deny all that a rule admits, as `TierQuestions.denying` says it.

        Raises:
            LimitError: nobody knows.
        """
        if self.denials(side.direction).leave(side, rule, peer, far):
            return None
        return self.tiers(side.direction).denying(side.policy, rule, peer, far)

    def tier_rules(
        self, namespace: str, direction: Direction, group: Group | None = None
    ) -> Iterator[tuple[Tier, Action, TieredRule]]:
        """Yield what rules of tiers may do with pods of a namespace, or of that group in it (ANP-12)."""
        index = self.table.index(namespace)
        for policy in self.cluster.tiers:
            pods = self.labels(policy.subject.pods)
            met = index in self.compiler.namespaces(policy.subject.namespaces)
            if not met or pods.empty or (group is not None and not group.may_match(pods)):
                continue
            for rule in policy.rules(direction):
                does = effect(rule)
                if does is not None:
                    yield policy.tier, does, rule


def _group(members: list[Workload]) -> Group:
    first = members[0]
    return Group(
        first.namespace,
        first.labels,
        first.controller_labels,
        first.ports,
        first.host_network,
        tuple(members),
    )


# --- where things are written -------------------------------------------------------------------------------


def peers_key(direction: Direction) -> str:
    """Return `from` or `to`."""
    return "from" if direction is Direction.INGRESS else "to"


def rule_route(direction: Direction, rule: int) -> Route:
    """Return the way to a rule from its policy on."""
    return ("spec", direction.lower(), rule)


def written_rules(
    policy: NetworkPolicy,
) -> Iterator[
    tuple[Direction, int, tuple[NetworkPolicyPeer, ...] | None, tuple[NetworkPolicyPort, ...] | None]
]:
    """Yield every rule as it is written, whether its section counts or not: absent is None."""
    for index, ingress in enumerate(policy.spec.ingress or ()):
        yield Direction.INGRESS, index, ingress.from_, ingress.ports
    for index, egress in enumerate(policy.spec.egress or ()):
        yield Direction.EGRESS, index, egress.to, egress.ports
