"""Pods that no manifest shows: nothing that a side lets through is left out."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.analyses.map.test_differential import completions, random_choices, random_cluster
from tests.analyses.map.test_rows import CLOSED, NAMESPACE, pods, policy
from tests.differential.people import Cast
from tests.differential.rounds import rounds
from tests.strategies import RICH
from verifier import loads
from verifier.analyses.map.context import Context
from verifier.analyses.map.exposure import Exposure, Exposures
from verifier.flow import Address, Direction, Flow, Pod
from verifier.mapper import ConnectionMap, MapReport, connection_map
from verifier.population import World
from verifier.render.map_words import lines
from verifier.semantics import (
    decide,
    ip_block_matches,
    label_selector_matches,
    membership_faults,
    namespace_labels,
)


def told(made: ConnectionMap) -> list[str]:
    report = MapReport(made, (), made.exposures())
    return [
        f"{', '.join(each.source)} -> {', '.join(each.destination)} on {', '.join(each.ports)}"
        for each in lines(report)
    ]


def meant(exposure: Exposure, pod: Pod, address: Address) -> bool:
    of = exposure.stranger
    if of.namespace is not None and of.namespace != pod.namespace.name:
        return False
    if of.namespaces is not None and not label_selector_matches(
        of.namespaces, namespace_labels(pod.namespace)
    ):
        return False
    if of.pods is not None and not label_selector_matches(of.pods, pod.labels):
        return False
    return of.block is None or ip_block_matches(of.block, address)


def on_port(exposure: Exposure, flow: Flow, context: Context) -> bool:
    if exposure.ports & context.ports.bits(flow.protocol, flow.port, flow.port):
        return True
    declared = flow.destination.ports if isinstance(flow.destination, Pod) else ()
    return any(
        (name, protocol) in exposure.names
        for port in declared
        for name, protocol in ((port.name, port.protocol), (port.name, None))
        if (port.number, port.protocol) == (flow.port, flow.protocol)
    )


def test_whoever_gets_through_one_side_is_told() -> None:
    met: Counter[str] = Counter()
    for _, dice in rounds(25):
        cluster, chosen = random_cluster(dice), random_choices(dice)
        context = Context(cluster, chosen)
        exposures = Exposures(context)
        shape_of = {(w.namespace, w.owner): shape for shape in context.ends.shapes for w in shape.workloads}
        cast = Cast(dice, RICH, cluster.population)
        readings, around = completions(dice, chosen), cast.surroundings(cluster.tiers)
        for flow in cast.flows(150):
            for direction in Direction:
                own, far = flow.destination, flow.source
                at = flow.source_address
                if direction is Direction.EGRESS:
                    own, far, at = far, own, flow.destination_address
                if not isinstance(own, Pod) or own.owner is None:
                    continue
                if not isinstance(far, Pod) or far.owner is not None:
                    continue
                if membership_faults(flow, cluster.population, World.ANY_POD):
                    continue
                decision = decide(flow, cluster.policies, readings, cluster.tiers, around)
                side = decision.ingress if direction is Direction.INGRESS else decision.egress
                exposed = exposures.of(shape_of[own.namespace.name, own.owner], direction)
                shown = any(meant(each, far, at) and on_port(each, flow, context) for each in exposed)
                met[f"{side.allowed} {shown}"] += 1
                assert shown or not side.allowed, f"{flow}\n{exposed}\n{cluster}"
    assert met["True True"] > 20
    assert met["False False"] > 20


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param(
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {role: x}}}],"
            " ports: [{port: 80}]}]}",
            ["any pod with role: x of namespace a -> a/web on 80/TCP"],
            id="own namespace",
        ),
        pytest.param(
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: z}}}]}]}",
            ["any pod of namespaces with team: z -> a/web on any port"],
            id="namespaces",
        ),
        pytest.param(
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}",
            [],
            id="no pod's address",
        ),
        pytest.param(
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}",
            ["any pod at an address in 0.0.0.0/0 except 10.0.0.0/8 -> a/web on any port"],
            id="addresses",
        ),
        pytest.param(
            "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}",
            ["a/web -> any pod of any namespace on http/TCP (by name)"],
            id="a name",
        ),
        pytest.param(
            "{podSelector: {}, ingress: [{}]}",
            ["any pod of any namespace -> a/web on any port"],
            id="everybody",
        ),
    ],
)
def test_strangers_are_told_by_selectors(spec: str, expected: list[str]) -> None:
    made = connection_map(loads(NAMESPACE + pods("web") + CLOSED + policy("one", spec)))

    assert told(made) == expected


def test_a_pod_that_nothing_isolates_is_open_to_everybody() -> None:
    made = connection_map(loads(NAMESPACE + pods("web")))

    assert told(made) == [
        "any pod of any namespace -> a/web on any port",
        "a/web -> any pod of any namespace on any port",
    ]
