"""What tiers say of a side, by trying everybody: the reference reading over atoms.

Whom all subjects, peers and NetworkPolicies treat alike are one; so are ports. What is left is put together
to concrete flows, each asked under every reading and in every order of the ties.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_address
from itertools import permutations, product

from tests.analyses.lint.brute_sides import label_maps, subsets
from tests.differential.atoms import Said, label_values
from tests.differential.people import boundaries
from tests.strategies import DOMAIN_NAMES
from verifier.cluster import Cluster
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
    Surroundings,
)
from verifier.internet import on_the_internet
from verifier.manifest.tiers import TieredPolicy, UnknownPeer
from verifier.population import METADATA_NAME
from verifier.readings import Readings
from verifier.semantics import label_selector_matches, parse_cidr
from verifier.semantics.rules import peers_match, ports_match
from verifier.semantics.tiers import in_pod_set, peer_matches, port_matches

NEW = ("new-one", "new-two")
ELSEWHERE = ("198.18.0.1", "203.0.113.1", "3fff::1")  # not on the internet, and on it in each family
HERE = ip_address("10.9.9.9")
HOME = Node("home", (HERE,), {})


@dataclass(frozen=True)
class Case:
    """A flow with all that its decision hangs on; `settled`: the subject's namespace exists."""

    subject: Pod
    flow: Flow
    readings: Readings
    around: Surroundings
    settled: bool


@dataclass(frozen=True)
class _Far:
    end: Endpoint
    address: Address
    readings: Readings
    names: frozenset[str] = frozenset()


