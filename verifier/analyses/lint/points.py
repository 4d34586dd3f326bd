"""Single flows into or out of an isolated pod, as points: one that no other rule admits refutes redundancy.

Each point is a flow that can exist, under some reading: two hypothetical pods, or a pod and an address
outside the cluster. Where a pod stands at the far end, ipBlocks are read as not matching pods (NP-34).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.analyses.lint.address_sets import AddressSet
from verifier.analyses.lint.label_sets import UNSAID, LabelSet
from verifier.analyses.lint.rule_sets import NamespaceSet, Peer, PodPeer, PolicySet, PortSet, RuleSet
from verifier.flow import MAX_PORT, MIN_PORT, Direction, Protocol

_MOST_RANGES = 6
_MOST_POINTS = 32
_FAR = (4, 0xCB007107)  # an address that no block may hold: points that admit anybody begin there


@dataclass(frozen=True, slots=True)
class FarPod:
    """A pod at the other end: the index of its namespace, the labels of that if nobody knows"
    " them, its own."""

    namespace: int
    namespace_labels: Mapping[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FarAddress:
    """An address outside the cluster."""

    version: int
    address: int


@dataclass(frozen=True, slots=True)
class Point:
    """A flow: the labels of the isolated pod, the other end, protocol and port, and that port's name."""

    labels: Mapping[str, str]
    far: FarPod | FarAddress
    protocol: Protocol
    port: int
    name: str | None


def peer_holds(peer: Peer, far: FarPod | FarAddress) -> bool:
    """Return whether a peer means that end."""
    if isinstance(peer, AddressSet):
        return isinstance(far, FarAddress) and peer.holds(far.version, far.address)
    if isinstance(far, FarAddress):
        return False
    spaces = peer.namespaces
    if far.namespace not in spaces.sure and not (
        far.namespace in spaces.possible and spaces.rest.holds(far.namespace_labels)
    ):
        return False
    return peer.pods.holds(far.labels)


def port_holds(entry: PortSet, point: Point) -> bool:
    """Return whether a port entry means the flow's port."""
    if entry.protocol is not point.protocol:
        return False
    if entry.name is not None:
        return entry.name == point.name
    return entry.low == 0 or entry.low <= point.port <= entry.high


def rule_holds(rule: RuleSet, point: Point) -> bool:
    """Return whether a rule admits the flow."""
    if rule.ports is not None and not any(port_holds(entry, point) for entry in rule.ports):
        return False
    return rule.peers is None or any(peer_holds(peer, point.far) for peer in rule.peers)


class Points:
    """Draws points for the rules of one side; what the side mentions decides which are worth trying."""

    def __init__(self, sides: Iterable[PolicySet], namespaces: int, direction: Direction) -> None:
        self._direction = direction
        self._unmentioned = namespaces - 1  # the last index: a new namespace that nobody mentions
        self._keys: set[str] = set()
        self._edges: set[int] = set()
        addresses: set[int] = set()
        for side in sides:
            self._keys.update(side.selected.keys)
            for rule in side.rules:
                for peer in rule.peers or ():
                    if isinstance(peer, AddressSet) and peer.version == 4:
                        addresses.update(high + 1 for _, high in peer.ranges)
                for entry in rule.ports or ():
                    if entry.name is None and entry.low:
                        self._edges.update((entry.low - 1, entry.low, entry.high, entry.high + 1))
        self._edges = {port for port in self._edges if MIN_PORT <= port <= MAX_PORT}
        self._fresh = next(port for port in range(40001, MAX_PORT) if port not in self._edges)
        self._addresses = [_FAR, *((4, a) for a in sorted(addresses)[:_MOST_RANGES] if a < 1 << 32)]

    def of(
        self, selected: LabelSet, peers: Sequence[Peer] | None, ports: Sequence[PortSet] | None
    ) -> Iterator[Point]:
        """Yield flows that a rule with these peers and ports admits, a bounded number of them."""
        count = 0
        fars = list(self._fars(peers))
        for protocol, port, name in self._ports(ports):
            for far in fars:
                if name is not None and self._direction is Direction.EGRESS and isinstance(far, FarAddress):
                    continue  # only pods have port names (NP-24)
                for labels in self._subjects(selected):
                    yield Point(labels, far, protocol, port, name)
                    count += 1
                    if count == _MOST_POINTS:
                        return

    def anywhere(self, selected: LabelSet) -> Iterator[Point]:
        """Yield flows of pods that a policy selects which few rules would admit."""
        yield from self.of(selected, None, None)

    def _subjects(self, selected: LabelSet) -> Iterator[dict[str, str]]:
        if selected.empty:
            return
        fewest = selected.sample()
        yield fewest
        others = {key: UNSAID for key in self._keys if key not in selected.keys}
        if others:
            yield {**others, **fewest}

    def _fars(self, peers: Sequence[Peer] | None) -> Iterator[FarPod | FarAddress]:
        if peers is None:
            yield from (FarAddress(*address) for address in self._addresses)
            yield FarPod(self._unmentioned, {}, {})
            return
        for peer in peers:
            if isinstance(peer, PodPeer):
                yield from self._far_pods(peer)
            else:
                for low, high in peer.ranges[:_MOST_RANGES]:
                    yield FarAddress(peer.version, low)
                    if high != low:
                        yield FarAddress(peer.version, high)

    def _far_pods(self, peer: PodPeer) -> Iterator[FarPod]:
        if peer.empty:
            return
        for namespace, labels in self._spaces(peer.namespaces):
            yield FarPod(namespace, labels, peer.pods.sample())

    def _spaces(self, spaces: NamespaceSet) -> Iterator[tuple[int, dict[str, str]]]:
        if spaces.possible and not spaces.rest.empty:
            yield max(spaces.possible), spaces.rest.sample()
        if spaces.sure:
            yield max(spaces.sure), {}
            if len(spaces.sure) > 1:
                yield min(spaces.sure), {}

    def _ports(self, ports: Sequence[PortSet] | None) -> Iterator[tuple[Protocol, int, str | None]]:
        if ports is None:
            yield from ((protocol, self._fresh, None) for protocol in reversed(Protocol))
            return
        for entry in ports:
            if entry.name is not None or entry.low == 0:
                yield entry.protocol, self._fresh, entry.name
                continue
            yield entry.protocol, entry.low, None
            if entry.high != entry.low:
                inside = sorted(edge for edge in self._edges if entry.low < edge <= entry.high)
                yield from ((entry.protocol, edge, None) for edge in inside[-_MOST_RANGES:])
