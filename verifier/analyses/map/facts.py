"""What holds of a value whatever the facts are, what may hold, and which facts decide (S-1).

Not every set of answers can be: an address lies in one place, a label has one value, a node is one node. A
value is cut down to the answers that can be, for two ends of which this much is known; what is left says yes
surely, perhaps, or never.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from verifier.analyses.map.address_cells import beyond, disjoint, network_range, overlap
from verifier.analyses.map.diagram import Atom, Diagrams, Kind, Node, Value, atoms, leaves
from verifier.analyses.map.ends import Ends, Shape, known_of_node
from verifier.analyses.map.mentions import Range
from verifier.analyses.map.selectors import End
from verifier.flow import Address
from verifier.population import DEFAULT_POD_CIDRS, Cidr

_MOST_STEPS = 2_000
_CACHED = 65_536
_OTHER_NODES = ("", "\x00")  # two that the input does not name

Answers = dict[Atom, bool]


@dataclass(frozen=True, slots=True)
class EndFacts:
    """What is known of one end: its families, and of a pod whether its address and its node are known."""

    versions: frozenset[int]
    unknown_address: bool = False
    host_network: bool = False
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The ports that are `always` open, and further ones that are open where `depends` says so."""

    always: int
    depends: tuple[tuple[int, frozenset[Atom]], ...] = ()


class TooManyError(Exception):
    """The answers are too many to go through."""


class Facts:
    """Settles values; each is settled once for each two ends of which the same is known."""

    def __init__(self, ends: Ends, diagrams: Diagrams) -> None:
        self.ends = ends
        self.diagrams = diagrams
        self._settled: dict[tuple[Value, EndFacts, EndFacts], Settled | None] = {}
        self._steps = 0
        self._wandering = any(shape.host_network and shape.node is None for shape in ends.shapes)

    def of(self, index: int) -> EndFacts:
        """Return what is known of an endpoint."""
        if index >= len(self.ends.shapes):
            return EndFacts(frozenset((self.ends.cell(index).version,)))
        shape: Shape = self.ends.shapes[index]
        unknown = shape.inside is None
        # Only where a host-network pod may be on any node does its address say on which it is.
        node = shape.node if self._wandering and not shape.host_network else None
        return EndFacts(self.ends.versions(shape), unknown, shape.host_network, node)

    def settle(self, value: Value, source: EndFacts, destination: EndFacts) -> Settled | None:
        """Return what `value` comes to; None: no two such ends can meet."""
        key = (value, source, destination)
        if key not in self._settled:
            self._settled[key] = self._settle(value, source, destination)
        return self._settled[key]

    def _settle(self, value: Value, source: EndFacts, destination: EndFacts) -> Settled | None:
        if not source.versions & destination.versions:
            return None
        if isinstance(value, int):
            return Settled(value)
        self._steps = 0
        pair = _Pair(self.ends, {End.FROM: source, End.TO: destination})
        try:
            cut = self._cut(value, {}, pair)
        except TooManyError:
            cut = value
        if cut is None:
            return None
        every = leaves(cut)
        always, ever = self.diagrams.full, 0
        for ports in every:
            always &= ports
            ever |= ports
        alike: dict[tuple[int, ...], int] = {}
        left = ever & ~always
        while left:
            port = left & -left
            left ^= port
            column = tuple(ports & port and 1 for ports in every)
            alike[column] = alike.get(column, 0) | port
        reasons: dict[frozenset[Atom], int] = {}
        for ports in alike.values():
            deciding = atoms(self.diagrams.both(cut, ports))
            reasons[deciding] = reasons.get(deciding, 0) | ports
        return Settled(always, tuple((ports, deciding) for deciding, ports in reasons.items()))

    def _cut(self, value: Value, given: Answers, pair: _Pair) -> Value | None:
        """Return what is left of `value` where the answers `given` are so; None: they cannot be."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooManyError
        if not isinstance(value, Node):
            return value
        branches: list[Value | None] = []
        for answer, branch in ((True, value.high), (False, value.low)):
            answers = {**given, value.atom: answer}
            branches.append(self._cut(branch, answers, pair) if pair.can_be(answers, value.atom) else None)
        high, low = branches
        if high is None or low is None:
            return low if high is None else high
        return self.diagrams.node(value.atom, high, low)


class _Pair:
    """Two ends of which something is known: which answers about them can be at once?"""

    def __init__(self, ends: Ends, known: Mapping[End, EndFacts]) -> None:
        self.ends = ends
        self.known = known

    def can_be(self, answers: Answers, latest: Atom) -> bool:
        """Return whether the answers can be, where all but the latest can."""
        match latest.kind:
            case Kind.LABEL | Kind.NAMESPACE_LABEL | Kind.NODE_LABEL:
                return not answers[latest] or not any(
                    answers[other] for other in answers if other != latest and other[:3] == latest[:3]
                )
            case Kind.ORDER:
                return _is_an_order(answers)
            case Kind.FAMILY | Kind.NODE | Kind.SAME_NODE | Kind.ADDRESS:
                return self._somewhere(answers)
            case Kind.READING | Kind.POLICIES | Kind.DOMAIN_NAME | Kind.TOO_MUCH:
                return True

    def _somewhere(self, answers: Answers) -> bool:
        """Return whether both ends can be on nodes, and at addresses of one family, that fit the answers."""
        same = next((answer for atom, answer in answers.items() if atom.kind is Kind.SAME_NODE), None)
        families = [6 if a else 4 for atom, a in answers.items() if atom.kind is Kind.FAMILY] or [4, 6]
        placed = {end: list(self._nodes(end, answers)) for end in End}
        return any(
            self._apart(version, answers, placed_at)
            for version in families
            for placed_at in _places(placed, same)
        )

    def _nodes(self, end: End, answers: Answers) -> Iterator[str | None]:
        """Yield where an end may run; None: it does not matter."""
        known = self.known[end]
        asked = {
            atom.value: answer
            for atom, answer in answers.items()
            if (atom.kind, atom.who) == (Kind.NODE, end)
        }
        if known.node is not None:
            yield known.node
            return
        if (
            not asked
            and not (known.host_network and known.unknown_address)
            and not any(atom.kind is Kind.SAME_NODE for atom in answers)
        ):
            yield None
            return
        for name in (*self.ends.nodes, *_OTHER_NODES):
            if all((name == each) is answer for each, answer in asked.items()):
                yield name

    def _apart(self, version: int, answers: Answers, nodes: Mapping[End, str | None]) -> bool:
        """Return whether each end has an address of that family that fits, and not both the same one."""
        rooms = [self._room(end, version, answers, nodes[end]) for end in End]
        if any(room == () for room in rooms):
            return False
        one, other = rooms
        if one is None or other is None or all(self.known[end].host_network for end in End):
            return True
        return one != other or sum(part.size for part in one) > 1

    def _room(self, end: End, version: int, answers: Answers, node: str | None) -> tuple[Range, ...] | None:
        """Return where an end may be, a few addresses at least; None: anywhere; `()`: nowhere."""
        known = self.known[end]
        if version not in known.versions:
            return ()
        if not known.unknown_address:
            return None
        on_node: Sequence[Address] = known_of_node(self.ends.nodes, node) if known.host_network else ()
        if on_node:
            parts = [Range(a.version, int(a), int(a)) for a in on_node if a.version == version]
        else:
            parts = [each for each in map(network_range, self._cidrs(known)) if each.version == version]
        for atom, answer in answers.items():
            if (atom.kind, atom.who, atom.key) == (Kind.ADDRESS, end, str(version)):
                parts = narrowed(parts, atom, answer)
        if on_node:
            return tuple(parts)
        return self._not_taken(parts, on_host=known.host_network)

    def _cidrs(self, known: EndFacts) -> Sequence[Cidr]:
        network = self.ends.population.network
        if not known.host_network:
            return network.unknown_pod_cidrs
        return DEFAULT_POD_CIDRS if network.node_cidrs is None else network.node_cidrs

    def _not_taken(self, parts: Sequence[Range], *, on_host: bool) -> tuple[Range, ...]:
        """Return `parts`, or what is nobody's of them if that is one address or none (S-2)."""
        parts = disjoint(parts)
        known = self.ends.known_of_pods if on_host else self.ends.known
        free = known.free(parts)
        if free > 1:
            return tuple(parts)
        first = known.first_free(parts)
        return () if first is None else (Range(parts[0].version, first, first),)


