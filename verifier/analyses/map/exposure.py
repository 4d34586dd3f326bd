"""What could reach a workload, or be reached by it, that no manifest shows: whom its own side lets through.

Whoever may create a pod chooses its labels, and perhaps its namespace. So this is told by selectors: all pods
with such labels, whether there are any or not. Their own policies are not asked, nor is what a tier denies
taken off: nothing that could be is left out (S-5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.analyses.lint.label_sets import LabelSet, label_set
from verifier.analyses.map.address_cells import beyond, network_range, overlap
from verifier.analyses.map.context import Context
from verifier.analyses.map.diagram import NEVER, Value, leaves
from verifier.analyses.map.ends import Shape
from verifier.analyses.map.mentions import block_ranges, isolates, rules_of
from verifier.analyses.map.rule_ports import Ports, RulePorts
from verifier.flow import Action, Direction, Protocol
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicy, NetworkPolicyPeer
from verifier.manifest.tiers import NetworkSet, PodSet, TieredPolicy
from verifier.population import METADATA_NAME

Name = tuple[str, Protocol | None]


@dataclass(frozen=True)
class Stranger:
    """Pods that nobody shows: by labels, by namespace, by address.

    `namespace`: its name; otherwise the namespaces that `namespaces` selects, None: all.
    """

    namespace: str | None = None
    namespaces: LabelSelector | None = None
    pods: LabelSelector | None = None
    block: IPBlock | None = None

    @property
    def anybody(self) -> bool:
        """Whether every pod of every namespace is meant."""
        return (
            self.namespace is None
            and self.block is None
            and not any(label_set(selector).keys for selector in (self.namespaces, self.pods))
        )

    @property
    def key(self) -> object:
        """What is the same for strangers that are the same."""
        labels = (tuple(label_set(selector).keys.items()) for selector in (self.namespaces, self.pods))
        block = None if self.block is None else (self.block.cidr, self.block.except_ or ())
        return self.namespace, *labels, block


ANYBODY = Stranger()


@dataclass(frozen=True, slots=True)
class Exposure:
    """Strangers who get through on `ports`, and on the ports that the one who is reached calls `names`."""

    stranger: Stranger
    ports: int
    names: frozenset[Name] = frozenset()

    @property
    def key(self) -> object:
        """What is the same for exposures that are the same."""
        return self.stranger.key, self.ports, self.names


class Exposures:
    """Says of each shape, and each direction, which strangers its side lets through."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ports = Ports(context)
        self._by_namespace: dict[str, list[NetworkPolicy]] = {}
        for policy in context.cluster.policies:
            self._by_namespace.setdefault(policy.namespace, []).append(policy)

    def of(self, shape: Shape, direction: Direction) -> tuple[Exposure, ...]:
        """Return the strangers at the far end of that side."""
        if self._is_open(shape, direction):
            return (Exposure(ANYBODY, self.context.ports.full),)
        found: dict[object, Exposure] = {}
        for each in (*self._by_rules(shape, direction), *self._by_tiers(shape, direction)):
            known = found.get(each.stranger.key)
            if known is not None:
                each = Exposure(each.stranger, each.ports | known.ports, each.names | known.names)
            if each.ports or each.names:
                found[each.stranger.key] = each
        everybody = found.get(ANYBODY.key)
        if everybody is not None and everybody.ports == self.context.ports.full:
            return (everybody,)
        return tuple(found.values())

    def _is_open(self, shape: Shape, direction: Direction) -> bool:
        """Return whether nothing surely isolates the pod, or nobody can tell."""
        if any(each.namespace in (None, shape.namespace) for each in self.context.cluster.unmodelled):
            return True
        if shape.host_network and self.context.reading("host_network") != NEVER:
            return True
        return not any(
            isolates(policy, direction) and self._surely(label_set(policy.spec.pod_selector), shape)
            for policy in self._by_namespace.get(shape.namespace, ())
        )

    def _surely(self, selected: LabelSet, shape: Shape) -> bool:
        if selected.keys.keys() & shape.unknown:
            return False
        return selected.holds(shape.labels)

    def _by_rules(self, shape: Shape, direction: Direction) -> Iterator[Exposure]:
        for policy in self._by_namespace.get(shape.namespace, ()):
            selected = label_set(policy.spec.pod_selector)
            if not isolates(policy, direction) or not selected.may_hold(shape.labels, shape.unknown):
                continue
            for peers, entries in rules_of(policy, direction):
                ports, names = self._on(self.ports.of_entries(entries), shape, direction)
                for stranger in self._strangers(peers, policy.namespace):
                    yield Exposure(stranger, ports, names)

    def _on(self, ports: RulePorts, shape: Shape, direction: Direction) -> tuple[int, frozenset[Name]]:
        """Return the ports on which a rule may match: by name they are those of whoever is reached."""
        if direction is Direction.EGRESS:
            return _ever(ports.numbers), frozenset(ports.names)
        return _ever(self.ports.on(ports, shape.ports, self.context.diagrams.full)), frozenset()

    def _strangers(self, peers: Sequence[NetworkPolicyPeer], namespace: str) -> Iterator[Stranger]:
        if not peers:
            yield ANYBODY
        for peer in peers:
            if peer.ip_block is not None:
                yield from self._at(peer.ip_block)
            else:
                own = namespace if peer.namespace_selector is None else None
                yield from self._possible(Stranger(own, peer.namespace_selector, peer.pod_selector))

    def _possible(self, stranger: Stranger) -> Iterator[Stranger]:
        """Yield the stranger unless a selector contradicts itself."""
        if not any(label_set(selector).empty for selector in (stranger.namespaces, stranger.pods)):
            yield stranger

    def _at(self, block: IPBlock) -> Iterator[Stranger]:
        """Yield the pods at addresses of a block, if CIDRs may match pods and pods may be there (NP-34)."""
        if self.context.reading("cidr_matches_pods") == NEVER:
            return
        wanted, holes = block_ranges(block)
        pods = map(network_range, self.context.cluster.population.network.unknown_pod_cidrs)
        left = list(
            overlap((part for part in pods if part.version == wanted.version), wanted.low, wanted.high)
        )
        for hole in holes:
            left = list(beyond(left, hole.low, hole.high))
        if left:
            yield Stranger(block=block)

    def _by_tiers(self, shape: Shape, direction: Direction) -> Iterator[Exposure]:
        for policy in self.context.cluster.tiers:
            if not self._subject(policy, shape):
                continue
            for rule in policy.rules(direction):
                if rule.action is not Action.ACCEPT:
                    continue
                ports, names = self._on(self.ports.of_matches(rule.ports), shape, direction)
                for peer in rule.peers:
                    match peer:
                        case PodSet():
                            strangers = self._possible(Stranger(None, peer.namespaces, peer.pods))
                        case NetworkSet():
                            strangers = (each for block in peer.blocks for each in self._at(block))
                        case _:
                            continue
                    for stranger in strangers:
                        yield Exposure(stranger, ports, names)

    def _subject(self, policy: TieredPolicy, shape: Shape) -> bool:
        """Return whether a pod may be subject to a policy of a tier."""
        if shape.host_network:
            return False
        if not label_set(policy.subject.pods).may_hold(shape.labels, shape.unknown):
            return False
        wanted = label_set(policy.subject.namespaces).keys
        labels = self.context.cluster.population.namespaces[shape.namespace].labels
        for key, values in wanted.items():
            if key == METADATA_NAME:
                if not values.holds(shape.namespace):
                    return False
            elif labels is not None and not values.holds(labels.get(key)):
                return False
        return True


def _ever(value: Value) -> int:
    found = 0
    for ports in leaves(value):
        found |= ports
    return found
