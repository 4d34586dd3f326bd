"""Properties that cannot all hold, whatever the policies say (S-17).

A `require` and a `forbid` contradict each other where one flow is in the scope of both; `only` and `isolate`
forbid flows, too. What is in both scopes only if an unknown fact turns out so is no contradiction yet: the
manifests may settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from verifier.deadline import Deadline
from verifier.diagnostics import InternalError
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.flow import Flow
from verifier.properties.spec.scope import (
    Cover,
    Isolate,
    NamedPort,
    PortRange,
    Ports,
    Property,
    Require,
    Statement,
    World,
)
from verifier.readings import FREE, READINGS
from verifier.semantics import FlowStatement, in_existing_namespaces, in_scope, membership_faults
from verifier.solver.context import Context
from verifier.solver.decode import decode_flow, decode_readings
from verifier.solver.overlap import Scope, Shared, overlaps

MOST = 20
SECONDS = 5.0
PROVED = "proved"
WIDE = frozenset((World.ANY_POD, World.ANY_POLICY))

Choices = Mapping[str, bool | str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A property that wants `flow` allowed, and one that wants it refused."""

    required: Property
    refused: Property
    flow: Flow


@dataclass(frozen=True, slots=True)
class Contradictions:
    """Those found, in the order of the file; `exhaustive`: there is no other pair."""

    found: tuple[Contradiction, ...] = ()
    exhaustive: bool = True


@dataclass(frozen=True, slots=True)
class _Claim:
    """A property that is expected to hold; `narrow`: of the pods shown only."""

    prop: Property
    statement: FlowStatement
    question: Question
    narrow: bool

    @property
    def readings(self) -> tuple[bool | str, ...]:
        """What each reading is pinned to, or that it is free, in the order of the table."""
        return tuple(self.prop.readings.get(row.name, row.values[0]) for row in READINGS)


Pair = tuple[_Claim, _Claim]


def contradictions(
    context: Context,
    properties: Sequence[Property],
    ask: Callable[[Statement], Question],
    deadline: Deadline,
) -> Contradictions:
    """Return the pairs of `properties` that cannot both hold, at most `MOST`.

    A property takes part where it is expected to be proved; what is expected of one for the pods shown only
    is compared with others for the pods shown. Properties that read the specification differently are not
    compared: each may hold in its own reading.

    Args:
        ask: gives the question of a statement about flows.

    Raises:
        InternalError: the reference reading does not confirm that a flow is in both scopes.
    """
    required = [prop for prop in properties if isinstance(prop.statement, Require) and _worlds(prop)]
    refused = [prop for prop in properties if not isinstance(prop.statement, Require) and _worlds(prop)]
    pairs = product(_claims(required, ask), _claims(refused, ask)) if required and refused else ()
    found: list[Contradiction] = []
    exhaustive = True
    for readings, lefts, rights in _by_readings(pair for pair in pairs if _may_meet(*pair)):
        scopes = [[Scope(claim.question, claim.narrow) for claim in claims] for claims in (lefts, rights)]
        some = overlaps(context, readings, scopes[0], scopes[1], deadline, MOST - len(found))
        exhaustive = exhaustive and some.exhaustive
        found += [_confirmed(context, shared, lefts, rights) for shared in some.found]
    found.sort(key=lambda each: (each.required.index, each.refused.index))
    return Contradictions(tuple(found), exhaustive)


def _worlds(prop: Property) -> set[World]:
    """Return the worlds in which a property is expected to hold."""
    return {world for world, word in prop.expected.items() if word == PROVED}


def _claims(properties: Iterable[Property], ask: Callable[[Statement], Question]) -> list[_Claim]:
    return [
        _Claim(prop, prop.of_one_set, ask(prop.of_one_set), not _worlds(prop) & WIDE)
        for prop in properties
        if not isinstance(prop.of_one_set, Cover)
    ]


def _confirmed(
    context: Context, shared: Shared, lefts: Sequence[_Claim], rights: Sequence[_Claim]
) -> Contradiction:
    claims = left, right = lefts[shared.left], rights[shared.right]
    population = context.symbols.population
    flow, readings = (
        decode_flow(shared.model, context.symbols),
        decode_readings(shared.model, context.symbols),
    )
    world = World.SNAPSHOT if left.narrow or right.narrow else World.ANY_POD
    faults = membership_faults(flow, population, world, context.new_namespaces_both)
    for claim in claims:
        existing = not isinstance(claim.statement, Isolate) or in_existing_namespaces(flow, population)
        if not existing or not in_scope(claim.statement, flow, readings):
            faults.append(f"`{claim.prop.name}` does not speak of it")
    if faults:
        raise InternalError(f"the two readings disagree about a contradiction: {'; '.join(faults)}")
    return Contradiction(left.prop, right.prop, flow)


def _by_readings(pairs: Iterable[Pair]) -> Iterator[tuple[Choices, list[_Claim], list[_Claim]]]:
    """Yield, for those that can be read alike, how, and the claims of each side."""
    groups: dict[tuple[tuple[bool | str, ...], ...], tuple[dict[int, _Claim], dict[int, _Claim]]] = {}
    for left, right in pairs:
        group = groups.setdefault((left.readings, right.readings), ({}, {}))
        group[0][left.prop.index], group[1][right.prop.index] = left, right
    for (own, other), (lefts, rights) in groups.items():
        merged = [b if a == FREE else a for a, b in zip(own, other, strict=True)]
        if all(b in (FREE, value) for b, value in zip(other, merged, strict=True)):
            names = [row.name for row in READINGS]
            yield dict(zip(names, merged, strict=True)), list(lefts.values()), list(rights.values())


# --- what needs no asking ----------------------------------------------------------------------------------


def _may_meet(left: _Claim, right: _Claim) -> bool:
    """Return whether kinds, namespaces and ports leave room for a flow in both scopes."""
    return all(_ends_may_meet(role, left, right) for role in Role) and _ports_may_meet(
        left.statement.ports, right.statement.ports
    )


def _ends_may_meet(role: Role, left: _Claim, right: _Claim) -> bool:
    one, other = left.question, right.question
    kinds = dict(one.kinds)[role] & dict(other.kinds)[role]
    if kinds & {Kind.EXTERNAL, Kind.NODE}:
        return True
    if left.narrow or right.narrow:
        kinds -= {Kind.HYPOTHETICAL}
    together = not one.namespaces[role].isdisjoint(other.namespaces[role])
    anew = Kind.HYPOTHETICAL in kinds  # in a new namespace, perhaps
    return bool(kinds) and (together or anew)


def _ports_may_meet(ports: Ports, others: Ports) -> bool:
    return not ports or not others or any(_port_may_meet(*pair) for pair in product(ports, others))


def _port_may_meet(one: PortRange | NamedPort, other: PortRange | NamedPort) -> bool:
    if None not in (one.protocol, other.protocol) and one.protocol is not other.protocol:
        return False
    if isinstance(one, NamedPort) or isinstance(other, NamedPort):
        return True
    return one.low <= other.high and other.low <= one.high
