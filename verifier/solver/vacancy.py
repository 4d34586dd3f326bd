"""Whether an address is anybody's: what is not shown can have it only where no pod or node shown does.

Addresses outside the cluster, and those of pods that no manifest shows, are mostly so many alike that the
cluster could not use them up. Where a block is so small that it could, who has its addresses is a fact like
any other (S-1, S-2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import z3

from verifier.encodings.addresses import known_addresses
from verifier.encodings.symbolic_flow import Kind, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth
from verifier.flow import Address
from verifier.population import DEFAULT_POD_CIDRS, Cidr
from verifier.solver.assignment import Literal
from verifier.solver.facts import Facts, Holder, Owner
from verifier.verdict import Choice, ChoiceKind

MOST_HOLDERS = 64
"""Beyond so many that could have it, an address is taken if that avoids a violation: less exact."""


class Vacancies:
    """The scarce addresses met so far, each with the variable "no pod or node shown has it".

    `nodes` are those that count as shown, by index: where nobody says which there are, a property that speaks
    of nodes means those that nobody names, too.
    """

    def __init__(self, symbols: Symbols, nodes: Iterable[int]) -> None:
        self.symbols = symbols
        self._nodes = tuple(nodes)
        self._vacant: dict[Address, z3.BoolRef] = {}

    def of(
        self, address: Address, facts_of: Callable[[Holder], Facts]
    ) -> tuple[z3.BoolRef, list[z3.BoolRef]]:
        """Return the term for `address`, and what defines it, where that has not been said yet."""
        terms = self.symbols.terms
        known = self._vacant.get(address)
        if known is not None:
            return known, []
        holders = list(_could_have(address, self.symbols, self._nodes))
        if not holders:
            return terms.true, []
        vacant = self._vacant[address] = terms.boolean(f"vacant[{address}]")
        if len(holders) > MOST_HOLDERS:
            return vacant, []
        elsewhere = terms.conjunction(
            terms.negation(_has(facts_of(holder), address, self.symbols)) for holder in holders
        )
        if any(self._may_be_more(holder) for holder in holders):
            return vacant, [terms.implication(vacant, elsewhere)]
        return vacant, [terms.same_truth(vacant, elsewhere)]

    def _may_be_more(self, holder: Holder) -> bool:
        """Return whether a holder stands for any number of pods, whom nobody can count."""
        return holder.owner is Owner.SHAPE and not self.symbols.shapes[holder.index].single

    def taken(self, model: z3.ModelRef, ends: Iterable[SymbolicEndpoint]) -> Iterator[z3.BoolRef]:
        """Yield "nobody who is not shown has that address" for those that somebody has in `model`."""
        terms = self.symbols.terms
        ends = tuple(ends)
        for address, vacant in self._vacant.items():
            if not truth(model, vacant):
                for end in ends:
                    yield terms.implication(
                        terms.one_of(end.kind, (Kind.HYPOTHETICAL, Kind.EXTERNAL)),
                        terms.negation(terms.equals(_variable(end, address), int(address))),
                    )

    def literals(self, mentioned: str) -> Iterator[Literal]:
        """Yield that the addresses whose variables occur in the text `mentioned` are nobody's."""
        for address, vacant in self._vacant.items():
            if f"vacant[{address}]" in mentioned:
                text = f"no pod or node shown has the address `{address}`"
                yield Literal(
                    vacant, Choice(ChoiceKind.FACT, "S-2", f"the address {address}", "nobody's", text)
                )


def _variable(end: SymbolicEndpoint, address: Address) -> z3.BitVecRef:
    return end.ipv4 if address.version == 4 else end.ipv6


def _could_have(address: Address, symbols: Symbols, nodes: Iterable[int]) -> Iterator[Holder]:
    """Yield everybody shown whose address nobody states, and who could have this one."""
    network = symbols.population.network
    for_nodes = _holds(DEFAULT_POD_CIDRS if network.node_cidrs is None else network.node_cidrs, address)
    for_pods = _holds(network.unknown_pod_cidrs, address)
    for shape in symbols.shapes:
        on_host = shape.workload.host_network
        if known_addresses(symbols, shape.workload) is None and (for_nodes if on_host else for_pods):
            yield from (Holder(Owner.SHAPE, shape.index, slot) for slot in range(1 if shape.single else 2))
    for index in nodes:
        if for_nodes and symbols.nodes.addresses(index) is None:
            yield Holder(Owner.NODE, index)


def _holds(cidrs: Iterable[Cidr], address: Address) -> bool:
    return any(address in cidr for cidr in cidrs)


def _has(facts: Facts, address: Address, symbols: Symbols) -> z3.BoolRef:
    bits, has = facts.address(address.version)
    return symbols.terms.conjunction((has, symbols.terms.equals(bits, int(address))))
