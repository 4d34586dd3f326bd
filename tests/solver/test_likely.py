"""Which namespaces a search for what is open looks at first."""

from __future__ import annotations

import pytest

from verifier import loads
from verifier.cluster import Cluster
from verifier.deadline import Deadline, LimitError
from verifier.engine import Engine
from verifier.flow import Pod
from verifier.manifest.labels import LabelSelector
from verifier.population import METADATA_NAME, World
from verifier.properties.spec.scope import Isolate, Property
from verifier.solver import likely
from verifier.solver.likely import Likely
from verifier.verdict import FlowCounterexample, Refuted, Word

NAMES = [f"n{number:02}" for number in range(12)]
SENDER, RECEIVER = "n07", "n04"
APART = Isolate(LabelSelector(), METADATA_NAME)
PROPERTY = Property(0, "apart", APART, World.SNAPSHOT)

EGRESS = (
    "{to: [{namespaceSelector: {matchLabels: {team: four}}, podSelector: {matchLabels: {app: web}}}],"
    " ports: [{port: 8000, endPort: 8100}]}"
)
INGRESS = (
    "{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: n07}}}], ports: [{port: http}]}"
)


def closed_but(egress: str = EGRESS, ingress: str = INGRESS, *, host: bool = False) -> Cluster:
    """Return namespaces with one pod each, which let nothing through but what two rules say."""
    documents = []
    for name in NAMES:
        team = "{team: four}" if name == RECEIVER else "{}"
        network = "hostNetwork: true, nodeName: one, " if host and name == SENDER else ""
        rules = {"egress": egress if name == SENDER else "", "ingress": ingress if name == RECEIVER else ""}
        said = "".join(f", {direction}: [{rule}]" for direction, rule in rules.items())
        documents += [
            f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {team}}}}}",
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: web, namespace: {name}, labels: {{app: web}}}},"
            f" spec: {{{network}containers: [{{name: c, ports: [{{name: http, containerPort: 8080}}]}}]}}}}",
            f"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,"
            f" metadata: {{name: all, namespace: {name}}},"
            f" spec: {{podSelector: {{}}, policyTypes: [Ingress, Egress]{said}}}}}",
        ]
    return loads("".join(f"---\n{document}\n" for document in documents))


def guesses(cluster: Cluster) -> list[tuple[str, str]]:
    engine = Engine(cluster, [APART])
    names = engine.symbols.table.names
    found = Likely(engine.context.sides).pairs(range(len(NAMES)), range(len(NAMES)))
    return [(names[source], names[destination]) for source, destination in found]


def test_those_are_guessed_whom_two_rules_let_talk() -> None:
    assert guesses(closed_but()) == [(SENDER, RECEIVER)]
    assert guesses(closed_but(egress="{}", ingress="{}")) == [(SENDER, RECEIVER)]


@pytest.mark.parametrize(
    "egress",
    [
        EGRESS.replace("four", "five"),
        EGRESS.replace("web", "db"),
        EGRESS.replace("8000", "8090"),
        "{to: [{podSelector: {}}]}",
        "{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}",
    ],
)
def test_nobody_is_guessed_whose_egress_lets_nothing_through(egress: str) -> None:
    assert guesses(closed_but(egress)) == []


@pytest.mark.parametrize(
    "ingress",
    [
        INGRESS.replace("n07", "n08"),
        INGRESS.replace("http", "https"),
        INGRESS.replace("{port: http}", "{port: 8080, protocol: UDP}"),
    ],
)
def test_nobody_is_guessed_whose_ingress_lets_nothing_through(ingress: str) -> None:
    assert guesses(closed_but(ingress=ingress)) == []


def test_pods_that_no_policy_keeps_apart_are_no_guess() -> None:
    assert guesses(closed_but(host=True)) == []


def test_what_was_guessed_is_found() -> None:
    found = Engine(closed_but(), [APART]).decide(PROPERTY, 60)[World.SNAPSHOT]

    assert isinstance(found, Refuted)
    assert isinstance(found.counterexample, FlowCounterexample)
    flow = found.counterexample.flow
    assert isinstance(flow.source, Pod)
    assert isinstance(flow.destination, Pod)
    assert (flow.source.namespace.name, flow.destination.namespace.name) == (SENDER, RECEIVER)
    assert flow.port == 8080


def test_where_nobody_is_guessed_it_is_still_proved() -> None:
    cluster = closed_but(egress="{ports: [{port: 1}]}")

    assert guesses(cluster) == []
    assert Engine(cluster, [APART]).decide(PROPERTY, 60)[World.SNAPSHOT].word is Word.PROVED


def test_no_guess_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likely, "MOST_STEPS", 1)

    assert guesses(closed_but()) == []
    assert Engine(closed_but(), [APART]).decide(PROPERTY, 60)[World.SNAPSHOT].word is Word.REFUTED


def test_a_guess_ends_when_time_is_up() -> None:
    engine = Engine(closed_but(), [APART])
    engine.symbols.terms.deadline = Deadline(-1)

    with pytest.raises(LimitError):
        next(Likely(engine.context.sides).pairs(range(len(NAMES)), range(len(NAMES))))
