"""The verdict by brute force: all completions, all flows, judged by the reference reading (S-1, S-11).

A completion is one choice of readings, of labels of undeclared namespaces, of one stack or two (*global*),
and of the facts of each pod and node shown. Whether one has a violation, and whether one has none, is found
by backtracking over the facts: what two endpoints do to each other depends on nobody else, save that an
address of few alike may be taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from random import Random

from tests.differential.everyone import Everyone, Given, Global, Option, TooManyError, addresses_of
from tests.differential.held import Held
from verifier.cluster import Cluster
from verifier.flow import Address, ContainerPort, Endpoint, External, Flow, Pod, Protocol
from verifier.properties.spec.scope import Cover, Isolate, Require, Statement, World
from verifier.semantics import (
    FlowStatement,
    in_existing_namespaces,
    in_scope,
    membership_faults,
    uncovered,
)
from verifier.verdict import Word

BUDGET = 25_000


class ImpossibleError(RuntimeError):
    """No completion exists: there are not addresses enough."""


@dataclass
class Met:
    """What two endpoints (or one, for `cover`) have between them.

    `violated`: in every completion that has them; `needing`: if none of these addresses is somebody else's.
    """

    in_scope: bool = False
    violated: bool = False
    needing: set[frozenset[Address]] = field(default_factory=set)


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
        given: Given | None = None,
    ) -> None:
        """`given` says which completions to look at."""
        any_policy = world is World.ANY_POLICY
        world = World.ANY_POD if any_policy else world
        self.statement, self.world, self.population = statement, world, cluster.population
        self.both = new_namespaces_both
        self.held = held or Held(cluster, any_policy=any_policy)
        self.everyone = Everyone(
            cluster, statement, choices, world, dice, new_namespaces_both=new_namespaces_both, given=given
        )
        self.in_scope = False
        self.work = 0
        self._declared: dict[tuple[Protocol, int], tuple[tuple[ContainerPort, ...], ...]] = {}

    # --- the verdict -------------------------------------------------------------------------------

    def verdict(self) -> Word:
        """Return the verdict.

        Raises:
            TooManyError: see `BUDGET`.
            ImpossibleError: there is no completion at all.
        """
        somewhere = clean = dirty = False
        for each in self.everyone.globals():
            game = _Game(self, each)
            if game.possible():
                somewhere = True
                clean = clean or game.has_clean()
                dirty = dirty or game.has_dirty()
                self.in_scope = self.in_scope or game.in_scope
        if not somewhere:
            raise ImpossibleError
        if not dirty:
            return Word.PROVED if self.in_scope else Word.VACUOUS
        return Word.DEPENDS if clean else Word.REFUTED

    def possible(self) -> bool:
        """Whether there is any completion; raises what `verdict` does."""
        return any(_Game(self, each).possible() for each in self.everyone.globals())

    def clean(self) -> bool:
        """Whether some completion has no violation."""
        return any(_Game(self, each).has_clean() for each in self.everyone.globals())

    def spend(self) -> None:
        """Count one step.

        Raises:
            TooManyError: there have been too many.
        """
        self.work += 1
        if self.work > BUDGET:
            raise TooManyError

    # --- what happens between them -----------------------------------------------------------------

    def between(self, each: Global, one: Option, other: Option) -> Met:
        """Return what the flows from `one` to `other` do."""
        met = Met()
        self.spend()
        ends = source, destination = one.endpoint, other.endpoint
        pairs = [
            (a, b)
            for a, b in product(addresses_of(source), addresses_of(destination))
            if a.version == b.version and self._in_scope_on_some_port(each, source, destination, a, b)
        ]
        if not pairs or membership_faults(ends, self.population, self.world, self.both):
            return met
        if isinstance(self.statement, Isolate) and not in_existing_namespaces(ends, self.population):
            return met
        small = frozenset(
            address for option in (one, other) if _passes_by(option.endpoint) for address in option.small
        )
        for a, b in pairs:
            for protocol, port in self.everyone.ports:
                for end in self._declaring(destination, protocol, port):
                    self._judge(met, each, Flow(source, end, a, b, protocol, port), small)
                    if met.violated:
                        return met
        return met

    def _in_scope_on_some_port(
        self, each: Global, source: Endpoint, destination: Endpoint, a: Address, b: Address
    ) -> bool:
        """Whether the statement would speak of them, were it not for its ports."""
        flow = Flow(source, destination, a, b, Protocol.TCP, 1)
        return in_scope(self._on_every_port, flow, each.readings)

    @cached_property
    def _on_every_port(self) -> FlowStatement:
        assert not isinstance(self.statement, Cover)
        return replace(self.statement, ports=())

    def _declaring(self, destination: Endpoint, protocol: Protocol, port: int) -> Iterator[Endpoint]:
        if not isinstance(destination, Pod) or not _passes_by(destination):
            yield destination
            return
        declared = self._declared.get((protocol, port))
        if declared is None:
            declared = self._declared[protocol, port] = tuple(self._declarations(protocol, port))
        for ports in declared:
            yield replace(destination, ports=ports)

    def _judge(self, met: Met, each: Global, flow: Flow, small: frozenset[Address]) -> None:
        self.spend()
        assert not isinstance(self.statement, Cover)
        if not in_scope(self.statement, flow, each.readings):
            return
        met.in_scope = True
        harmless = isinstance(self.statement, Require)
        if all(allowed is harmless for allowed in self.held.outcomes(flow, each.readings, each.surroundings)):
            return
        if small:
            met.needing.add(small)
        else:
            met.violated = True

    def _declarations(self, protocol: Protocol, port: int) -> Iterator[tuple[ContainerPort, ...]]:
        """A hypothetical pod declares this port under each name, or not, or only second to another number.

        Or behind a port of that name and another protocol, which matters to names of tiers.
        """
        names = [name for name, of in self.everyone.said.port_names() if of is protocol]
        elsewhere = port - 1 if port > 1 else 2
        other = next(each for each in Protocol if each is not protocol)
        bare = self.everyone.said.bare_names
        ways = [("no", "first", "second", *(("behind",) if name in bare else ())) for name in names]
        for how in product(*ways):
            ports: list[ContainerPort] = []
            for name, way in zip(names, how, strict=True):
                if way == "second":
                    ports.append(ContainerPort(elsewhere, protocol, name))
                if way == "behind":
                    ports.append(ContainerPort(port, other, name))
                if way != "no":
                    ports.append(ContainerPort(port, protocol, name))
            yield tuple(ports)

    def alone(self, each: Global, option: Option) -> Met:
        """Return what one pod does to `cover`."""
        self.spend()
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


def _passes_by(endpoint: Endpoint) -> bool:
    """Whether it is in no completion."""
    return isinstance(endpoint, External) or (isinstance(endpoint, Pod) and endpoint.owner is None)


class _Game:
    """All completions that share their global part."""

    def __init__(self, brute: BruteForce, each: Global) -> None:
        self.brute, self.each = brute, each
        everyone = brute.everyone
        self.in_scope = False
        shown = range(len(everyone.shown))
        nodes = range(len(everyone.node_names)) if everyone.wants_nodes() else ()
        self.entities = [
            *(everyone.pod_options(each, place) for place in shown),
            *(everyone.node_options(each, index) for index in nodes),
        ]
        self._pairs: dict[tuple[int, int, int, int], tuple[bool, Met]] = {}
        self._ones: dict[tuple[int, int], Met] = {}
        self._guests = everyone.passers_by(each, 0), everyone.passers_by(each, 1)
        self._among_guests = self._guests_alone()

    # --- tables ------------------------------------------------------------------------------------

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

    # --- completions -------------------------------------------------------------------------------

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
            self.brute.spend()
            if all(self._pair(len(chosen), option, b, j)[0] for b, j in enumerate(chosen)):
                yield from self._all([*chosen, option])

    def _violated(self, completion: Sequence[int]) -> bool:
        """Whether a violation that needs addresses can have them in this completion."""
        taken = {
            address
            for entity, option in enumerate(completion)
            for address in addresses_of(self.entities[entity][option].endpoint)
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
            self.brute.spend()
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
