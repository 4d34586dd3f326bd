"""The whole table of cases that were worked out by hand, asked of the solver."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations

import pytest
import z3

from tests.semantics.cases import CASES, TIER_CASES, Case
from tests.semantics.cast import N1, N2
from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.encodings.symbols import Symbols
from verifier.encodings.tiers import TierSides
from verifier.engine import Engine
from verifier.flow import Address, Endpoint, External, Node, Pod
from verifier.manifest.network_policy import IPBlock, NetworkPolicy
from verifier.population import Namespace, Population, Workload
from verifier.properties.registry import questions
from verifier.properties.spec.scope import Forbid, PortRange, Require, Selection, Statement
from verifier.solver.answers import Outcome, Sat, Unsat
from verifier.solver.decode import decode_flow
from verifier.solver.search import Search


def ends(case: Case) -> tuple[Endpoint, Endpoint]:
    return case.flow.source, case.flow.destination


def node_of(pod: Pod) -> str:
    """A pod whose node nobody knows is on one of its own here: else its placement would be a question too."""
    return pod.node or f"under-{pod.name}"


def shown(pod: Pod) -> Workload:
    """The bare Pod with everything known of it."""
    return Workload(
        kind="Pod",
        namespace=pod.namespace.name,
        name=pod.name,
        labels=pod.labels,
        ports=pod.ports,
        host_network=pod.host_network,
        node=node_of(pod),
        addresses=pod.addresses,
        single=True,
    )


def cluster_around(case: Case) -> Cluster:
    """The two ends, and the nodes; policies of one name are told apart."""
    pods = {(end.namespace.name, end.name): end for end in ends(case) if isinstance(end, Pod)}
    namespaces = {policy.namespace: Namespace(policy.namespace, {}) for policy in case.policies}
    for pod in pods.values():
        namespaces[pod.namespace.name] = Namespace(pod.namespace.name, pod.namespace.labels)
    return Cluster(
        Population(namespaces, tuple(shown(pod) for pod in pods.values()), (N1, N2)),
        tuple(told_apart(case.policies)),
        case.tiers,
    )


def told_apart(policies: Sequence[NetworkPolicy]) -> Iterator[NetworkPolicy]:
    yield from (
        policy.model_copy(update={"name": f"{policy.name}-{number}"})
        for number, policy in enumerate(policies)
    )


def facts(case: Case, engine: Engine) -> list[z3.BoolRef]:
    """What the case says of its surroundings; of what it leaves out nothing is said."""
    symbols, tiers = engine.symbols, engine.context.tiers
    return [*orders(case, symbols, tiers), *names(case, symbols)]


def orders(case: Case, symbols: Symbols, tiers: TierSides) -> Iterator[z3.BoolRef]:
    named = case.surroundings.precedence
    for group in tiers.precedence.tied:
        for one, other in combinations([policy for policy in group if policy.title in named], 2):
            earlier = named.index(one.title) < named.index(other.title)
            before = tiers.precedence.before(one, other)
            if before is not symbols.terms.true:
                yield before if earlier else symbols.terms.negation(before)


def names(case: Case, symbols: Symbols) -> Iterator[z3.BoolRef]:
    for name, addresses in case.surroundings.domain_names.items():
        if name in symbols.domain_names:
            resolved = case.flow.destination_address in addresses
            yield symbols.terms.same_truth(symbols.domain_names[name], symbols.terms.constant(resolved))


def selection(endpoint: Endpoint, address: Address) -> Selection:
    """Nobody but `endpoint`, with that address."""
    block = IPBlock(cidr=f"{address}/{address.max_prefixlen}")
    match endpoint:
        case External():
            return Selection(externals=True, ip_block=block)
        case Node(name=name):
            return Selection(nodes=True, node=name, ip_block=block)
        case Pod(namespace=namespace, name=name):
            return Selection(pods=True, namespace=namespace.name, workload=("Pod", name), ip_block=block)


def asked(case: Case) -> Mapping[bool, tuple[Outcome, Engine]]:
    """What the solver finds when it looks for the flow allowed (True), and for the flow denied (False)."""
    source = selection(case.flow.source, case.flow.source_address)
    destination = selection(case.flow.destination, case.flow.destination_address)
    ports = (PortRange(case.flow.protocol, case.flow.port, case.flow.port),)
    statements: dict[bool, Statement] = {
        True: Forbid((source,), (destination,), ports),
        False: Require((source,), (destination,), ports),
    }
    found = {}
    for allowed, statement in statements.items():
        engine = Engine(cluster_around(case), statements.values())
        question = questions(statement, engine.symbols)[0]
        # `forbid` leaves a node to its own pod out; here it counts, as in `require`.
        question = replace(question, scope=questions(statements[False], engine.symbols)[0].scope)
        if source == destination:
            question = replace(question, itself=True)
        search = Search(engine.context, question, asdict(case.readings), Deadline(20))
        search.solver.add(*facts(case, engine))
        found[allowed] = search.run([search.violating, search.snapshot]), engine
    return found


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.item}: {case.name}") for case in (*CASES, *TIER_CASES)]
)
def test_the_solver_agrees_with_the_table(case: Case) -> None:
    found = asked(case)

    outcome, engine = found[case.allowed]
    assert isinstance(outcome, Sat)
    assert isinstance(found[not case.allowed][0], Unsat)
    decoded = decode_flow(outcome.model, engine.symbols)
    assert (decoded.source_address, decoded.destination_address, decoded.protocol, decoded.port) == (
        case.flow.source_address,
        case.flow.destination_address,
        case.flow.protocol,
        case.flow.port,
    )
