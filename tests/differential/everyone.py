"""Who can stand at an end of a flow, in every way that makes a difference (S-3 to S-5, S-13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, permutations, product
from math import prod
from random import Random

from tests.differential.atoms import (
    AddressClass,
    Said,
    address_classes,
    label_values,
    namespace_keys,
    pod_keys,
    port_atoms,
    said_by,
)
from verifier.cluster import Cluster
from verifier.flow import Address, Endpoint, External, Node, Pod, PodNamespace, Surroundings
from verifier.population import METADATA_NAME, Workload
from verifier.properties.spec.scope import Cover, Isolate, Only, Statement, World
from verifier.readings import FREE, READINGS, Readings
from verifier.semantics import ip_block_matches, label_selector_matches, namespace_labels, selects

FRESH_NODES = ("fresh", "fresh-too")
MOST_BITS = 6


class TooManyError(RuntimeError):
    """The enumeration would take too long."""


@dataclass(frozen=True)
class Option:
    """One way an endpoint can be. `small`: its addresses that few others could have instead."""

    endpoint: Endpoint
    small: frozenset[Address] = frozenset()


@dataclass(frozen=True)
class Global:
    """The part of a completion that is nobody's own."""

    readings: Readings
    namespaces: Mapping[str, PodNamespace]
    dual_stack: bool
    surroundings: Surroundings


class Given:
    """Which completions are asked about: all of them."""

    def holds_for_all(self, each: Global) -> bool:
        return True

    def holds_for(self, endpoint: Endpoint) -> bool:
        return True


