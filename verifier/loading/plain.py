"""Objects taken apart into plain data and put together again, of an explicit list of classes and no others.

Numbers, texts and dicts of these stand for themselves; a list is a tuple; a tuple is an object of the class
whose number it begins with. What is shared stays shared. A long row of objects of one class is kept as
columns, which are put together without a look at each value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from operator import attrgetter
from typing import Any, Final, NamedTuple

from verifier.cluster import Assumption, Origin, UnmodelledPolicy
from verifier.diagnostics import Diagnostic, Severity, Span
from verifier.flow import Action, ContainerPort, Direction, Node, Protocol
from verifier.manifest.base import KubernetesObject
from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator
from verifier.manifest.network_policy import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)
from verifier.manifest.tiers import (
    DomainNames,
    NamedPort,
    NetworkSet,
    NodeSet,
    PodSet,
    PortRange,
    Tier,
    TieredPolicy,
    TieredRule,
    UnknownPeer,
)
from verifier.population import Namespace, Network, Population, Workload
from verifier.source import Document

RECORDS: Final[tuple[type, ...]] = (
    *(Assumption, Origin, UnmodelledPolicy, Diagnostic, Span, ContainerPort, Node),
    *(
        DomainNames,
        NamedPort,
        NetworkSet,
        NodeSet,
        PodSet,
        PortRange,
        Tier,
        TieredPolicy,
        TieredRule,
        UnknownPeer,
    ),
    *(Namespace, Network, Population, Workload),
)
MODELS: Final[tuple[type[KubernetesObject], ...]] = (
    *(LabelSelector, LabelSelectorRequirement, IPBlock, NetworkPolicy, NetworkPolicyEgressRule),
    *(NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec),
)
CLOSED_SETS: Final[tuple[type[Enum], ...]] = (Severity, Action, Direction, Protocol, Operator)

_SCALARS: Final = frozenset({str, int, bool, float, type(None)})
_LONG: Final = 16
_DOCUMENT, _SET, _MAPPING, _COLUMNS, _FIRST = range(5)  # what is no object of a class of the list

Plain = Any


class _Form(NamedTuple):
    """How objects of one class are taken apart, part by part, and made."""

    kind: type
    parts: Sequence[Callable[[Any], Any]]
    make: Callable[..., object]


def _record(kind: type) -> _Form:
    return _Form(kind, [attrgetter(field.name) for field in fields(kind)], kind)


def _model(kind: type[KubernetesObject]) -> _Form:
    names = tuple(kind.model_fields)

    def given(one: KubernetesObject) -> int:
        return sum(1 << place for place, name in enumerate(names) if name in one.model_fields_set)

    @cache
    def written(given: int) -> set[str]:  # nobody changes it, so that all may have the same
        return {name for place, name in enumerate(names) if given >> place & 1}

    def make(given: int, *values: Any) -> KubernetesObject:
        one = kind.__new__(kind)
        one.__setstate__(
            {
                "__dict__": dict(zip(names, values, strict=True)),
                "__pydantic_fields_set__": written(given),
                "__pydantic_extra__": None,
                "__pydantic_private__": None,
            }
        )
        return one

    return _Form(kind, [given, *map(attrgetter, names)], make)


def _word(kind: type[Enum]) -> _Form:
    return _Form(kind, [attrgetter("value")], kind)


def _address(kind: type[IPv4Address | IPv6Address]) -> _Form:
    return _Form(kind, [int], kind)


def _network(kind: type[IPv4Network | IPv6Network]) -> _Form:
    def make(address: int, prefix_length: int) -> object:
        return kind((address, prefix_length))

    return _Form(kind, [lambda one: int(one.network_address), attrgetter("prefixlen")], make)


_FORMS: Final = (
    *map(_record, RECORDS),
    *map(_model, MODELS),
    *map(_word, CLOSED_SETS),
    *(_address(IPv4Address), _address(IPv6Address)),
    *(_network(IPv4Network), _network(IPv6Network)),
)
_NUMBERS: Final = {form.kind: number for number, form in enumerate(_FORMS, start=_FIRST)}


class Taker:
    """Takes objects apart; documents go by their number."""

    def __init__(self, number_of: Callable[[Document], int]) -> None:
        self._number_of = number_of
        self._known: dict[int, tuple[object, Plain]] = {}  # the object is kept, lest its number be used again
        self._ports: dict[tuple[object, ...], Plain] = {}

    def apart(self, value: object) -> Plain:
        """Return plain data that stands for `value`.

        Raises:
            TypeError: it holds an object of a class that is not on the list.
        """
        if value.__class__ in _SCALARS:
            return value
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, self._taken(value)
        return known[1]

    def _taken(self, value: Any) -> Plain:
        kind = value.__class__
        number = _NUMBERS.get(kind)
        if number is not None:
            return (number, *[self.apart(part(value)) for part in _FORMS[number - _FIRST].parts])
        if kind is tuple:
            return self._row(value)
        if kind is frozenset:
            return (_SET, list(map(self.apart, value)))
        if isinstance(value, Document):
            return (_DOCUMENT, self._number_of(value))
        if isinstance(value, Mapping):
            return self._mapping(value)
        raise TypeError(f"expected an object of a class that can be kept, found {kind}")

    def _mapping(self, value: Mapping[Any, Any]) -> Plain:
        if _stands_for_itself(value):
            return value
        return (_MAPPING, list(map(self.apart, value)), list(map(self.apart, value.values())))

    def _row(self, value: tuple[object, ...]) -> Plain:
        kinds = set(map(type, value))
        if kinds == {ContainerPort}:  # most pods have the ports of others
            known = self._ports.get(value)
            if known is None:
                known = self._ports[value] = list(map(self.apart, value))
            return known
        number = _NUMBERS.get(kinds.pop()) if len(kinds) == 1 else None
        if number is None or len(value) < _LONG or len(set(map(id, value))) < len(value):
            return list(map(self.apart, value))
        return (_COLUMNS, number, [self._column(list(map(p, value))) for p in _FORMS[number - _FIRST].parts])

    def _column(self, column: list[object]) -> Plain:
        """Return the cells of a column: as they are, or each of them once and which of these stands where."""
        if _SCALARS.issuperset(map(type, column)) or all(map(_stands_for_itself, column)):
            return None, column
        cells = list(map(self.apart, column))
        places: dict[int, int] = {}
        which = [places.setdefault(id(cell), len(places)) for cell in cells]
        by_id = {id(cell): cell for cell in cells}
        return which, [by_id[key] for key in places]


def _stands_for_itself(value: Any) -> bool:
    return value.__class__ is dict and _SCALARS.issuperset(map(type, value.values()))


class Maker:
    """Makes of plain data what it stands for; `find` gives the document of a number.

    The data must stay while it is at work: objects that are shared are known by where they are in memory.
    """

    def __init__(self, find: Callable[[int], Document]) -> None:
        self._find = find
        self._made: dict[int, Any] = {}

    def whole(self, plain: Plain) -> Any:
        """Return what `plain` stands for."""
        kind = plain.__class__
        if kind is list:
            return tuple([part if part.__class__ in _SCALARS else self.whole(part) for part in plain])
        if kind is not tuple:
            return plain
        made = self._made.get(id(plain))
        if made is None:
            made = self._made[id(plain)] = self._object(plain)
        return made

    def _object(self, plain: tuple[Any, ...]) -> Any:
        number = plain[0]
        if number >= _FIRST:
            parts = [part if part.__class__ in _SCALARS else self.whole(part) for part in plain[1:]]
            return _FORMS[number - _FIRST].make(*parts)
        if number == _SET:
            return frozenset(map(self.whole, plain[1]))
        if number == _MAPPING:
            return dict(zip(map(self.whole, plain[1]), map(self.whole, plain[2]), strict=True))
        if number == _DOCUMENT:
            return self._find(plain[1])
        _, number, columns = plain
        return tuple(map(_FORMS[number - _FIRST].make, *(self._cells(*column) for column in columns)))

    def _cells(self, which: Sequence[int] | None, cells: Sequence[Plain]) -> Iterable[Any]:
        return cells if which is None else map(list(map(self.whole, cells)).__getitem__, which)
