"""What a violation depends on: a partial completion whose choices bring it about, whatever else is so (S-1).

Each choice is a literal over one free reading or one unknown fact, from a completion in which the violation
happens, and as weak as it can be: an address is said by the mentioned blocks that hold it, not by its bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

import z3

from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth, value
from verifier.encodings.vocabulary import ABSENT, OTHER, LabelDomain
from verifier.population import Cidr
from verifier.readings import ReadingRow, reading_row
from verifier.solver.facts import Facts, Field
from verifier.verdict import Choice, ChoiceKind


@dataclass(frozen=True, slots=True)
class Literal:
    """A choice, and the term for it over the variables of readings and facts."""

    term: z3.BoolRef
    choice: Choice


def reading_literal(name: str, symbols: Symbols, model: z3.ModelRef) -> Literal:
    """Return the literal "that reading has its value in `model`"."""
    first = symbols.readings[name]
    chosen = 0 if truth(model, first) else 1
    row: ReadingRow = reading_row(name)
    term = first if chosen == 0 else symbols.terms.negation(first)
    return Literal(term, Choice(ChoiceKind.READING, row.item, name, row.values[chosen], row.words[chosen]))


def dual_stack_literal(symbols: Symbols, model: z3.ModelRef) -> Literal:
    """Return the literal "pods and nodes have, or have not, IPv6 addresses"."""
    dual = symbols.flow.dual_stack
    has = truth(model, dual)
    text = "pods and nodes have IPv6 addresses" if has else "pods and nodes have no IPv6 addresses"
    term = dual if has else symbols.terms.negation(dual)
    return Literal(term, Choice(ChoiceKind.FACT, "S-1", "IPv6", has, text))


def fact_literals(
    facts: Facts, end: SymbolicEndpoint, mentioned: str, symbols: Symbols, model: z3.ModelRef
) -> Iterator[Literal]:
    """Yield what `model` says of those of `facts` whose names occur in the text `mentioned`.

    `end` is where the holder of the facts stands in the flow of `model`.
    """
    if facts.on_host and any(str(variable) in mentioned for variable in facts.variables.values()):
        mentioned += facts.domain.sexpr()  # which address it is, if any, hangs on the node
    for field, variable in facts.variables.items():
        at_end = field.of(end)
        if str(variable) not in mentioned:
            continue
        if isinstance(variable, z3.BitVecRef) and isinstance(at_end, z3.BitVecRef):
            present = Field(f"has_{field.name}")
            has = present.of(end) if present in facts.variables else symbols.terms.true
            if isinstance(has, z3.BoolRef) and truth(model, has):
                yield from _bits_literals(field, variable, value(model, at_end), facts, symbols)


def _bits_literals(
    field: Field, variable: z3.BitVecRef, code: int, facts: Facts, symbols: Symbols
) -> Iterator[Literal]:
    match field.name:
        case "labels":
            yield _label(field.key or "", symbols.pod_labels[field.key or ""], code, variable, facts, symbols)
        case "namespace_labels":
            domain = symbols.namespace_labels[field.key or ""]
            yield _label(field.key or "", domain, code, variable, facts, symbols)
        case "node":
            node = symbols.nodes.names[code]
            text = f"{facts.subject} runs on node `{node}`"
            yield Literal(
                symbols.terms.equals(variable, code),
                Choice(ChoiceKind.FACT, "S-1", f"the node of {facts.subject}", node, text),
            )
        case "ipv4" | "ipv6":
            has = facts.variables[Field(f"has_{field.name}")]
            for literal in _address(variable, code, facts, symbols):
                # Who is said to have an address somewhere is said to have one.
                assert isinstance(has, z3.BoolRef)  # noqa: S101
                yield Literal(symbols.terms.conjunction((has, literal.term)), literal.choice)


def _label(
    key: str, domain: LabelDomain, code: int, variable: z3.BitVecRef, facts: Facts, symbols: Symbols
) -> Literal:
    spelt = domain.value(code)
    if code == ABSENT:
        said = f"{facts.subject} has no label `{key}`"
    elif code == OTHER:
        said = f"the label `{key}` of {facts.subject} has a value that nobody mentions"
    else:
        said = f"the label `{key}` of {facts.subject} is `{spelt}`"
    choice = Choice(ChoiceKind.FACT, "S-1", f"the label `{key}` of {facts.subject}", spelt, said)
    return Literal(symbols.terms.equals(variable, code), choice)


def _address(variable: z3.BitVecRef, address: int, facts: Facts, symbols: Symbols) -> Iterator[Literal]:
    """The smallest mentioned block that holds the address, and the largest that do not and could."""
    version = 4 if variable.size() == IPV4_BITS else 6
    width = IPV4_BITS if version == 4 else IPV6_BITS
    blocks = sorted({block[1:] for block in symbols.blocks if block[0] == version}, key=_by_size)
    inside = max((block for block in blocks if _holds(block, address, width)), key=_by_size, default=None)
    about = f"the IPv{version} address of {facts.subject}"
    if inside is not None:
        yield _membership(variable, inside, about, symbols, version, lies_in=True)
    outer: set[tuple[int, int]] = set()
    lengths: set[int] = set()
    for block in blocks:
        network, length = block
        covered = any((network >> width - each << width - each, each) in outer for each in lengths)
        within = inside is None or _holds(inside, network, width)
        if within and not covered and not _holds(block, address, width):
            outer.add(block)
            lengths.add(length)
            yield _membership(variable, block, about, symbols, version, lies_in=False)


def _membership(
    variable: z3.BitVecRef,
    block: tuple[int, int],
    about: str,
    symbols: Symbols,
    version: int,
    *,
    lies_in: bool,
) -> Literal:
    cidr: Cidr = IPv4Network(block) if version == 4 else IPv6Network(block)
    term = symbols.terms.has_prefix(variable, *block)
    text = f"{about} lies {'in' if lies_in else 'outside'} `{cidr}`"
    choice = Choice(ChoiceKind.FACT, "S-1", about, f"{'' if lies_in else '!'}{cidr}", text)
    return Literal(term if lies_in else symbols.terms.negation(term), choice)


def _by_size(block: tuple[int, int]) -> tuple[int, int]:
    return block[1], block[0]


def _holds(block: tuple[int, int], address: int, width: int) -> bool:
    network, length = block
    return network >> (width - length) == address >> (width - length)
