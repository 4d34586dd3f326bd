"""Whom peers mean at the far end of a flow, and on what facts that hangs (NP-10 to NP-14, NP-30 to NP-44)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from verifier.analyses.lint.label_sets import label_set
from verifier.analyses.map.address_cells import beyond, disjoint, network_range, overlap
from verifier.analyses.map.bits import bits_of, bits_or, refined
from verifier.analyses.map.context import Context
from verifier.analyses.map.diagram import NEVER, Atom, Kind, Value
from verifier.analyses.map.mentions import Range, block_ranges
from verifier.analyses.map.selectors import End, Meant
from verifier.flow import Node
from verifier.manifest.network_policy import IPBlock, NetworkPolicyPeer
from verifier.manifest.tiers import DomainNames, NetworkSet, NodeSet, Peer, PodSet, UnknownPeer

_IPV6 = Atom(Kind.FAMILY, value="IPv6")
SAME_NODE = Atom(Kind.SAME_NODE)
ELSEWHERE = ""  # a node of which the input says nothing


class Peers:
    """Answers whom peers mean; each block and each selector is looked up once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ends = context.ends
        self.diagrams = context.diagrams
        self.dual = self.ends.families[4] & self.ends.families[6]
        self._in_range = self._index()
        self._blocks: dict[tuple[tuple[tuple[str, tuple[str, ...]], ...], End], Meant] = {}

    # --- addresses -----------------------------------------------------------------------------------------

    def _index(self) -> dict[Range, int]:
        """Return who is known to have an address in each mentioned range."""
        found: dict[Range, list[int]] = {}
        for shape in self.ends.shapes:
            for inside in (shape.inside or {}).values():
                for part in inside:
                    found.setdefault(part, []).append(shape.index)
        for place, cell in enumerate(self.ends.cells, start=len(self.ends.shapes)):
            for part in cell.inside:
                found.setdefault(part, []).append(place)
        return {part: bits_of(indices, self.ends.size) for part, indices in found.items()}

    def _in_blocks(self, blocks: Sequence[IPBlock], end: End) -> Meant:
        """Return who has an address in one of `blocks`, of all whom one could ask (NP-30 to NP-33)."""
        key = (tuple((block.cidr, block.except_ or ()) for block in blocks), end)
        found = self._blocks.get(key)
        if found is None:
            found = {NEVER: self.ends.all}
            for version in (4, 6):
                ranges = [block_ranges(block) for block in blocks]
                own = [(cidr, holes) for cidr, holes in ranges if cidr.version == version]
                if own:
                    found = refined(found, self._in_ranges(version, own, end), self.diagrams.either, NEVER)
            found.pop(NEVER, None)
            self._blocks[key] = found
        return found

    def _in_ranges(self, version: int, own: Sequence[tuple[Range, tuple[Range, ...]]], end: End) -> Meant:
        diagrams, ends = self.diagrams, self.ends
        inside, parts = 0, list[Range]()
        for cidr, holes in own:
            excepted = bits_or(self._in_range.get(hole, 0) for hole in holes)
            inside |= self._in_range.get(cidr, 0) & ~excepted
            left = [cidr]
            for hole in holes:
                left = list(beyond(left, hole.low, hole.high))
            parts += left
        parts = disjoint(parts)
        somewhere = ends.unknown_address & ends.families[version]
        spelt = ",".join(f"{part.low}-{part.high}" for part in parts)
        # What is excepted may be all that there is.
        asked = diagrams.asks(Atom(Kind.ADDRESS, end, str(version), spelt)) if parts else NEVER
        found: Meant = {diagrams.full: inside}
        for bits, condition in (
            (somewhere & ~ends.on_host, self._of_unknown_pods(version, parts, asked)),
            (somewhere & ends.on_host, asked),
        ):
            if bits and condition != NEVER:
                found[condition] = found.get(condition, 0) | bits
        # Who has two addresses has the one of the flow's family (NP-33).
        ipv6 = diagrams.asks(_IPV6)
        family = ipv6 if version == 6 else diagrams.complement(ipv6)
        return refined(found, {family: self.dual}, diagrams.both, diagrams.full)

    def _of_unknown_pods(self, version: int, parts: Sequence[Range], asked: Value) -> Value:
        """Return whether a pod whose address nobody states lies in ranges: surely, surely not, or asked."""
        own = [network_range(cidr) for cidr in self.ends.population.network.unknown_pod_cidrs]
        own = [each for each in own if each.version == version]
        left = own
        for part in parts:
            left = list(beyond(left, part.low, part.high))
        if not left:
            return self.diagrams.full
        if not any(True for part in parts for _ in overlap(own, part.low, part.high)):
            return NEVER
        return asked

    def _seen(self, meant: Meant, *, pods: int, hosts: Value) -> Meant:
        """Return those of `meant` to whom CIDRs apply at all (NP-34).

        Args:
            pods: those that are surely pods to whoever asks.
            hosts: the condition under which a host-network pod is node traffic.
        """
        context, diagrams = self.context, self.diagrams
        of_pods, of_nodes = context.reading("cidr_matches_pods"), context.reading("cidr_matches_nodes")
        of_hosts = diagrams.choice(hosts, of_nodes, of_pods)
        cuts: Meant = {}
        for condition, bits in ((of_pods, pods), (of_hosts, self.ends.on_host)):
            cuts[condition] = cuts.get(condition, 0) | bits
        found = refined(meant, cuts, diagrams.both, diagrams.full)
        found.pop(NEVER, None)
        return found

    # --- NetworkPolicy -------------------------------------------------------------------------------------

    @property
    def plain_pods(self) -> int:
        """The pods off the host network."""
        return self.ends.pods & ~self.ends.on_host

    def selectable(self, meant: Meant) -> Meant:
        """Return those of `meant` whom NetworkPolicies know as pods (NP-43)."""
        like_a_pod = self.diagrams.complement(self.context.reading("host_network"))
        found = refined(meant, {like_a_pod: self.ends.on_host}, self.diagrams.both, self.diagrams.full)
        found.pop(NEVER, None)
        return found

    def of_rule(self, peers: Sequence[NetworkPolicyPeer], namespace: str, end: End) -> Meant:
        """Return whom `from` or `to` of a NetworkPolicy's rule means (NP-10)."""
        if not peers:
            return {self.diagrams.full: self.ends.all}
        blocks = [peer.ip_block for peer in peers if peer.ip_block is not None]
        node_ip = self.context.reading("host_network")
        at_addresses = self._seen(self._in_blocks(blocks, end), pods=self.plain_pods, hosts=node_ip)
        pods = (self._pods(peer, namespace, end) for peer in peers if peer.ip_block is None)
        return self._union((at_addresses, *pods))

    def _pods(self, peer: NetworkPolicyPeer, namespace: str, end: End) -> Meant:
        selectors = self.context.selectors
        if peer.namespace_selector is None:
            within: Meant = {self.diagrams.full: self.ends.by_namespace.get(namespace, 0)}
        else:
            within = selectors.namespaces(peer.namespace_selector)
        return self.selectable(self._met(within, selectors.pods(peer.pod_selector, end)))

    def own_node(self) -> Meant:
        """Return who is traffic of a pod's own node, if they share one (NP-41, NP-43)."""
        same = self.diagrams.asks(SAME_NODE)
        condition = self.diagrams.both(same, self.context.reading("host_network"))
        return {condition: self.ends.on_host} if self.ends.on_host and condition != NEVER else {}

    # --- tiers ---------------------------------------------------------------------------------------------

    def subjects(self, pods: PodSet, end: End) -> Meant:
        """Return the pods of a subject or a peer; on the host network nobody is (NP-44)."""
        selectors = self.context.selectors
        found = self._met(selectors.namespaces(pods.namespaces), selectors.pods(pods.pods, end))
        return {
            condition: bits & ~self.ends.on_host
            for condition, bits in found.items()
            if bits & ~self.ends.on_host
        }

    def of_tiered_rule(self, peers: Iterable[Peer], end: End) -> Meant:
        """Return whom the peers of a tier's rule mean, all of them known (ANP-8)."""
        return self._union(self._tiered_peer(peer, end) for peer in peers)

    def _tiered_peer(self, peer: Peer, end: End) -> Meant:
        match peer:
            case PodSet():
                return self.subjects(peer, end)
            case NetworkSet():
                within = self._in_blocks(peer.blocks, end)
                return self._seen(within, pods=self.plain_pods, hosts=self.diagrams.full)
            case NodeSet():
                return self._on_nodes(peer, end)
            case DomainNames():
                names = (Atom(Kind.DOMAIN_NAME, value=name) for name in peer.names)
                return {self.diagrams.any_of(map(self.diagrams.asks, names)): self.ends.outside}
            case UnknownPeer():
                raise ValueError(f"expected a peer that is known, found `{peer.field}`")
            case _:
                assert_never(peer)

    def _on_nodes(self, peer: NodeSet, end: End) -> Meant:
        """Return the host-network pods on such nodes (ANP-10, CNP-10)."""
        found: Meant = {}
        for shape in self.ends.shapes:
            if shape.host_network:
                condition = self._on_node(peer, shape.node, end)
                found[condition] = found.get(condition, 0) | 1 << shape.index
        found.pop(NEVER, None)
        return found

    def _on_node(self, peer: NodeSet, node: str | None, end: End) -> Value:
        if not label_set(peer.nodes).keys:
            return self.diagrams.full
        if node is not None:
            return self._node_matches(peer, self.ends.nodes[node])
        diagrams = self.diagrams
        places = [diagrams.asks(Atom(Kind.NODE, end, value=name)) for name in self.ends.nodes]
        somewhere = diagrams.any_of(
            diagrams.both(place, self._node_matches(peer, known))
            for place, known in zip(places, self.ends.nodes.values(), strict=True)
        )
        elsewhere = diagrams.complement(diagrams.any_of(places))
        return diagrams.either(somewhere, diagrams.both(elsewhere, self._node_matches(peer, Node(ELSEWHERE))))

    def _node_matches(self, peer: NodeSet, node: Node) -> Value:
        wanted = label_set(peer.nodes)
        if node.labels is not None:
            return self.diagrams.full if wanted.holds(node.labels) else NEVER
        return self.diagrams.all_of(
            self.context.selectors.unknown_label(Kind.NODE_LABEL, node.name, key, values)
            for key, values in wanted.keys.items()
        )

    # --- sets ----------------------------------------------------------------------------------------------

    def _met(self, one: Meant, other: Meant) -> Meant:
        found = refined(one, other, self.diagrams.both, NEVER)
        found.pop(NEVER, None)
        return found

    def _union(self, parts: Iterable[Meant]) -> Meant:
        found: Meant = {NEVER: self.ends.all}
        for part in parts:
            found = refined(found, part, self.diagrams.either, NEVER)
        found.pop(NEVER, None)
        return found
