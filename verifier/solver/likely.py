"""Where it pays to look first for a flow between two namespaces: a guess, on which no verdict hangs.

Who is guessed is asserted before anybody else, and asked of the solver like all others. Guesses go by labels
that are written, by namespaces and by ports; addresses and tiers are left out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from verifier.encodings.effective import effective_types, rules_of
from verifier.encodings.network_policy import PolicySides
from verifier.encodings.shapes import Shape
from verifier.encodings.vocabulary import label_selector_matches
from verifier.flow import MAX_PORT, MIN_PORT, Direction, Protocol
from verifier.manifest.network_policy import NetworkPolicyPeer, NetworkPolicyPort
from verifier.population import METADATA_NAME

FEW = 16  # namespaces looked at for each end
MOST_STEPS = 300_000  # a fifth of a second: beyond it nobody else is guessed

_Range = tuple[Protocol, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """Pods, by the indexes of their shapes, and a rule that speaks for them.

    Without peers it lets them talk to anybody, without ports on any.
    """

    pods: Set[int]
    peers: Sequence[NetworkPolicyPeer] = ()
    ports: Sequence[NetworkPolicyPort] = ()


class Likely:
    """Guesses at who can talk to whom; what was found out about a namespace serves the next guess too."""

    def __init__(self, sides: PolicySides) -> None:
        self._sides, self._symbols = sides, sides.symbols
        self._steps = 0
        self._ways = cache(lambda namespace, direction: list(self._make_ways(namespace, direction)))
        self._peers_of = cache(self._find_peers)
        self._labels_of = cache(self._find_labels)

    def pairs(self, sources: Iterable[int], destinations: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Yield pairs of different existing namespaces, by index, that seem to let a flow through.

        The most open come first; of no more than the first `FEW` of each end anything is found out.
        """
        outward = enumerate(islice(self._sides.most_open_first(sources, Direction.EGRESS), FEW))
        inward = enumerate(islice(self._sides.most_open_first(destinations, Direction.INGRESS), FEW))
        for (_, source), (_, destination) in sorted(product(outward, inward), key=_rank):
            if source != destination and self._meet(source, destination):
                yield source, destination
            if self._steps > MOST_STEPS:
                return

    def _meet(self, source: int, destination: int) -> bool:
        return any(
            self._lets(out, source, into, destination)
            for out in self._ways(source, Direction.EGRESS)
            if self._peers_of(out, destination) and not self._is_too_much(1)
            for into in self._ways(destination, Direction.INGRESS)
        )

    def _is_too_much(self, steps: int) -> bool:
        """Return whether so many steps more are too many; they count from now on.

        Raises:
            LimitError: no time is left.
        """
        self._symbols.terms.deadline.check()
        self._steps += steps
        return self._steps > MOST_STEPS

    def _lets(self, out: _Way, source: int, into: _Way, destination: int) -> bool:
        self._steps += 1
        receivers = self._peers_of(out, destination) & into.pods
        senders = self._peers_of(into, source) & out.pods
        return bool(receivers and senders) and self._share_a_port(out, into, receivers)

    def _pods_of(self, namespace: int) -> list[Shape]:
        """Return the pods that policies can keep apart (NP-43)."""
        shapes = self._symbols.shapes_by_namespace.get(namespace, ())
        return [shape for shape in shapes if not shape.workload.host_network]

    def _make_ways(self, namespace: int, direction: Direction) -> Iterator[_Way]:
        pods = self._pods_of(namespace)
        unisolated = {pod.index for pod in pods}
        for policy in self._sides.policies_of(namespace):
            if self._is_too_much(len(pods)):
                return
            if direction in effective_types(policy):
                selector = policy.spec.pod_selector
                selected = {
                    pod.index
                    for pod in pods
                    if selector is None or label_selector_matches(selector, pod.workload.labels)
                }
                unisolated -= selected
                if selected:
                    yield from (_Way(selected, *rule) for rule in rules_of(policy, direction))
        if unisolated:
            yield _Way(unisolated)

    def _find_peers(self, way: _Way, namespace: int) -> Set[int]:
        """Return the pods of another namespace that the rule of a way speaks of."""
        if self._is_too_much(len(way.peers)):
            return frozenset()
        peers = [peer for peer in way.peers if self._is_there(peer, namespace)]
        pods = self._pods_of(namespace) if peers or not way.peers else ()
        if self._is_too_much(len(pods) * max(1, len(peers))):
            return frozenset()
        return {pod.index for pod in pods if not peers or any(_is_for(peer, pod) for peer in peers)}

    def _is_there(self, peer: NetworkPolicyPeer, namespace: int) -> bool:
        labels = self._labels_of(namespace)
        if peer.namespace_selector is None or labels is None:
            return False
        return label_selector_matches(peer.namespace_selector, labels)

    def _find_labels(self, namespace: int) -> Mapping[str, str] | None:
        """Return the labels of a namespace, its name among them (NP-16), None where nobody states them."""
        labels, name = self._symbols.table.labels[namespace], self._symbols.table.names[namespace]
        return None if labels is None else {**labels, METADATA_NAME: name}

    def _share_a_port(self, out: _Way, into: _Way, receivers: Set[int]) -> bool:
        if not out.ports or not into.ports:
            return True
        if self._is_too_much(len(receivers) * len(out.ports) * len(into.ports)):
            return False
        return any(
            protocol is other and low <= other_high and other_low <= high
            for pod in (self._symbols.shapes[index] for index in receivers)
            for protocol, low, high in _ranges(out.ports, pod)
            for other, other_low, other_high in _ranges(into.ports, pod)
        )


def _rank(pair: tuple[tuple[int, int], tuple[int, int]]) -> int:
    """Return how far from the most open two namespaces are, each beside its place among those of its end."""
    (source_place, _), (destination_place, _) = pair
    return source_place + destination_place


def _is_for(peer: NetworkPolicyPeer, pod: Shape) -> bool:
    return peer.pod_selector is None or label_selector_matches(peer.pod_selector, pod.workload.labels)


def _ranges(entries: Sequence[NetworkPolicyPort], pod: Shape) -> Iterator[_Range]:
    """Yield the ports of a pod that port entries speak of."""
    for entry in entries:
        protocol = entry.protocol or Protocol.TCP
        match entry.port:
            case None:
                yield protocol, MIN_PORT, MAX_PORT
            case str(name):
                yield from (
                    (protocol, number, number) for number in pod.named_first.get((name, protocol), ())
                )
            case int(number):
                yield protocol, number, entry.end_port or number
