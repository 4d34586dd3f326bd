"""The verdict by brute force: every completion, every flow, judged by the reference reading alone (S-1, S-11).

A completion is one choice of readings, of labels of undeclared namespaces, of one stack or two (all *global*), and
of the facts of each pod and node shown. Whether some completion has a violation, and whether some has none, is found
by backtracking over the facts: what two endpoints do to each other depends on nobody else, save that an address of
few alike may be taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from random import Random

from tests.differential.atoms import (
    AddressClass,
    Said,
    address_classes,
    namespace_keys,
    pod_keys,
    port_atoms,
    said_by,
)
from verifier.cluster import Cluster
from verifier.flow import Address, ContainerPort, Endpoint, External, Flow, Node, Pod, PodNamespace, Protocol
from verifier.manifest.network_policy import NetworkPolicy
from verifier.population import METADATA_NAME, Workload
from verifier.properties.spec.scope import Cover, Isolate, Only, Require, Statement, World
from verifier.readings import FREE, READINGS, Readings
from verifier.semantics import (
    decide,
    in_existing_namespaces,
    in_scope,
    ip_block_matches,
    label_selector_matches,
    membership_faults,
    namespace_labels,
    selects,
    uncovered,
)
from verifier.verdict import Word

BUDGET = 25_000
FRESH_NODES = ("fresh", "fresh-too")


class TooMany(RuntimeError):
    """The enumeration would take too long."""


class Impossible(RuntimeError):
    """No completion exists: there are not addresses enough."""


@dataclass
class Met:
    """What two endpoints (or one, for `cover`) have between them.

    `violated`: in every completion that has them; `needing`: if none of these addresses is somebody else's.
    """

    in_scope: bool = False
    violated: bool = False
    needing: set[frozenset[Address]] = field(default_factory=set)


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


@dataclass(frozen=True)
class Held:
    """Which policies' isolation, or for `require` whose rules, hold; what a proof rests on is asked with less."""

    isolating: tuple[NetworkPolicy, ...]
    admitting: tuple[NetworkPolicy, ...]

    def allows(self, flow: Flow, readings: Readings) -> bool:
        """Every side is open that nothing in `isolating` isolates, or that a rule of `admitting` opens."""
        one = decide(flow, self.isolating, readings)
        if self.isolating is self.admitting:
            return one.allowed
        other = decide(flow, self.admitting, readings)
        return (one.egress.allowed or other.egress.allowed) and (one.ingress.allowed or other.ingress.allowed)


