"""What the policies of a cluster speak of: label keys, address ranges, ports and their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from verifier.analyses.map.port_cells import PortSpan
from verifier.flow import Direction, Protocol
from verifier.manifest.cidr import IPV4_BITS, IPV6_BITS, parse_cidr
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.manifest.tiers import NamedPort, NetworkSet, PodSet, PortRange, TieredPolicy


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """The addresses from `low` to `high` of one IP version, both included."""

    version: int
    low: int
    high: int

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return self.high - self.low + 1


def cidr_range(text: str) -> Range:
    """Return the addresses of a CIDR, its host bits cleared (NP-32)."""
    cidr = parse_cidr(text)
    free = (IPV4_BITS if cidr.version == 4 else IPV6_BITS) - cidr.prefix_length
    low = cidr.address >> free << free
    return Range(cidr.version, low, low + (1 << free) - 1)


def block_ranges(block: IPBlock) -> tuple[Range, tuple[Range, ...]]:
    """Return the range of an ipBlock, and those that are cut out of it."""
    return cidr_range(block.cidr), tuple(cidr_range(hole) for hole in block.except_ or ())


@dataclass(slots=True)
class Mentions:
    """Everything that tells pods, addresses or ports apart."""

    pod_labels: dict[str, set[str]] = field(default_factory=dict)
    ranges: set[Range] = field(default_factory=set)
    spans: set[PortSpan] = field(default_factory=set)
    port_names: set[str] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)

    def network_policy(self, policy: NetworkPolicy) -> None:
        """Note what a NetworkPolicy mentions; policies may share one spec."""
        if id(policy.spec) in self._seen:
            return
        self._seen.add(id(policy.spec))
        self._pods(policy.spec.pod_selector)
        for direction in Direction:
            for peers, ports in rules_of(policy, direction):
                for peer in peers:
                    self._pods(peer.pod_selector)
                    if peer.ip_block is not None:
                        self._block(peer.ip_block)
                for entry in ports:
                    self._entry(entry)

    def tiered_policy(self, policy: TieredPolicy) -> None:
        """Note what a policy of another tier mentions."""
        self._pods(policy.subject.pods)
        for rule in (*policy.ingress, *policy.egress):
            for peer in rule.peers:
                if isinstance(peer, PodSet):
                    self._pods(peer.pods)
                elif isinstance(peer, NetworkSet):
                    for block in peer.blocks:
                        self._block(block)
            for port in rule.ports or ():
                if isinstance(port, PortRange):
                    self.spans.add(PortSpan(port.protocol, port.first, port.last))
                else:
                    self._name(port)

    def _name(self, port: NamedPort) -> None:
        self.port_names.add(port.name)

    def _pods(self, selector: LabelSelector | None) -> None:
        for key, values in _mentioned_labels(selector):
            self.pod_labels.setdefault(key, set()).update(values)

    def _block(self, block: IPBlock) -> None:
        cidr, holes = block_ranges(block)
        self.ranges.update((cidr, *holes))

    def _entry(self, entry: NetworkPolicyPort) -> None:
        protocol = entry_protocol(entry)
        if isinstance(entry.port, str):
            self.port_names.add(entry.port)
        elif entry.port is not None:
            self.spans.add(PortSpan(protocol, entry.port, entry.port))
            if entry.end_port is not None:
                self.spans.add(PortSpan(protocol, entry.port, entry.end_port))


def mentions_of(policies: Iterable[NetworkPolicy], tiers: Iterable[TieredPolicy]) -> Mentions:
    """Return what `policies` and `tiers` mention."""
    found = Mentions()
    for policy in policies:
        found.network_policy(policy)
    for tiered in tiers:
        found.tiered_policy(tiered)
    return found


def _mentioned_labels(selector: LabelSelector | None) -> Iterator[tuple[str, Sequence[str]]]:
    if selector is not None:
        yield from ((key, (value,)) for key, value in (selector.match_labels or {}).items())
        yield from ((each.key, each.values or ()) for each in selector.match_expressions or ())


def entry_protocol(entry: NetworkPolicyPort) -> Protocol:
    """Return the protocol of a port entry: TCP unless it says otherwise (NP-21)."""
    return Protocol.TCP if entry.protocol is None else entry.protocol


Rule = tuple[Sequence[NetworkPolicyPeer], Sequence[NetworkPolicyPort]]
"""Peers and ports of a rule; empty means any (NP-10, NP-20)."""


def rules_of(policy: NetworkPolicy, direction: Direction) -> list[Rule]:
    """Return the rules of a direction."""
    if direction is Direction.INGRESS:
        return [(rule.from_ or (), rule.ports or ()) for rule in policy.spec.ingress or ()]
    return [(rule.to or (), rule.ports or ()) for rule in policy.spec.egress or ()]


def isolates(policy: NetworkPolicy, direction: Direction) -> bool:
    """Return whether a policy isolates in a direction, with the API server's default (NP-7 to NP-9)."""
    if policy.spec.policy_types:
        return direction in policy.spec.policy_types
    return direction is Direction.INGRESS or bool(policy.spec.egress)
