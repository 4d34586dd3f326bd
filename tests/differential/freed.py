"""A block with one of its limits taken away, and the values between which policies could tell there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from tests.differential.atoms import Said
from verifier.difference import Block, End, Rooms, Sort
from verifier.flow import Address, Endpoint, External, Node, Pod, Protocol
from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator
from verifier.population import Population
from verifier.semantics import parse_cidr
from verifier.semantics.addresses import in_cidr

ABSENT, OTHERS, NEW = "(absent)", "(others)", "(new)"
ENDS = ("source", "destination")


@dataclass(frozen=True)
class Freed:
    """A block without one limit of its end `which`, or (None) of its ports and conditions.

    `value` is what somebody there has, by endpoint and address, or a flow, by protocol and port. None:
    nothing that words could add.
    """

    limit: str
    block: Block
    which: str | None
    value: Callable[..., object]


def freed(block: Block, said: Said, population: Population) -> Iterator[Freed]:
    for which in ENDS:
        end: End = getattr(block, which)
        for limit, wider, value in _of_end(end, said, population):
            yield Freed(f"{which} {limit}", replace(block, **{which: wider}), which, value)  # type: ignore[arg-type]
    if block.ports is not None:
        yield Freed("ports", replace(block, ports=None), None, partial(_port, said))
    for name in block.named:
        rest = tuple(each for each in block.named if each != name)
        yield Freed(f"named {name}", replace(block, named=rest), None, _whatever)
    for text in block.conditions:
        rest = tuple(each for each in block.conditions if each != text)
        yield Freed(f"where {text}", replace(block, conditions=rest), None, _whatever)


Value = Callable[[Endpoint, Address], object]


def _of_end(end: End, said: Said, population: Population) -> Iterator[tuple[str, End, Value]]:
    if end.addresses is not None:
        yield "addresses", replace(end, addresses=None, elsewhere=False), partial(_address, said)
    asked = list(requirements(end.pods))
    if end.rooms is None and not asked:
        yield "sorts", replace(end, sorts=tuple(Sort)), _sort
    for key in {requirement.key: None for requirement in asked}:
        own = [requirement for requirement in asked if requirement.key == key]
        rest = tuple(requirement for requirement in asked if requirement.key != key)
        pods = LabelSelector.model_construct(match_labels={}, match_expressions=rest)
        yield f"label {key}", replace(end, pods=pods), _label(key, own, said)
    rooms = end.rooms
    if rooms is not None:
        anywhere = Rooms(all_but=True, new=True, new_labels=rooms.new_labels)
        yield "namespaces", replace(end, rooms=anywhere), partial(_namespace, rooms, population)


def requirements(selector: LabelSelector) -> Iterator[LabelSelectorRequirement]:
    """Yield what a selector asks for, label by label."""
    for key, value in (selector.match_labels or {}).items():
        yield LabelSelectorRequirement.model_construct(key=key, operator=Operator.IN, values=(value,))
    yield from selector.match_expressions or ()


def _whatever(protocol: Protocol, port: int) -> object:
    return "whatever"


def _port(said: Said, protocol: Protocol, port: int) -> object:
    entries = [entry for entry in said.entries if isinstance(entry.port, int)]
    spans = [(entry.port, entry.end_port or entry.port) for entry in entries if isinstance(entry.port, int)]
    return protocol, tuple(low <= port <= high for low, high in spans)


def _sort(endpoint: Endpoint, address: Address) -> object:
    match endpoint:
        case External():
            return "outside"
        case Node():
            return "node"
        case Pod(host_network=host_network):
            return "host network" if host_network else "pod"


def _address(said: Said, endpoint: Endpoint, address: Address) -> object:
    cidrs = (text for block in said.blocks for text in (block.cidr, *(block.except_ or ())))
    return address.version, tuple(in_cidr(parse_cidr(text), address) for text in cidrs)


def _label(key: str, own: list[LabelSelectorRequirement], said: Said) -> Value:
    """What one requirement can say: no value beside "absent" alone, nor "absent" beside some values."""
    listed = {v for s in said.pod_selectors for r in requirements(s) if r.key == key for v in r.values or ()}
    operators = {requirement.operator for requirement in own}

    def value(endpoint: Endpoint, address: Address) -> object:
        if not isinstance(endpoint, Pod):
            return None
        found = endpoint.labels.get(key, ABSENT)
        if found != ABSENT and found not in listed:
            found = OTHERS
        if operators == {Operator.IN} and found == ABSENT:
            return None
        if operators == {Operator.DOES_NOT_EXIST} and found != OTHERS:
            return None
        return found

    return value


def _namespace(rooms: Rooms, population: Population, endpoint: Endpoint, address: Address) -> object:
    """Namespaces that do not exist count as one, where a selector does not say of which pods are."""
    if not isinstance(endpoint, Pod):
        return None
    if endpoint.namespace.name in population.namespaces:
        return endpoint.namespace.name
    return None if rooms.selector is not None else NEW
