"""What one side of a namespace admits, by trying everybody: the reference reading over atoms.

Atoms that all selectors, peers and entries treat alike are one; the comparison is over all triples (isolated
pod, other end, port) that are left, under every reading at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import product

from tests.differential.atoms import Said, label_values
from tests.differential.people import boundaries
from verifier.flow import (
    MAX_PORT,
    MIN_PORT,
    Address,
    ContainerPort,
    Direction,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    PodNamespace,
    Protocol,
)
from verifier.manifest.network_policy import NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.population import METADATA_NAME, Namespace
from verifier.readings import Readings
from verifier.semantics import effective_policy_types, label_selector_matches, parse_cidr
from verifier.semantics.rules import peers_match, ports_match
from verifier.solver.equivalence import Part

Signature = tuple[bool, ...]
FRESH = (ip_address("198.18.0.1"), ip_address("3fff::1"))


@dataclass(frozen=True)
class WrittenRule:
    """A rule of a policy that counts, whole."""

    policy: NetworkPolicy
    direction: Direction
    index: int
    peers: Sequence[NetworkPolicyPeer]
    ports: Sequence[NetworkPolicyPort]


def rules(policies: Sequence[NetworkPolicy], direction: Direction) -> list[WrittenRule]:
    found = []
    for policy in policies:
        if direction not in effective_policy_types(policy):
            continue
        if direction is Direction.INGRESS:
            each = [(rule.from_ or (), rule.ports or ()) for rule in policy.spec.ingress or ()]
        else:
            each = [(rule.to or (), rule.ports or ()) for rule in policy.spec.egress or ()]
        found += [WrittenRule(policy, direction, index, *rule) for index, rule in enumerate(each)]
    return found


class BruteSide:
    """One direction of one namespace."""

    def __init__(
        self, namespaces: Mapping[str, Namespace], policies: Sequence[NetworkPolicy], direction: Direction
    ) -> None:
        self.direction = direction
        self.policies = [p for p in policies if direction in effective_policy_types(p)]
        self.rules = rules(policies, direction)
        self.namespace = policies[0].namespace
        self.said = Said()
        for policy in policies:
            self.said.policy(policy)
        self.peers = list(self._peers())
        self.entries = list(dict.fromkeys((id(e), e) for rule in self.rules for e in rule.ports))
        self.selectors = [policy.spec.pod_selector for policy in self.policies]
        keys = label_values(self.said.pod_selectors)
        pods = list(label_maps(keys))
        self.subjects = {
            tuple(selector is None or label_selector_matches(selector, labels) for selector in self.selectors)
            for labels in pods
        }
        self.fars = set(self._fars(namespaces, pods))
        self.ports = set(self._ports())

    def _peers(self) -> Iterator[tuple[tuple[int, int, int, tuple[int, ...]], NetworkPolicyPeer]]:
        """Every peer, and every peer with some of its `except` taken out."""
        for number, rule in enumerate(self.rules):
            for index, peer in enumerate(rule.peers):
                block = peer.ip_block
                holes = range(len(block.except_ or ()) if block is not None else 0)
                for gone in subsets(holes):
                    shown = peer
                    if block is not None and gone:
                        left = tuple(h for i, h in enumerate(block.except_ or ()) if i not in gone)
                        shown = NetworkPolicyPeer.model_construct(
                            ip_block=block.model_copy(update={"except_": left})
                        )
                    yield (number, index, len(gone), gone), shown

    # --- atoms ---------------------------------------------------------------------------------------------

    def _fars(
        self, namespaces: Mapping[str, Namespace], pods: Sequence[Mapping[str, str]]
    ) -> Iterator[tuple[bool, Signature]]:
        blocks = [parse_cidr(text) for b in self.said.blocks for text in (b.cidr, *(b.except_ or ()))]
        addresses = [*boundaries(blocks), *FRESH]
        readings = [
            Readings(cidr_matches_pods=pods_too, cidr_matches_nodes=nodes_too)
            for pods_too, nodes_too in product((True, False), repeat=2)
        ]
        for address, reading in product(addresses, readings):
            yield False, self._met(External(address), address, reading)
            yield False, self._met(Node("n", (address,)), address, reading)
        # Which address a pod has and which labels are independent: blocks see one, selectors the other.
        for space in self._spaces(namespaces):
            for labels in pods:
                plain = self._met(Pod(space, "far", labels), FRESH[0], Readings(cidr_matches_pods=False))
                yield True, plain
                for seen in {self._met(External(a), a, Readings()) for a in addresses}:
                    yield True, tuple(one or other for one, other in zip(plain, seen, strict=True))

    def _met(self, end: Endpoint, address: Address, reading: Readings) -> Signature:
        return tuple(peers_match([peer], self.namespace, end, address, reading) for _, peer in self.peers)

    def _spaces(self, namespaces: Mapping[str, Namespace]) -> Iterator[PodNamespace]:
        mentioned = label_values(self.said.namespace_selectors)
        names = set(mentioned.pop(METADATA_NAME, ())) | {"brand-new"}
        for namespace in namespaces.values():
            if namespace.labels is not None:
                yield PodNamespace(namespace.name, namespace.labels)
            else:
                names.add(namespace.name)
        for name in names - {n.name for n in namespaces.values() if n.labels is not None}:
            for labels in label_maps(mentioned):
                yield PodNamespace(name, labels)

    def _ports(self) -> Iterator[tuple[bool, Signature]]:
        """Whether only a pod can have it (its port has a name), and which entries match."""
        edges = {MIN_PORT, MAX_PORT, 40000}
        for _, entry in self.entries:
            if isinstance(entry.port, int):
                for edge in (entry.port, entry.end_port or entry.port):
                    edges |= {edge - 1, edge, edge + 1}
        names = sorted({entry.port for _, entry in self.entries if isinstance(entry.port, str)})
        readings = [
            Readings(endport_support=ranges, sctp_support=sctp, named_port_duplicates=twice)
            for ranges, sctp in product((True, False), repeat=2)
            for twice in ("any", "first")
        ]
        space = PodNamespace("a")
        for number in sorted(edge for edge in edges if MIN_PORT <= edge <= MAX_PORT):
            for protocol in Protocol:
                for called in subsets(names):
                    declared = tuple(ContainerPort(number, protocol, name) for name in called)
                    destination = Pod(space, "to", ports=declared)
                    flow = Flow(Pod(space, "from"), destination, FRESH[0], FRESH[0], protocol, number)
                    for reading in readings:
                        met = tuple(ports_match([entry], flow, reading) for _, entry in self.entries)
                        yield bool(called), met

    # --- comparing -----------------------------------------------------------------------------------------

    def admitted(self, removed: Collection[Part]) -> dict[tuple[Signature, bool, Signature, Signature], bool]:
        """Return, for every triple, whether the side says yes when `removed` have been taken out."""
        found = {}
        peers = {key: index for index, (key, _) in enumerate(self.peers)}
        entries = {key: index for index, (key, _) in enumerate(self.entries)}
        kept = [index for index, p in enumerate(self.policies) if Part(p.title) not in removed]
        each = [
            self._columns(number, rule, removed, peers, entries) for number, rule in enumerate(self.rules)
        ]
        live = [
            (self.policies.index(rule.policy), *columns)
            for rule, columns in zip(self.rules, each, strict=True)
        ]
        live = [rule for rule in live if rule[0] in kept]
        far_rows = {
            (pod, far): frozenset(
                i for i, rule in enumerate(live) if rule[1] is None or any(far[at] for at in rule[1])
            )
            for pod, far in self.fars
        }
        port_rows = {
            (named, port): frozenset(
                i for i, rule in enumerate(live) if rule[2] is None or any(port[at] for at in rule[2])
            )
            for named, port in self.ports
        }
        for subject in self.subjects:
            isolated = any(subject[index] for index in kept)
            mine = frozenset(i for i, rule in enumerate(live) if subject[rule[0]])
            for (pod, far), by_far in far_rows.items():
                for (named, port), by_port in port_rows.items():
                    if named and not pod and self.direction is Direction.EGRESS:
                        continue
                    yes = not isolated or bool(mine & by_far & by_port)
                    found[subject, pod, far, (named, *port)] = yes
        return found

    def _columns(
        self,
        number: int,
        rule: WrittenRule,
        removed: Collection[Part],
        peers: Mapping[tuple[int, int, int, tuple[int, ...]], int],
        entries: Mapping[int, int],
    ) -> tuple[list[int] | None, list[int] | None]:
        part = (rule.policy.title, rule.direction, rule.index)
        if Part(*part) in removed:
            return [], []
        far: list[int] | None = None
        if rule.peers:
            far = []
            for index, peer in enumerate(rule.peers):
                if Part(*part, peer=index) in removed:
                    continue
                count = len(peer.ip_block.except_ or ()) if peer.ip_block is not None else 0
                gone = tuple(h for h in range(count) if Part(*part, peer=index, hole=h) in removed)
                far.append(peers[number, index, len(gone), gone])
        port: list[int] | None = None
        if rule.ports:
            port = [
                entries[id(entry)]
                for index, entry in enumerate(rule.ports)
                if Part(*part, port=index) not in removed
            ]
        return far, port


def label_maps(keys: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    choices = [[None, *values[:-1]] for values in keys.values()]  # one value that nobody mentions will do
    for values in product(*choices):
        yield {key: value for key, value in zip(keys, values, strict=True) if value is not None}


def subsets(things: Sequence[object]) -> Iterator[tuple]:  # type: ignore[type-arg]
    for picks in product((False, True), repeat=len(things)):
        yield tuple(thing for thing, pick in zip(things, picks, strict=True) if pick)
