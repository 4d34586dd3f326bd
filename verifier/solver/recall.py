"""A model without the solver that found it: the values of the flow's variables, to be had again.

A solver that is kept alive takes memory, and moves what other solvers of its context find.
"""

from __future__ import annotations

import z3

from verifier.encodings.symbols import Symbols
from verifier.readings import READINGS
from verifier.solver.search import truth, value

Record = tuple[int, ...]
"""The value of each variable, in the order of `_variables`."""


def recorded(model: z3.ModelRef, symbols: Symbols) -> Record:
    """Return what `model` says of the flow and of the readings."""
    return tuple(
        value(model, variable) if isinstance(variable, z3.BitVecRef) else int(truth(model, variable))
        for variable in _variables(symbols)
    )


def as_recorded(record: Record, symbols: Symbols) -> z3.BoolRef:
    """Return the term "flow and readings are just those"."""
    terms = symbols.terms
    return terms.conjunction(
        terms.equals(variable, known)
        if isinstance(variable, z3.BitVecRef)
        else terms.same_truth(variable, terms.constant(bool(known)))
        for variable, known in zip(_variables(symbols), record, strict=True)
    )


def _variables(symbols: Symbols) -> list[z3.BitVecRef | z3.BoolRef]:
    flow = symbols.flow
    found: list[z3.BitVecRef | z3.BoolRef] = [flow.protocol, flow.port, flow.is_ipv6, flow.dual_stack]
    found += flow.named
    found += (symbols.readings[row.name] for row in READINGS)
    for end in (flow.source, flow.destination):
        found += [end.kind, end.identity, end.namespace, end.node, end.ipv4, end.ipv6]
        found += [*end.labels.values(), *end.namespace_labels.values()]
        found += [end.host_network, end.single, end.has_ipv4, end.has_ipv6]
    return found