def _places(placed: Mapping[End, Sequence[str | None]], same: bool | None) -> Iterator[dict[End, str | None]]:
    for one in placed[End.FROM]:
        for other in placed[End.TO]:
            if same is None or (one == other) is same:
                yield {End.FROM: one, End.TO: other}


def narrowed(parts: Sequence[Range], atom: Atom, answer: bool) -> list[Range]:
    """Return what is left of `parts` if the answer about an address is so."""
    asked = asked_ranges(atom)
    if answer:
        return [each for part in asked for each in overlap(parts, part.low, part.high)]
    return _beyond_all(parts, asked)


@lru_cache(maxsize=_CACHED)
def implied(atom: Atom, answer: bool, other: Atom) -> bool | None:
    """Return what it says of another atom about the same address that the answer to `atom` is this."""
    if (atom.kind, atom.who, atom.key) != (other.kind, other.who, other.key):
        return None
    mine, theirs = asked_ranges(atom), asked_ranges(other)
    if not answer:
        return False if not _beyond_all(theirs, mine) else None
    if not any(True for part in mine for _ in overlap(theirs, part.low, part.high)):
        return False
    return True if not _beyond_all(mine, theirs) else None


def _beyond_all(parts: Sequence[Range], others: Sequence[Range]) -> list[Range]:
    left = list(parts)
    for part in others:
        left = list(beyond(left, part.low, part.high))
    return left


@lru_cache(maxsize=_CACHED)
def asked_ranges(atom: Atom) -> tuple[Range, ...]:
    """Return the ranges that an atom about an address asks for."""
    ends = (spelt.partition("-") for spelt in atom.value.split(","))
    return tuple(Range(int(atom.key), int(low), int(high)) for low, _, high in ends)


def _is_an_order(answers: Answers) -> bool:
    """Return whether "asked before" is no circle (ANP-11)."""
    after: dict[str, set[str]] = {}
    for atom, first in answers.items():
        if atom.kind is Kind.ORDER:
            one, other = (atom.who, atom.value) if first else (atom.value, atom.who)
            after.setdefault(one, set()).add(other)
    for begin in after:
        reached, left = set[str](), [begin]
        while left:
            for each in after.get(left.pop(), ()):
                if each == begin:
                    return False
                if each not in reached:
                    reached.add(each)
                    left.append(each)
    return True