class BruteForce:
    """One cluster, statement and world."""

    def __init__(
        self,
        cluster: Cluster,
        statement: Statement,
        choices: Mapping[str, bool | str],
        world: World,
        dice: Random,
        *,
        new_namespaces_both: bool = False,
        held: Held | None = None,
    ) -> None:
        self.cluster, self.statement, self.choices, self.world = cluster, statement, choices, world
        self.both = new_namespaces_both
        self.population = cluster.population
        self.held = held or Held(cluster.policies, cluster.policies)
        self.said: Said = said_by(cluster.policies, statement)
        self.pod_keys = pod_keys(self.said)
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
        self.work = 0

    # --- the verdict --------------------------------------------------------------------------------------------

    def verdict(self) -> Word:
        """Return the verdict.

        Raises:
            TooMany: see `BUDGET`.
            Impossible: there is no completion at all.
        """
        somewhere = clean = dirty = False
        for each in self._globals():
            game = _Game(self, each)
            if game.possible():
                somewhere = True
                clean = clean or game.has_clean()
                dirty = dirty or game.has_dirty()
                self.in_scope = getattr(self, "in_scope", False) or game.in_scope
        if not somewhere:
            raise Impossible
        if not dirty:
            return Word.PROVED if self.in_scope else Word.VACUOUS
        return Word.UNKNOWN if clean else Word.REFUTED

    @property
    def crowded(self) -> bool:
        """Whether some addresses are so few that not all who like can have one.

        Then two pods of a kind cannot both be where neither violates, and every completion has a violation, by one
        or the other; for the engine, which looks at one pod of a kind at a time, that depends.
        """
        return not all(c.roomy for c in self.classes)

    # --- globals ------------------------------------------------------------------------------------------------

    def _globals(self) -> Iterator[Global]:
        free = [row for row in READINGS if self.choices.get(row.name) == FREE]
        pinned = {row.name: self.choices.get(row.name, row.values[0]) for row in READINGS}
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
                for dual_stack in (False, True):
                    readings = Readings(**chosen)  # type: ignore[arg-type]
                    yield Global(readings, {**known, **guessed}, dual_stack)

    # --- who ----------------------------------------------------------------------------------------------------

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

    # --- what happens between them ------------------------------------------------------------------------------

    def between(self, each: Global, one: Option, other: Option) -> Met:
        """Return what the flows from `one` to `other` do."""
        met = Met()
        source, destination = one.endpoint, other.endpoint
        if not isinstance(source, Pod) and not isinstance(destination, Pod):
            return met
        if membership_faults([source, destination], self.population, self.world, self.both):
            return met
        if isinstance(self.statement, Isolate) and not in_existing_namespaces(
            (source, destination), self.population
        ):
            return met
        hypothetical = isinstance(destination, Pod) and destination.owner is None
        shown_small = frozenset(
            address
            for option in (one, other)
            for address in option.small
            if isinstance(option.endpoint, External)
            or (isinstance(option.endpoint, Pod) and option.endpoint.owner is None)
        )
        for a, b in product(_addresses(source), _addresses(destination)):
            if a.version != b.version:
                continue
            for protocol, port in self.ports:
                for ports in self._declarations(protocol, port) if hypothetical else (None,):
                    end = (
                        destination
                        if ports is None or not isinstance(destination, Pod)
                        else replace(destination, ports=ports)
                    )
                    self._judge(met, each, Flow(source, end, a, b, protocol, port), shown_small)
                    if met.violated:
                        return met
        return met

    def _judge(self, met: Met, each: Global, flow: Flow, small: frozenset[Address]) -> None:
        self.work += 1
        if self.work > BUDGET:
            raise TooMany
        assert not isinstance(self.statement, Cover)
        if not in_scope(self.statement, flow, each.readings):
            return
        met.in_scope = True
        if self.held.allows(flow, each.readings) is isinstance(self.statement, Require):
            return
        if small:
            met.needing.add(small)
        else:
            met.violated = True

    def _declarations(self, protocol: Protocol, port: int) -> Iterator[tuple[ContainerPort, ...]]:
        """A hypothetical pod declares this port under each name, or not, or only second to another number."""
        names = [name for name, of in self.said.port_names() if of is protocol]
        elsewhere = port - 1 if port > 1 else 2
        for how in product(("no", "first", "second"), repeat=len(names)):
            ports: list[ContainerPort] = []
            for name, way in zip(names, how, strict=True):
                if way == "second":
                    ports.append(ContainerPort(elsewhere, protocol, name))
                if way != "no":
                    ports.append(ContainerPort(port, protocol, name))
            yield tuple(ports)

    def alone(self, each: Global, option: Option) -> Met:
        """Return what one pod does to `cover`."""
        self.work += 1
        statement, pod = self.statement, option.endpoint
        assert isinstance(statement, Cover)
        if not isinstance(pod, Pod) or not in_existing_namespaces([pod], self.population):
            return Met()
        if membership_faults([pod], self.population, self.world, self.both):
            return Met()
        inside = uncovered(statement, pod, (), each.readings)
        bare = uncovered(statement, pod, self.held.isolating, each.readings)
        small = option.small if pod.owner is None else frozenset[Address]()
        return Met(bool(inside), bool(bare) and not small, {small} if bare and small else set())


def _addresses(endpoint: Endpoint) -> tuple[Address, ...]:
    return (endpoint.address,) if isinstance(endpoint, External) else endpoint.addresses


