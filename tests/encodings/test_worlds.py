"""No endpoint, and no fact, has a code that stands for nothing (S-3, S-4)."""

from __future__ import annotations

from itertools import product

import pytest
import z3

from tests.encodings.test_shapes import NAMESPACE, pod
from verifier import loads
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.vocabulary import Mentions
from verifier.encodings.worlds import Universe
from verifier.flow import Protocol
from verifier.solver.facts import Holder, Owner, facts_of
from verifier.solver.search import LOGIC

DEPLOYMENT = (
    "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: used},"
    " spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}},"
    " spec: {containers: [{name: c}]}}}}\n"
)


@pytest.fixture
def symbols() -> Symbols:
    """Every domain has three values, and variables of two bits: one code is left over."""
    mentions = Mentions()
    mentions.pod_labels["pod-template-hash"] = {"abc"}
    mentions.namespace_labels["team"] = {"ops"}
    mentions.port("http", Protocol.TCP)
    population = loads(NAMESPACE + DEPLOYMENT + pod("a", "n1")).population
    return build_symbols(population, mentions)


def codes(symbols: Symbols, variable: z3.BitVecRef, *given: z3.BoolRef) -> list[int]:
    """Return which codes `variable` can have."""
    solver = symbols.terms.solver(LOGIC)
    solver.add(*given)
    every = range(1 << variable.size())
    return [code for code in every if solver.check(symbols.terms.equals(variable, code)) == z3.sat]


@pytest.mark.parametrize("role", [Role.SOURCE, Role.DESTINATION])
@pytest.mark.parametrize("kind", list(Kind))
def test_an_endpoint_is_somewhere(kind: Kind, role: Role, symbols: Symbols) -> None:
    end = symbols.flow.end(role)
    anybody = Universe(symbols).endpoint(role, Kind)
    known = symbols.terms.conjunction((anybody, symbols.terms.equals(end.kind, kind)))

    assert codes(symbols, end.namespace_labels["team"], known) == [0, 1, 2]
    assert codes(symbols, end.node, known) == [0, 1, 2]
    if kind is Kind.HYPOTHETICAL:
        assert codes(symbols, end.labels["pod-template-hash"], known) == [0, 1, 2]
        assert codes(symbols, end.namespace, known) == list(range(symbols.table.size))


def test_two_pods_of_one_shape_share_a_node_where_two_are() -> None:
    """S-9: their addresses are known, so all three are one shape."""
    places = {"a1": "n1", "a2": "n2", "a3": "n2"}
    pods = (pod(name, node, address=f"10.0.0.{name[1]}") for name, node in places.items())
    symbols = build_symbols(loads(NAMESPACE + "".join(pods)).population, Mentions())
    universe, terms, flow = Universe(symbols), symbols.terms, symbols.flow
    solver = terms.solver(LOGIC)
    solver.add(universe.flow(new_namespaces_both=False))
    for role in Role:
        solver.add(universe.endpoint(role, [Kind.POD]), universe.shapes_of(role, 0))

    pairs = [
        (one, other)
        for one, other in product(range(2), repeat=2)
        if solver.check(terms.equals(flow.source.node, one), terms.equals(flow.destination.node, other))
        == z3.sat
    ]

    assert len(symbols.shapes) == 1
    assert pairs == [(0, 1), (1, 0), (1, 1)]


def test_the_first_port_of_a_name_is_one_of_that_name(symbols: Symbols) -> None:
    """NP-25, for whoever is not shown; the ports of others are known."""
    flow, terms = symbols.flow, symbols.terms
    first, named = flow.named_first["http", Protocol.TCP], flow.named_any["http", Protocol.TCP]
    solver = terms.solver(LOGIC)
    solver.add(Universe(symbols).endpoint(Role.DESTINATION, [Kind.HYPOTHETICAL]))

    assert solver.check(first, named) == solver.check(named, terms.negation(first)) == z3.sat
    assert solver.check(first, terms.negation(named)) == z3.unsat


def test_a_fact_is_one_of_those_there_are(symbols: Symbols) -> None:
    universe = Universe(symbols)
    used = symbols.table.index("used")
    (web,) = (shape.index for shape in symbols.shapes if shape.workload.name == "web")
    namespace = facts_of(Holder(Owner.NAMESPACE, used), symbols, universe)
    shape = facts_of(Holder(Owner.SHAPE, web), symbols, universe)

    found = {
        (facts.subject, field.name): codes(symbols, variable, facts.domain)
        for facts in (namespace, shape)
        for field, variable in facts.variables.items()
        if isinstance(variable, z3.BitVecRef) and variable.size() == 2
    }

    assert found == {
        ("namespace `used`", "namespace_labels"): [0, 1, 2],
        ("`used/web`", "labels"): [1, 2],  # its controller sets it
        ("`used/web`", "node"): [0, 1, 2],
    }