class Everyone:
    """The endpoints of one cluster, statement and world, in the completions that are `given`."""

    def __init__(
        self,
        cluster: Cluster,
        statement: Statement,
        choices: Mapping[str, bool | str],
        world: World,
        dice: Random,
        *,
        new_namespaces_both: bool,
        given: Given | None = None,
    ) -> None:
        self.given = given or Given()
        self.statement, self.choices, self.world = statement, choices, world
        self.both = new_namespaces_both
        self.population = cluster.population
        self.tiers = cluster.tiers
        self.said: Said = said_by(cluster.policies, cluster.tiers, statement)
        self.pod_keys = pod_keys(self.said)
        self.node_keys = label_values(self.said.node_selectors)
        self.namespace_keys = namespace_keys(self.said, self.population)
        self.shown = [
            (workload, workload.name + suffix)
            for workload in self.population.workloads
            for suffix in (("",) if workload.single else ("-a", "-b"))
        ]
        self.node_names = self._node_names()
        self.classes: list[AddressClass] = address_classes(
            self.said,
            self.population,
            dice,
            len(self.shown) + len(self.node_names) + 2,
            externals=self._wants_externals(),
        )
        self.ports = port_atoms(
            self.said,
            {port.number for workload in self.population.workloads for port in workload.ports if port.name},
        )

    @cached_property
    def surroundings(self) -> list[Surroundings]:
        """Every order of ties, every set of addresses of a name, every labelling of nodes, up to sameness."""
        return [
            Surroundings(nodes, names, order)
            for order in self._orders()
            for names in self._names()
            for nodes in self._labelled_nodes()
        ]

    def _orders(self) -> list[tuple[str, ...]]:
        groups: dict[tuple[int, int], list[str]] = {}
        for policy in self.tiers:
            groups.setdefault((policy.tier.position, policy.priority), []).append(policy.title)
        return [tuple(chain(*order)) for order in product(*map(permutations, groups.values()))]

    @cached_property
    def outside(self) -> list[Address]:
        """The addresses outside the cluster that a flow may go to."""
        place = len(self.shown) + len(self.node_names) + 1
        classes = [c for c in self.classes if c.for_externals]
        reps = [rep for c in classes for rep in ((c.reps[place],) if c.roomy else c.reps)]
        return list(dict.fromkeys(reps))

    def _names(self) -> list[dict[str, frozenset[Address]]]:
        """An address of few alike is in a set by itself, others as the one of them that is looked at."""
        outside = self.outside
        names = sorted(self.said.domain_names)
        if len(outside) * len(names) > MOST_BITS:
            raise TooManyError
        sets = [
            frozenset(address for address, inside in zip(outside, bits, strict=True) if inside)
            for bits in product((False, True), repeat=len(outside))
        ]
        return [dict(zip(names, chosen, strict=True)) for chosen in product(sets, repeat=len(names))]

    def _labelled_nodes(self) -> list[tuple[Node, ...]]:
        declared = {node.name: node for node in self.population.nodes}
        ways: list[list[Node]] = []
        for name in dict.fromkeys([*self._nodes_in_play(), *declared]):
            own = declared.get(name, Node(name))
            alike: dict[tuple[bool, ...], Node] = {}
            for labels in [own.labels] if own.labels is not None else labellings(self.node_keys):
                seen = tuple(label_selector_matches(s, labels) for s in self.said.node_selectors)
                alike.setdefault(seen, Node(name, own.addresses, labels))
            ways.append(list(alike.values()))
        if prod(map(len, ways)) > 1 << MOST_BITS:
            raise TooManyError
        return list(product(*ways))

    @property
    def crowded(self) -> bool:
        """Whether some addresses are so few that not all who like can have one."""
        return not all(c.roomy for c in self.classes)

    # --- globals -----------------------------------------------------------------------------------

    def globals(self) -> Iterator[Global]:
        free = [row for row in READINGS if self.choices.get(row.name) == FREE]
        pinned = {row.name: self.choices.get(row.name, row.values[0]) for row in READINGS}
        network = self.population.network
        stacks = (False, True) if network.pod_cidrs is None or network.node_cidrs is None else (False,)
        undeclared = [name for name, n in self.population.namespaces.items() if n.labels is None]
        known = {
            name: PodNamespace(name, n.labels)
            for name, n in self.population.namespaces.items()
            if n.labels is not None
        }
        for values in product(*(row.values for row in free)):
            chosen = {**pinned, **{row.name: value for row, value in zip(free, values, strict=True)}}
            for labels in product(list(labellings(self.namespace_keys)), repeat=len(undeclared)):
                guessed = {n: PodNamespace(n, own) for n, own in zip(undeclared, labels, strict=True)}
                for dual_stack in stacks:
                    readings = Readings(**chosen)  # type: ignore[arg-type]
                    for around in self.surroundings:
                        each = Global(readings, {**known, **guessed}, dual_stack, around)
                        if self.given.holds_for_all(each):
                            yield each

    # --- who ---------------------------------------------------------------------------------------

    def _node_names(self) -> list[str]:
        declared = [node.name for node in self.population.nodes]
        named = sorted({w.node for w in self.population.workloads if w.node is not None} - set(declared))
        return [*declared, *named, *(() if declared else FRESH_NODES)]

    def _wants_externals(self) -> bool:
        if isinstance(self.statement, Isolate | Cover):
            return False
        ends = (*self.statement.source, *self.statement.destination)
        return isinstance(self.statement, Only) or any(selection.externals for selection in ends)

    def wants_nodes(self) -> bool:
        return self.said.nodes or isinstance(self.statement, Only)

    def placement_matters(self) -> bool:
        return self.wants_nodes() or any(workload.host_network for workload in self.population.workloads)

    def addresses(
        self, each: Global, place: int, *, on_node: bool
    ) -> Iterator[tuple[tuple[Address, ...], frozenset[Address]]]:
        """Where somebody of unknown address may be; `place` is that one's own among all who may need one."""
        network = self.population.network
        declared = network.node_cidrs if on_node else network.pod_cidrs
        versions = [4, *([6] if each.dual_stack else [])]
        if declared is not None:
            versions = sorted({cidr.version for cidr in declared})
        fitting = [
            [
                (rep, frozenset[Address]() if c.roomy else frozenset({rep}))
                for c in self.classes
                if c.version == version and (c.for_nodes if on_node else c.for_pods)
                for rep in ((c.reps[place],) if c.roomy else c.reps)
            ]
            for version in versions
        ]
        for chosen in product(*fitting):
            yield tuple(rep for rep, _ in chosen), frozenset().union(*(small for _, small in chosen))

    def pod_options(self, each: Global, place: int) -> list[Option]:
        workload, name = self.shown[place]
        added = {
            key: self.pod_keys[key][:-1] for key in sorted(workload.controller_labels) if key in self.pod_keys
        }
        unheard = dict.fromkeys(workload.controller_labels, "any")
        options: dict[object, Option] = {}
        for values in product(*added.values()):
            labels = {**workload.labels, **unheard, **dict(zip(added, values, strict=True))}
            for node in self._placements(workload):
                for addresses, small in self._addresses_of(workload, node, each, place):
                    pod = Pod(
                        each.namespaces[workload.namespace],
                        name,
                        labels,
                        workload.ports,
                        addresses,
                        workload.host_network,
                        node,
                        workload.owner,
                    )
                    if self.given.holds_for(pod):
                        options.setdefault((self.signature(pod), small), Option(pod, small))
        return list(options.values())

    def _placements(self, workload: Workload) -> Sequence[str]:
        if workload.node is not None:
            return [workload.node]
        if not self.placement_matters():
            return FRESH_NODES[:1]
        return list(dict.fromkeys([*self.node_names, *FRESH_NODES]))

    def _addresses_of(
        self, workload: Workload, node: str, each: Global, place: int
    ) -> Iterator[tuple[tuple[Address, ...], frozenset[Address]]]:
        known = workload.addresses
        if known is None and workload.host_network:
            known = next((n.addresses for n in self.population.nodes if n.name == node), None) or None
        if known is not None:
            yield known, frozenset()
        else:
            yield from self.addresses(each, place, on_node=workload.host_network)

    def node_options(self, each: Global, index: int) -> list[Option]:
        name = self.node_names[index]
        known = next((node.addresses for node in self.population.nodes if node.name == name), ())
        if known:
            return [Option(Node(name, known))]
        options: dict[object, Option] = {}
        for addresses, small in self.addresses(each, len(self.shown) + index, on_node=True):
            node = Node(name, addresses)
            if self.given.holds_for(node):
                options.setdefault((self.signature(node), small), Option(node, small))
        return list(options.values())

    def passers_by(self, each: Global, end: int) -> list[Option]:
        """Who is in no completion but may be at one end of a flow: external addresses, hypothetical pods."""
        place = len(self.shown) + len(self.node_names) + end
        options: dict[object, Option] = {}
        if self._wants_externals():
            for c in self.classes:
                for rep in ((c.reps[place],) if c.roomy else c.reps) if c.for_externals else ():
                    small = frozenset[Address]() if c.roomy else frozenset({rep})
                    external = External(rep)
                    options.setdefault((self.signature(external), small), Option(external, small))
        if self.world is World.ANY_POD:
            for namespace in self._all_namespaces(each):
                for labels in labellings(self.pod_keys):
                    for node in FRESH_NODES[:1] if not self.placement_matters() else self._nodes_in_play():
                        for addresses, small in self.addresses(each, place, on_node=False):
                            pod = Pod(namespace, f"any-{end}", labels, (), addresses, node=node)
                            options.setdefault((self.signature(pod), small), Option(pod, small))
        return list(options.values())

    def _nodes_in_play(self) -> list[str]:
        return list(dict.fromkeys([*self.node_names, *FRESH_NODES]))

    def _all_namespaces(self, each: Global) -> Iterator[PodNamespace]:
        yield from each.namespaces.values()
        if isinstance(self.statement, Isolate | Cover):
            return
        mentioned = {value for key, values in self._name_values() if key == METADATA_NAME for value in values}
        for name in (*sorted(mentioned - set(each.namespaces)), "brand-new", "brand-new-too"):
            for labels in labellings(self.namespace_keys):
                yield PodNamespace(name, labels)

    def _name_values(self) -> Iterator[tuple[str, Sequence[str]]]:
        for selector in self.said.namespace_selectors:
            yield from ((key, (value,)) for key, value in (selector.match_labels or {}).items())
            yield from ((r.key, r.values or ()) for r in selector.match_expressions or ())

    def signature(self, endpoint: Endpoint) -> object:
        """All that policies, the statement and the world can see of an endpoint, but for its ports."""
        said, statement = self.said, self.statement
        addresses = (endpoint.address,) if isinstance(endpoint, External) else endpoint.addresses
        ends = (
            ()
            if isinstance(statement, Isolate)
            else (statement.pods,)
            if isinstance(statement, Cover)
            else (
                statement.source,
                statement.destination,
            )
        )
        seen: list[object] = [
            type(endpoint),
            tuple(
                (
                    a.version,
                    tuple(ip_block_matches(b, a) for b in said.blocks),
                    tuple(selects(e, endpoint, a) for e in ends),
                )
                for a in addresses
            ),
        ]
        if isinstance(endpoint, Node):
            seen.append(endpoint.name)
        if isinstance(endpoint, Pod):
            own = namespace_labels(endpoint.namespace)
            existing = endpoint.namespace.name in self.population.namespaces
            name = endpoint.namespace.name if existing or self.both else None
            seen += [
                name,
                tuple(sorted(own.items())) if self.both and not existing else None,
                tuple(label_selector_matches(s, endpoint.labels) for s in said.pod_selectors),
                tuple(label_selector_matches(s, own) for s in said.namespace_selectors),
                endpoint.node,
                endpoint.host_network,
            ]
        return tuple(seen)


def addresses_of(endpoint: Endpoint) -> tuple[Address, ...]:
    return (endpoint.address,) if isinstance(endpoint, External) else endpoint.addresses


def labellings(keys: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    for values in product(*((None, *of) for of in keys.values())):
        yield {key: value for key, value in zip(keys, values, strict=True) if value is not None}