def labellings(keys: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    for values in product(*((None, *of) for of in keys.values())):
        yield {key: value for key, value in zip(keys, values, strict=True) if value is not None}


class _Game:
    """All completions that share their global part."""

    def __init__(self, brute: BruteForce, each: Global) -> None:
        self.brute, self.each = brute, each
        self.in_scope = False
        shown = range(len(brute.shown))
        nodes = range(len(brute.node_names)) if brute.wants_nodes() else ()
        self.entities = [
            *(brute.pod_options(each, place) for place in shown),
            *(brute.node_options(each, index) for index in nodes),
        ]
        self._pairs: dict[tuple[int, int, int, int], tuple[bool, Met]] = {}
        self._ones: dict[tuple[int, int], Met] = {}
        self._guests = brute.passers_by(each, 0), brute.passers_by(each, 1)
        self._among_guests = self._guests_alone()

    # --- tables -------------------------------------------------------------------------------------------------

    def _note(self, met: Met) -> Met:
        self.in_scope = self.in_scope or met.in_scope
        return met

    def _guests_alone(self) -> Met:
        found = Met()
        if isinstance(self.brute.statement, Cover):
            _join(found, (self.brute.alone(self.each, guest) for guest in self._guests[1]))
        else:
            _join(
                found,
                (self.brute.between(self.each, one, other) for one, other in product(*self._guests)),
            )
        return self._note(found)

    def _one(self, entity: int, option: int) -> Met:
        """What this endpoint does with all who pass by."""
        key = entity, option
        if key not in self._ones:
            own, brute, each = self.entities[entity][option], self.brute, self.each
            found = Met()
            if isinstance(brute.statement, Cover):
                found = brute.alone(each, own)
            else:
                _join(found, (brute.between(each, own, guest) for guest in self._guests[1]))
                _join(found, (brute.between(each, guest, own) for guest in self._guests[0]))
            self._ones[key] = self._note(found)
        return self._ones[key]

    def _pair(self, a: int, i: int, b: int, j: int) -> tuple[bool, Met]:
        """Whether two can be so at once, and what they do to each other."""
        key = a, i, b, j
        if key not in self._pairs:
            one, other = self.entities[a][i], self.entities[b][j]
            ends = (one.endpoint, other.endpoint)
            together = not membership_faults(ends, self.brute.population, self.brute.world, True)
            found = Met()
            if together and not isinstance(self.brute.statement, Cover):
                both = ((one, other), (other, one))
                _join(found, (self.brute.between(self.each, x, y) for x, y in both))
            self._pairs[key] = together, self._note(found)
        return self._pairs[key]

    # --- completions --------------------------------------------------------------------------------------------

    def possible(self) -> bool:
        return self._extend([], lambda met: False) is not None

    def has_clean(self) -> bool:
        """Whether some completion has no violation."""
        if self._among_guests.violated:
            return False
        return self._extend([], lambda met: met.violated, check_needs=True) is not None

    def has_dirty(self) -> bool:
        """Whether some completion has one."""
        if self._among_guests.violated:
            return True
        sizes = [range(len(options)) for options in self.entities]
        for entity, size in enumerate(sizes):
            for option in size:
                met = self._one(entity, option)
                if met.violated and self._completes({entity: option}):
                    return True
        for a in range(len(sizes)):
            for b in range(a):
                for i, j in product(sizes[a], sizes[b]):
                    together, met = self._pair(a, i, b, j)
                    if together and met.violated and self._completes({a: i, b: j}):
                        return True
        return self._needy()

    def _needy(self) -> bool:
        """Violations that need an address of few: looked for in every completion, if there are any at all."""
        everything = [self._among_guests, *self._ones.values()]
        if not any(met.needing for met in everything):
            return False
        return any(self._violated(completion) for completion in self._all([]))

    def _all(self, chosen: list[int]) -> Iterator[list[int]]:
        if len(chosen) == len(self.entities):
            yield chosen
            return
        for option in range(len(self.entities[len(chosen)])):
            self.brute.work += 1
            if self.brute.work > BUDGET:
                raise TooMany
            if all(self._pair(len(chosen), option, b, j)[0] for b, j in enumerate(chosen)):
                yield from self._all([*chosen, option])

    def _violated(self, completion: Sequence[int]) -> bool:
        """Whether a violation that needs addresses can have them in this completion."""
        taken = {
            address
            for entity, option in enumerate(completion)
            for address in _addresses(self.entities[entity][option].endpoint)
        }
        found = [self._among_guests, *(self._one(e, o) for e, o in enumerate(completion))]
        return any(not need & taken for met in found for need in met.needing)

    def _completes(self, given: Mapping[int, int]) -> bool:
        return self._extend([], lambda met: False, given=given) is not None

    def _extend(
        self,
        chosen: list[int],
        bad: object,
        *,
        given: Mapping[int, int] | None = None,
        check_needs: bool = False,
    ) -> list[int] | None:
        assert callable(bad)
        entity = len(chosen)
        if entity == len(self.entities):
            return None if check_needs and self._violated(chosen) else chosen
        options = range(len(self.entities[entity]))
        for option in options if given is None or entity not in given else (given[entity],):
            self.brute.work += 1
            if self.brute.work > BUDGET:
                raise TooMany
            if check_needs and bad(self._one(entity, option)):
                continue
            pairs = [
                self._pair(entity, option, b, j)
                if check_needs
                else (self._together(entity, option, b, j), Met())
                for b, j in enumerate(chosen)
            ]
            if all(together and not bad(met) for together, met in pairs):
                found = self._extend([*chosen, option], bad, given=given, check_needs=check_needs)
                if found is not None:
                    return found
        return None

    def _together(self, a: int, i: int, b: int, j: int) -> bool:
        ends = (self.entities[a][i].endpoint, self.entities[b][j].endpoint)
        return not membership_faults(ends, self.brute.population, self.brute.world, True)


def _join(into: Met, parts: Iterator[Met]) -> None:
    for part in parts:
        into.in_scope = into.in_scope or part.in_scope
        into.violated = into.violated or part.violated
        into.needing |= part.needing
        if into.violated and into.in_scope:
            return
