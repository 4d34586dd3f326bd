"""What can make a difference: addresses, ports, labels, up to what policies and a property tell apart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_network
from itertools import pairwise
from random import Random

from verifier.flow import MAX_PORT, MIN_PORT, Address, External, Protocol
from verifier.internet import INTERNET, NOT_EXTERNAL
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort
from verifier.manifest.tiers import DomainNames, NetworkSet, NodeSet, Peer, PodSet, TieredPolicy, UnknownPeer
from verifier.manifest.tiers import NamedPort as BareName
from verifier.population import DEFAULT_POD_CIDRS, METADATA_NAME, Cidr, Population
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Isolate,
    NamedPort,
    PortRange,
    Ports,
    Statement,
    World,
)
from verifier.semantics import membership_faults, parse_cidr
from verifier.semantics.addresses import in_cidr

OTHER = ("unsaid", "unsaid-too")


@dataclass
class Said:
    """Everything that some policies and a statement mention."""

    pod_selectors: list[LabelSelector] = field(default_factory=list)
    namespace_selectors: list[LabelSelector] = field(default_factory=list)
    blocks: list[IPBlock] = field(default_factory=list)
    entries: list[NetworkPolicyPort] = field(default_factory=list)
    ports: Ports = ()
    nodes: bool = False
    internet: bool = False
    spans: list[tuple[Protocol, int, int]] = field(default_factory=list)
    bare_names: set[str] = field(default_factory=set)
    node_selectors: list[LabelSelector] = field(default_factory=list)
    domain_names: set[str] = field(default_factory=set)

    def policy(self, policy: NetworkPolicy) -> None:
        self._pods(policy.spec.pod_selector)
        for ingress in policy.spec.ingress or ():
            self._rule(ingress.from_ or (), ingress.ports or ())
        for egress in policy.spec.egress or ():
            self._rule(egress.to or (), egress.ports or ())

    def tier(self, policy: TieredPolicy) -> None:
        self._peer(policy.subject)
        for rule in (*policy.ingress, *policy.egress):
            for peer in rule.peers:
                self._peer(peer)
            for port in rule.ports or ():
                if isinstance(port, BareName):
                    self.bare_names.add(port.name)
                else:
                    self.spans.append((port.protocol, port.first, port.last))

    def _peer(self, peer: Peer) -> None:
        match peer:
            case PodSet():
                self.pod_selectors.append(peer.pods)
                self.namespace_selectors.append(peer.namespaces)
            case NetworkSet():
                self.blocks.extend(peer.blocks)
            case NodeSet():
                self.node_selectors.append(peer.nodes)
            case DomainNames():
                self.domain_names.update(peer.names)
            case UnknownPeer():
                pass

    def statement(self, statement: Statement) -> None:
        if isinstance(statement, Isolate):
            self.namespace_selectors.append(statement.namespaces)
            exists = {"key": statement.by, "operator": "Exists"}
            self.namespace_selectors.append(LabelSelector.model_validate({"matchExpressions": [exists]}))
            self.ports = statement.ports
        elif isinstance(statement, Cover):
            self._endpoints(statement.pods)
        else:
            self._endpoints(statement.source)
            self._endpoints(statement.destination)
            self.ports = statement.ports

    def _pods(self, selector: LabelSelector | None) -> None:
        if selector is not None:
            self.pod_selectors.append(selector)

    def _rule(self, peers: Iterable[NetworkPolicyPeer], ports: Iterable[NetworkPolicyPort]) -> None:
        for peer in peers:
            self._pods(peer.pod_selector)
            if peer.namespace_selector is not None:
                self.namespace_selectors.append(peer.namespace_selector)
            if peer.ip_block is not None:
                self.blocks.append(peer.ip_block)
        self.entries.extend(ports)

    def _endpoints(self, endpoints: Endpoints) -> None:
        for selection in endpoints:
            self._pods(selection.pod_selector)
            if selection.namespace_selector is not None:
                self.namespace_selectors.append(selection.namespace_selector)
            if selection.ip_block is not None:
                self.blocks.append(selection.ip_block)
            self.nodes |= selection.nodes
            self.internet |= selection.internet
            self._endpoints(selection.excluded)

    def port_names(self) -> list[tuple[str, Protocol]]:
        found = {(p.name, p.protocol) for p in self.ports if isinstance(p, NamedPort)}
        for entry in self.entries:
            if isinstance(entry.port, str):
                found.add((entry.port, entry.protocol or Protocol.TCP))
        found |= {(name, protocol) for name in self.bare_names for protocol in Protocol}
        return sorted(found)


def said_by(policies: Iterable[NetworkPolicy], tiers: Iterable[TieredPolicy], statement: Statement) -> Said:
    said = Said()
    for policy in policies:
        said.policy(policy)
    for tiered in tiers:
        said.tier(tiered)
    said.statement(statement)
    return said


def label_values(selectors: Iterable[LabelSelector]) -> dict[str, tuple[str, ...]]:
    """Every key that is mentioned, with its mentioned values and two that nobody mentions (S-3)."""
    found: dict[str, set[str]] = {}
    for selector in selectors:
        for key, value in (selector.match_labels or {}).items():
            found.setdefault(key, set()).add(value)
        for requirement in selector.match_expressions or ():
            found.setdefault(requirement.key, set()).update(requirement.values or ())
    return {key: (*sorted(values), *OTHER) for key, values in sorted(found.items())}


def port_atoms(said: Said, declared: Iterable[int]) -> list[tuple[Protocol, int]]:
    """One (protocol, number) for each way to meet the mentioned ports, from the boundaries."""
    numbers = {MIN_PORT, MAX_PORT, 40000, *declared}
    ranges: list[tuple[Protocol | None, int, int]] = []
    for entry in said.entries:
        if isinstance(entry.port, int):
            protocol = entry.protocol or Protocol.TCP
            ranges += [
                (protocol, entry.port, entry.port),
                (protocol, entry.port, entry.end_port or entry.port),
            ]
    ranges += [(p.protocol, p.low, p.high) for p in said.ports if isinstance(p, PortRange)]
    ranges += said.spans
    for _, low, high in ranges:
        numbers |= {low - 1, low, low + 1, high - 1, high, high + 1}
    known = set(declared)
    found: dict[object, tuple[Protocol, int]] = {}
    for protocol in Protocol:
        for number in sorted(n for n in numbers if MIN_PORT <= n <= MAX_PORT):
            met = tuple(of in (None, protocol) and low <= number <= high for of, low, high in ranges)
            found.setdefault((protocol, met, number if number in known else None), (protocol, number))
    return list(found.values())


@dataclass(frozen=True)
class AddressClass:
    """Addresses that nobody can tell apart. `reps`: some of them, from its boundaries; all if it is small."""

    version: int
    reps: tuple[Address, ...]
    roomy: bool
    for_pods: bool
    for_nodes: bool
    for_externals: bool


Seen = tuple[int, tuple[bool, ...], bool, bool, bool, bool]


def address_classes(
    said: Said, population: Population, dice: Random, needed: int, *, externals: bool
) -> list[AddressClass]:
    """Return the classes. One is roomy if `needed` endpoints can have different addresses of it."""
    network = population.network
    pods = network.unknown_pod_cidrs
    nodes = DEFAULT_POD_CIDRS if network.node_cidrs is None else network.node_cidrs
    blocks = [parse_cidr(text) for block in said.blocks for text in (block.cidr, *(block.except_ or ()))]
    known = {address for w in population.workloads for address in w.addresses or ()}
    known |= {address for node in population.nodes for address in node.addresses}
    singled = [ip_network(f"{address}/{address.max_prefixlen}") for address in sorted(known, key=str)]
    declared = [
        c for cidrs in (network.pod_cidrs, network.service_cidrs, network.node_cidrs) for c in cidrs or ()
    ]
    table = [*NOT_EXTERNAL, *declared] if externals else []
    parts = INTERNET if externals and said.internet else ()
    internet = [cidr for part in parts for cidr in (part.cidr, *part.without)]
    found: dict[Seen, list[tuple[int, int]]] = {}
    for version in (4, 6):
        for low, high in _intervals([*blocks, *pods, *nodes, *singled, *table, *internet], version):
            address = _make(version, low)
            if address in known:
                continue
            signature = (
                version,
                tuple(in_cidr(cidr, address) for cidr in blocks),
                _in(address, pods),
                _in(address, nodes),
                externals and not membership_faults([External(address)], population, World.SNAPSHOT, True),
                any(in_cidr(part.cidr, address) and not _in(address, part.without) for part in parts),
            )
            found.setdefault(signature, []).append((low, high))
    classes = []
    for signature, intervals in found.items():
        version, _, for_pods, for_nodes, for_externals, _ = signature
        if for_pods or for_nodes or for_externals:
            size = sum(high - low + 1 for low, high in intervals)
            reps = [_make(version, number) for number in _edges(intervals, needed)]
            if size >= needed:
                dice.shuffle(reps)
            classes.append(
                AddressClass(version, tuple(reps), size >= needed, for_pods, for_nodes, for_externals)
            )
    return [*classes, *_of_hosts(population, nodes, needed)]


def _of_hosts(population: Population, nodes: Iterable[Cidr], needed: int) -> Iterator[AddressClass]:
    """Known addresses of nodes, each a class: distinctness binds pods off the host network (S-2)."""
    workloads = population.workloads
    ordinary = {a for w in workloads if not w.host_network for a in w.addresses or ()}
    hosts = {a for w in workloads if w.host_network for a in w.addresses or ()}
    hosts |= {address for node in population.nodes for address in node.addresses}
    for address in sorted(hosts - ordinary, key=str):
        if _in(address, nodes):
            yield AddressClass(address.version, (address,) * needed, True, False, True, False)


def _in(address: Address, cidrs: Iterable[Cidr]) -> bool:
    return any(in_cidr(cidr, address) for cidr in cidrs)


def _make(version: int, number: int) -> Address:
    return IPv4Address(number) if version == 4 else IPv6Address(number)


def _intervals(cidrs: Iterable[Cidr], version: int) -> Iterator[tuple[int, int]]:
    top = 1 << (32 if version == 4 else 128)
    cuts = {0, top}
    for cidr in cidrs:
        if cidr.version == version:
            cuts |= {int(cidr.network_address), int(cidr.broadcast_address) + 1}
    ordered = sorted(cuts)
    for low, above in pairwise(ordered):
        yield low, above - 1


def _edges(intervals: Sequence[tuple[int, int]], needed: int) -> list[int]:
    """At least `needed` numbers from the ends of the intervals inwards, or all there are."""
    found: dict[int, None] = {}
    for depth in range(needed):
        for low, high in intervals:
            if low + depth <= high - depth:
                found[low + depth] = found[high - depth] = None
        if len(found) >= needed:
            break
    return list(found)[: max(needed, 2)]


def pod_keys(said: Said) -> dict[str, tuple[str, ...]]:
    return label_values(said.pod_selectors)


def namespace_keys(said: Said, population: Population) -> dict[str, tuple[str, ...]]:
    """A key that is compared keeps the values that existing namespaces have of it."""
    found = label_values(said.namespace_selectors)
    for key in found:
        own = {
            n.labels[key] for n in population.namespaces.values() if n.labels is not None and key in n.labels
        }
        found[key] = (*sorted(own | set(found[key])),)
    found.pop(METADATA_NAME, None)
    return found
