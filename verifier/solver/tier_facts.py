"""What tiers rest on that no endpoint has of its own: orders of ties, labels of nodes, addresses of names.

An order and a node's labels are variables of the whole cluster, like readings. Which addresses a domain name
has is a set that nobody knows (S-12). Of addresses outside the cluster that no policy and no property tells
apart, a completion may as well give a name all or none: if it has no violating flow, then neither has the one
in which all of them are as one of them is. So there is one fact for each name and each *cell* of such
addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

import z3

from verifier.encodings.ip_block import encode_internet
from verifier.encodings.precedence import Precedence
from verifier.encodings.symbolic_flow import IPV4_BITS, IPV6_BITS, Kind
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth, value
from verifier.encodings.vocabulary import ABSENT, OTHER
from verifier.internet import on_the_internet
from verifier.population import Cidr
from verifier.solver.assignment import Literal
from verifier.verdict import DOMAIN_NAMES_ITEM, Choice, ChoiceKind

_SHOWN_HOLES = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """Addresses outside the cluster that are alike: their smallest mentioned block; if of the internet."""

    version: int
    block: tuple[int, int] | None
    internet: bool


class TierFacts:
    """The facts of one search that no endpoint has; variables of the whole cluster and cells met so far."""

    def __init__(self, symbols: Symbols, precedence: Precedence) -> None:
        self.symbols = symbols
        self.precedence = precedence
        self._cells: dict[Cell, dict[str, z3.BoolRef]] = {}
        self._blocks = {
            version: sorted(
                {bits[1:] for bits in symbols.blocks if bits[0] == version}, key=lambda bits: bits[1]
            )
            for version in (4, 6)
        }

    # --- variables of the whole cluster --------------------------------------------------------------------

    @property
    def everywhere(self) -> tuple[z3.BitVecRef, ...]:
        """The variables that have one value in a completion, whatever the flow."""
        return (*self.precedence.ranks, *(variable for _, _, variable in self._node_labels()))

    def _node_labels(self) -> Iterator[tuple[int, str, z3.BitVecRef]]:
        nodes = self.symbols.nodes
        for key in self.symbols.node_labels:
            for index in range(len(nodes.names)):
                if nodes.labels(index) is None:
                    yield index, key, self.symbols.node_label(index, key)

    # --- addresses of names --------------------------------------------------------------------------------

    def substitutes(self, model: z3.ModelRef) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
        """Return for each name what "the destination is one of its addresses" becomes: a fact, or false."""
        names = self.symbols.domain_names
        if not names:
            return []
        if value(model, self.symbols.flow.destination.kind) != Kind.EXTERNAL:
            return [(variable, self.symbols.terms.false) for variable in names.values()]
        facts = self._facts(self._cell_of(model))
        return [(variable, facts[name]) for name, variable in names.items()]

    def _facts(self, cell: Cell) -> dict[str, z3.BoolRef]:
        found = self._cells.get(cell)
        if found is None:
            number = len(self._cells)
            found = self._cells[cell] = {
                name: self.symbols.terms.boolean(f"fact[cell {number}].domain[{name}]")
                for name in self.symbols.domain_names
            }
        return found

    def completion(self, model: z3.ModelRef) -> Iterator[z3.BoolRef]:
        """Yield what holds of every flow in the completion of `model`.

        Cells that no flow has been to are as the one that was met last: mostly the same rules speak of them.
        """
        terms = self.symbols.terms
        for variable in self.everywhere:
            yield terms.equals(variable, value(model, variable))
        elsewhere = terms.equals(self.symbols.flow.destination.kind, Kind.EXTERNAL)
        agrees = terms.true
        for cell, facts in self._cells.items():
            inside = self._inside(cell)
            agrees = terms.conjunction(
                terms.same_truth(self.symbols.domain_names[name], terms.constant(truth(model, fact)))
                for name, fact in facts.items()
            )
            yield terms.implication(inside, agrees)
            elsewhere = terms.conjunction((elsewhere, terms.negation(inside)))
        yield terms.implication(elsewhere, agrees)

    def _cell_of(self, model: z3.ModelRef) -> Cell:
        end = self.symbols.flow.destination
        version = 6 if truth(model, self.symbols.flow.is_ipv6) else 4
        address = value(model, end.ipv6 if version == 6 else end.ipv4)
        width = IPV6_BITS if version == 6 else IPV4_BITS
        holding = [block for block in self._blocks[version] if _holds(block, address, width)]
        return Cell(version, holding[-1] if holding else None, on_the_internet(address, version))

    def _inside(self, cell: Cell) -> z3.BoolRef:
        """Return the term "the destination is outside the cluster, with an address of that cell"."""
        terms, flow = self.symbols.terms, self.symbols.flow
        end = flow.destination
        variable = end.ipv6 if cell.version == 6 else end.ipv4
        routed = encode_internet(terms, end, flow.is_ipv6)
        holes = [terms.has_prefix(variable, *hole) for hole in self._holes(cell)]
        parts = [
            terms.equals(end.kind, Kind.EXTERNAL),
            terms.same_truth(flow.is_ipv6, terms.constant(cell.version == 6)),
            routed if cell.internet else terms.negation(routed),
            terms.true if cell.block is None else terms.has_prefix(variable, *cell.block),
            terms.negation(terms.disjunction(holes)),
        ]
        return terms.conjunction(parts)

    def _holes(self, cell: Cell) -> list[tuple[int, int]]:
        """Return the mentioned blocks below that of the cell."""
        width = IPV6_BITS if cell.version == 6 else IPV4_BITS
        outer = cell.block or (0, 0)
        return [
            block
            for block in self._blocks[cell.version]
            if block[1] > outer[1] and _holds(outer, block[0], width)
        ]

    # --- in words ------------------------------------------------------------------------------------------

    def literals(self, mentioned: str, model: z3.ModelRef) -> Iterator[Literal]:
        """Yield what `model` says of those facts whose variables occur in the text `mentioned`."""
        yield from self._name_literals(mentioned, model)
        yield from self._label_literals(mentioned, model)
        for one, other, before in self.precedence.asked:
            ranks = (str(self.precedence.rank(one)), str(self.precedence.rank(other)))
            if all(rank in mentioned for rank in ranks):
                first, second = (one, other) if truth(model, before) else (other, one)
                term = before if first is one else self.symbols.terms.negation(before)
                item = "CNP-11" if one.kind == "ClusterNetworkPolicy" else "ANP-11"
                text = f"{first.title} is asked before {second.title}, of equal priority"
                about = f"the order of {one.title} and {other.title}"
                yield Literal(term, Choice(ChoiceKind.ORDER, item, about, first.title, text))

    def _name_literals(self, mentioned: str, model: z3.ModelRef) -> Iterator[Literal]:
        terms = self.symbols.terms
        for cell, facts in self._cells.items():
            for name, fact in facts.items():
                if f"{fact}" in mentioned:
                    has = truth(model, self.symbols.domain_names[name])
                    every = "every" if has else "no"
                    text = f"{every} IPv{cell.version} address {self._words(cell)} is one of `{name}`"
                    about = f"the IPv{cell.version} addresses {self._words(cell)} of `{name}`"
                    term = fact if has else terms.negation(fact)
                    yield Literal(term, Choice(ChoiceKind.FACT, DOMAIN_NAMES_ITEM, about, has, text))

    def _words(self, cell: Cell) -> str:
        where = "of the internet" if cell.internet else "outside the cluster and off the internet"
        if cell.block is not None:
            where += f" in `{_cidr(cell.version, cell.block)}`"
        holes = [f"`{_cidr(cell.version, hole)}`" for hole in self._holes(cell)]
        if len(holes) > _SHOWN_HOLES:
            return f"{where} but in no smaller block that is mentioned"
        return f"{where} but not in {', '.join(holes)}" if holes else where

    def _label_literals(self, mentioned: str, model: z3.ModelRef) -> Iterator[Literal]:
        for index, key, variable in self._node_labels():
            if str(variable) not in mentioned:
                continue
            domain, subject = self.symbols.node_labels[key], f"node `{self.symbols.nodes.names[index]}`"
            code = value(model, variable)
            if code == ABSENT:
                term = self.symbols.terms.equals(variable, code)
                spelt, said = None, f"{subject} has no label `{key}`"
            elif code == OTHER or code >= domain.size:
                listed = [ABSENT, *range(OTHER + 1, domain.size)]
                term = self.symbols.terms.negation(self.symbols.terms.one_of(variable, listed))
                spelt, said = domain.other, f"the label `{key}` of {subject} has a value that nobody mentions"
            else:
                term = self.symbols.terms.equals(variable, code)
                spelt, said = domain.value(code), f"the label `{key}` of {subject} is `{domain.value(code)}`"
            about = f"the label `{key}` of {subject}"
            yield Literal(term, Choice(ChoiceKind.FACT, "CNP-10", about, spelt, said))


def _cidr(version: int, block: tuple[int, int]) -> Cidr:
    return IPv4Network(block) if version == 4 else IPv6Network(block)


def _holds(block: tuple[int, int], address: int, width: int) -> bool:
    network, length = block
    return network >> (width - length) == address >> (width - length)