class Everybody:
    """Every case that counts, of one direction of one cluster."""

    def __init__(self, cluster: Cluster, direction: Direction) -> None:
        self.cluster, self.direction = cluster, direction
        self.said = Said()
        for policy in cluster.policies:
            self.said.policy(policy)
        for tiered in cluster.tiers:
            self.said.tier(tiered)
        self.tiered = [rule for policy in cluster.tiers for rule in policy.rules(direction)]
        self.network = [
            (policy, *rule)
            for policy in cluster.policies
            for rule in (
                [(rule.from_, rule.ports) for rule in policy.spec.ingress or ()]
                if direction is Direction.INGRESS
                else [(rule.to, rule.ports) for rule in policy.spec.egress or ()]
            )
        ]
        self.pods = list(label_maps(label_values(self.said.pod_selectors)))
        self.nodes = [
            Node(f"n{number}", (HERE,), labels)
            for number, labels in enumerate(label_maps(label_values(self.said.node_selectors)))
        ]

    def orders(self) -> list[tuple[str, ...]]:
        """Every order of the ties, and no more."""
        tied = [
            [p.title for p in self.cluster.tiers if (p.tier, p.priority) == key]
            for key in {(p.tier, p.priority) for p in self.cluster.tiers}
        ]
        return [sum(each, ()) for each in product(*(list(permutations(group)) for group in tied))]

    @cached_property
    def cases(self) -> list[Case]:
        found = []
        for host in ("node-ip", "selectable"):
            base = Readings(host_network=host)
            if host == "node-ip" or any(w.host_network for w in self.cluster.population.workloads):
                found += list(self._cases(base))
        return found

    def _cases(self, base: Readings) -> Iterator[Case]:
        pairs: dict[Hashable, tuple[Pod, _Far]] = {}
        fars: dict[tuple[Hashable, Hashable], _Far] = {}
        for far in self._fars(base):
            end = far.end
            space = (end.namespace.name, tuple(end.namespace.labels.items())) if isinstance(end, Pod) else ()
            fars.setdefault((self._seen(far), space), far)
        for subject in self._subjects():
            mine = self._stands(subject, base)
            for (seen, _), far in fars.items():
                if (mine, seen) not in pairs and _agree(subject, far.end):
                    pairs[mine, seen] = (subject, far)
        for (subject, far), port in product(pairs.values(), self._ports()):
            case = self._case(subject, far, *port)
            if case is not None:
                yield case
                if self.cluster.policies and self.cluster.tiers:
                    yield replace(case, readings=replace(case.readings, baseline_handover="pod"))

    def _case(
        self,
        subject: Pod,
        far: _Far,
        number: int,
        protocol: Protocol,
        declared: tuple[ContainerPort, ...],
        ports: Readings,
    ) -> Case | None:
        ingress = self.direction is Direction.INGRESS
        source, destination = (far.end, subject) if ingress else (subject, far.end)
        if declared and not isinstance(destination, Pod):
            return None
        if isinstance(destination, Pod):
            destination = replace(destination, ports=declared)
        addresses = (far.address, HERE) if ingress else (HERE, far.address)
        names = {n: frozenset({far.address} if n in far.names else ()) for n in DOMAIN_NAMES}
        readings = replace(
            far.readings,
            endport_support=ports.endport_support,
            sctp_support=ports.sctp_support,
            named_port_duplicates=ports.named_port_duplicates,
        )
        flow = Flow(source, destination, *addresses, protocol, number)
        settled = subject.namespace.name in self.cluster.population.namespaces
        return Case(subject, flow, readings, Surroundings((HOME, *self.nodes), names), settled)

    # --- who ---------------------------------------------------------------------------------------------

    def _spaces(self) -> Iterator[PodNamespace]:
        namespaces = self.cluster.population.namespaces
        mentioned = label_values(self.said.namespace_selectors)
        names = set(mentioned.pop(METADATA_NAME, ())) | {*NEW, *namespaces}
        for name in sorted(names):
            known = namespaces[name].labels if name in namespaces else None
            for labels in label_maps(mentioned) if known is None else (known,):
                yield PodNamespace(name, labels)

    def _hosts(self) -> Iterator[Pod]:
        for workload in self.cluster.population.workloads:
            if workload.host_network:
                for space in self._spaces():
                    if space.name == workload.namespace:
                        yield Pod(space, workload.name, workload.labels, host_network=True)

    def _subjects(self) -> Iterator[Pod]:
        yield from (Pod(space, "subject", labels) for space in self._spaces() for labels in self.pods)
        yield from (replace(host, node=HOME.name) for host in self._hosts())

    def _fars(self, base: Readings) -> Iterator[_Far]:
        blocks = [parse_cidr(text) for b in self.said.blocks for text in (b.cidr, *(b.except_ or ()))]
        addresses = [*boundaries(blocks), *map(ip_address, ELSEWHERE)]
        deaf = replace(base, cidr_matches_pods=False, cidr_matches_nodes=False)
        for address in addresses:
            for names in subsets(sorted(self.said.domain_names)):
                yield _Far(External(address), address, base, frozenset(names))
        for reading, address in ((deaf, addresses[0]), *((base, address) for address in addresses)):
            for node in self.nodes:
                yield _Far(Node(node.name, (address,), node.labels), address, reading)
            for host, node in product(self._hosts(), self.nodes):
                yield _Far(replace(host, node=node.name, name="far"), address, reading)
            for space, labels in product(self._spaces(), self.pods):
                yield _Far(Pod(space, "far", labels), address, reading)

    def _stands(self, subject: Pod, base: Readings) -> Hashable:
        selected = tuple(
            policy.namespace == subject.namespace.name
            and (not subject.host_network or base.host_network == "selectable")
            and label_selector_matches(policy.spec.pod_selector, subject.labels)
            if policy.spec.pod_selector is not None
            else policy.namespace == subject.namespace.name
            for policy in self.cluster.policies
        )
        settled = subject.namespace.name in self.cluster.population.namespaces
        met = tuple(in_pod_set(policy.subject, subject) for policy in self.cluster.tiers)
        return met, selected, settled, subject.host_network

    def _seen(self, far: _Far) -> Hashable:
        around = Surroundings(
            tuple(self.nodes),
            {name: frozenset({far.address} if name in far.names else ()) for name in DOMAIN_NAMES},
        )
        tiered = tuple(
            any(
                not isinstance(peer, UnknownPeer)
                and peer_matches(peer, far.end, far.address, far.readings, around)
                for peer in rule.peers
            )
            for rule in self.tiered
        )
        network = tuple(
            peers_match((peer,), policy.namespace, far.end, far.address, far.readings)
            for policy, peers, _ in self.network
            for peer in peers or ()
        )
        plain = isinstance(far.end, Pod) and not far.end.host_network
        return tiered, network, *self.sorts(far.end), plain, far.readings.cidr_matches_pods

    def sorts(self, end: Endpoint) -> tuple[bool, bool, bool]:
        """Whether it is a pod, one of a namespace that does not exist, or an address of the internet."""
        pod = isinstance(end, Pod)
        new = isinstance(end, Pod) and end.namespace.name not in self.cluster.population.namespaces
        outside = isinstance(end, External) and on_the_internet(int(end.address), end.address.version)
        return pod, new, outside

    # --- ports -------------------------------------------------------------------------------------------

    def _ports(self) -> list[tuple[int, Protocol, tuple[ContainerPort, ...], Readings]]:
        edges = {MIN_PORT, 40000, *(edge for _, low, high in self.said.spans for edge in (low, high))}
        edges |= {e.port for e in self.said.entries if isinstance(e.port, int)}
        edges |= {e.end_port for e in self.said.entries if e.end_port is not None}
        edges |= {edge + step for edge in set(edges) for step in (-1, 1)}
        names = sorted({name for name, _ in self.said.port_names()})
        found: dict[Hashable, tuple[int, Protocol, tuple[ContainerPort, ...], Readings]] = {}
        for number, protocol in product(sorted(e for e in edges if MIN_PORT <= e <= MAX_PORT), Protocol):
            for declared in self._declared(number, protocol, names):
                for readings in _port_readings():
                    pod = Pod(PodNamespace("a"), "to", ports=declared)
                    flow = Flow(Pod(PodNamespace("a"), "from"), pod, HERE, HERE, protocol, number)
                    met = tuple(
                        rule.ports is None or any(port_matches(p, flow, readings) for p in rule.ports)
                        for rule in self.tiered
                    )
                    network = tuple(ports_match(ports, flow, readings) for *_, ports in self.network)
                    found.setdefault(
                        (met, network, bool(declared), readings == Readings()),
                        (number, protocol, declared, readings),
                    )
        return list(found.values())

    def _declared(
        self, number: int, protocol: Protocol, names: Sequence[str]
    ) -> Iterator[tuple[ContainerPort, ...]]:
        """No name for the port, one, or one that another port had before it (NP-25)."""
        yield ()
        others = [each for each in Protocol if each is not protocol]
        for name in names:
            own = ContainerPort(number, protocol, name)
            yield (own,)
            yield from ((ContainerPort(7, before, name), own) for before in (protocol, *others))


def _port_readings() -> Iterator[Readings]:
    for ranges, sctp in product((True, False), repeat=2):
        for twice in ("any", "first"):
            yield Readings(endport_support=ranges, sctp_support=sctp, named_port_duplicates=twice)


def _agree(subject: Pod, far: Endpoint) -> bool:
    """One namespace has one set of labels."""
    if not isinstance(far, Pod) or far.namespace.name != subject.namespace.name:
        return True
    return dict(far.namespace.labels) == dict(subject.namespace.labels)


def without(policy: TieredPolicy, direction: Direction, gone: Mapping[int, object]) -> TieredPolicy:
    """The policy without the rules of one direction whose indexes are in `gone`."""
    kept = tuple(rule for index, rule in enumerate(policy.rules(direction)) if index not in gone)
    if direction is Direction.INGRESS:
        return replace(policy, ingress=kept)
    return replace(policy, egress=kept)
