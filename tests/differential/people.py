"""Concrete endpoints and flows, drawn where two readings could part: at boundaries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from random import Random

from tests.strategies import DOMAIN_NAMES, NODE_LABELS, Vocabulary, chance, container_ports, labels, some
from verifier.flow import (
    MAX_PORT,
    MIN_PORT,
    Address,
    Endpoint,
    External,
    Flow,
    Node,
    Pod,
    PodNamespace,
    Protocol,
    Surroundings,
)
from verifier.manifest.tiers import TieredPolicy
from verifier.population import DEFAULT_POD_CIDRS, Cidr, Population, Workload
from verifier.semantics import parse_cidr
from verifier.semantics.addresses import in_cidr


def boundaries(cidrs: Iterable[Cidr]) -> list[Address]:
    """The ends of every CIDR, one address below and one above."""
    found: set[Address] = set()
    for cidr in cidrs:
        make = IPv4Address if cidr.version == 4 else IPv6Address
        low, high = int(cidr.network_address), int(cidr.broadcast_address)
        for number in (low - 1, low, low + 1, high - 1, high, high + 1):
            if 0 <= number < 1 << cidr.max_prefixlen:
                found.add(make(number))
    return sorted(found, key=lambda address: (address.version, int(address)))


def mentioned_cidrs(words: Vocabulary) -> list[Cidr]:
    texts = {cidr for cidr, _ in words.blocks} | {hole for _, holes in words.blocks for hole in holes}
    return [parse_cidr(text) for text in sorted(texts)]


def port_atoms(words: Vocabulary) -> list[int]:
    around = {number + step for number in words.ports for step in (-1, 0, 1)}
    return sorted(number for number in around if MIN_PORT <= number <= MAX_PORT)


@dataclass(frozen=True)
class Somewhere:
    """Addresses to draw from."""

    all: Sequence[Address]
    pods: Sequence[Address]
    nodes: Sequence[Address]


def somewhere(words: Vocabulary, population: Population) -> Somewhere:
    network = population.network
    cidrs = mentioned_cidrs(words)
    nodes = DEFAULT_POD_CIDRS if network.node_cidrs is None else network.node_cidrs
    every = boundaries([*cidrs, *network.unknown_pod_cidrs, *nodes, *(network.service_cidrs or ())])
    known = [address for w in population.workloads for address in w.addresses or ()]
    return Somewhere(
        every + known,
        [address for address in every if any(in_cidr(cidr, address) for cidr in network.unknown_pod_cidrs)],
        [address for address in every if any(in_cidr(cidr, address) for cidr in nodes)],
    )


class Cast:
    """Endpoints of one cluster in one completion: facts that nobody states are drawn once."""

    def __init__(self, dice: Random, words: Vocabulary, population: Population) -> None:
        self.dice, self.words, self.population = dice, words, population
        self.places = somewhere(words, population)
        self.dual_stack = chance(dice, 2)
        self._namespaces = {
            name: PodNamespace(
                name, dict(labels(dice, words.namespace_labels) if n.labels is None else n.labels)
            )
            for name, n in population.namespaces.items()
        }
        named = sorted({w.node for w in population.workloads if w.node is not None})
        self._node_names = [node.name for node in population.nodes] or [*named, "node", "node-2"]
        stated = {node.name: node.labels for node in population.nodes if node.labels is not None}
        everywhere = {*self._node_names, *named, "node", "node-2"}
        self._node_labels = {
            name: stated[name] if name in stated else labels(dice, NODE_LABELS) for name in sorted(everywhere)
        }
        self.shown = [pod for workload in population.workloads for pod in self._pods(workload)]
        self.nodes = [self._node(name) for name in self._node_names]

    def surroundings(self, tiers: Sequence[TieredPolicy]) -> Surroundings:
        """One order of ties, some addresses for each domain name, and the labels of every node."""
        outside = [address for address in self.places.all if chance(self.dice, 2)]
        names = {name: frozenset(some(self.dice, outside, len(outside))) for name in DOMAIN_NAMES}
        order = [policy.title for policy in tiers]
        self.dice.shuffle(order)
        nodes = tuple(Node(name, self._of_node(name), own) for name, own in sorted(self._node_labels.items()))
        return Surroundings(nodes, names, tuple(order))

    def endpoint(self) -> Endpoint:
        match self.dice.randrange(8):
            case 0:
                return External(self.dice.choice(self.places.all))
            case 1:
                return self.dice.choice(self.nodes)
            case 2 | 3:
                return self._hypothetical()
            case _:
                return self.dice.choice(self.shown)

    def flows(self, number: int) -> Iterator[Flow]:
        """At most `number` flows; ends that share no family are passed over."""
        for _ in range(number):
            source, destination = self.endpoint(), self.endpoint()
            if isinstance(destination, Pod) and destination.name == "any" and chance(self.dice, 3):
                source = replace(destination, name="any-other", addresses=self._addresses(self.places.pods))
            met = [
                (one, other)
                for one in addresses_of(source)
                for other in addresses_of(destination)
                if one.version == other.version
            ]
            if met:
                one, other = self.dice.choice(met)
                protocol, port = self._port(destination)
                yield Flow(source, destination, one, other, protocol, port)

    def _port(self, destination: Endpoint) -> tuple[Protocol, int]:
        declared = destination.ports if isinstance(destination, Pod) else ()
        if declared and chance(self.dice, 2):
            port = self.dice.choice(declared)
            return port.protocol, port.number
        return self.dice.choice(tuple(Protocol)), self.dice.choice(port_atoms(self.words))

    # --- who ---------------------------------------------------------------------------------------

    def _pods(self, workload: Workload) -> Iterator[Pod]:
        for suffix in ("",) if workload.single else ("-a", "-b"):
            added = {} if workload.single else dict.fromkeys(workload.controller_labels, "unsaid")
            for key in added:
                added[key] = self.dice.choice((*self.words.pod_labels[key], "unsaid"))
            known = workload.addresses
            node = workload.node or self.dice.choice([*self._node_names, "node", "node-2"])
            if known is None and workload.host_network:
                known = self._of_node(node)
            places = self.places.nodes if workload.host_network else self.places.pods
            yield Pod(
                self._namespaces[workload.namespace],
                workload.name + suffix,
                {**workload.labels, **added},
                workload.ports,
                known or self._addresses(places),
                workload.host_network,
                node,
                workload.owner,
            )

    def _of_node(self, name: str) -> tuple[Address, ...]:
        return next((node.addresses for node in self.population.nodes if node.name == name), ())

    def _node(self, name: str) -> Node:
        addresses = self._of_node(name) or self._addresses(self.places.nodes)
        return Node(name, addresses, self._node_labels[name])

    def _addresses(self, places: Sequence[Address]) -> tuple[Address, ...]:
        """What somebody of unknown address has: IPv4, and IPv6 in a dual-stack cluster."""
        families = {
            version: [address for address in places if address.version == version] for version in (4, 6)
        }
        declared = places is self.places.pods and self.population.network.pod_cidrs is not None
        declared = declared or (
            places is self.places.nodes and self.population.network.node_cidrs is not None
        )
        wanted = (4, 6) if declared or self.dual_stack else (4,)
        return tuple(self.dice.choice(families[version]) for version in wanted if families[version])

    def _hypothetical(self) -> Pod:
        new = ("z", "new")
        name = self.dice.choice((*self.population.namespaces, *self.population.namespaces, *new))
        namespace = self._namespaces.get(name) or PodNamespace(
            name, labels(self.dice, self.words.namespace_labels)
        )
        return Pod(
            namespace,
            "any",
            labels(self.dice, self.words.pod_labels),
            container_ports(self.dice, self.words),
            self._addresses(self.places.pods),
            node=self.dice.choice([*self._node_names, "node-2"]),
        )


def addresses_of(endpoint: Endpoint) -> tuple[Address, ...]:
    return (endpoint.address,) if isinstance(endpoint, External) else endpoint.addresses
