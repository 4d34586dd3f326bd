"""Every kind of property, in one visible list: its questions, and what it mentions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from verifier.encodings.network_policy import Guarded
from verifier.encodings.question import Question
from verifier.encodings.symbolic_flow import Role
from verifier.encodings.symbols import Symbols
from verifier.encodings.vocabulary import Mentions
from verifier.flow import Direction
from verifier.population import Population
from verifier.properties.cover import cover
from verifier.properties.endpoints import encode_endpoints, kinds_of
from verifier.properties.forbid import forbid
from verifier.properties.isolate import isolate
from verifier.properties.only import only
from verifier.properties.require import require
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Forbid,
    Isolate,
    NamedPort,
    Only,
    Ports,
    Require,
    Statement,
)


def questions(statement: Statement, symbols: Symbols) -> tuple[Question, ...]:
    """Return the questions of a property: it holds iff each of them is unsatisfiable."""
    match statement:
        case Forbid():
            return (forbid(statement, symbols),)
        case Only():
            return (only(statement, symbols),)
        case Require():
            return (require(statement, symbols),)
        case Isolate():
            return (isolate(statement, symbols),)
        case Cover():
            return tuple(cover(statement, direction, symbols) for direction in statement.directions)
        case _:
            assert_never(statement)


@dataclass(slots=True)
class Written(Mentions):
    """What policies and properties write themselves, without the spare values that comparisons need."""

    def compared(self, key: str, values: Iterable[str]) -> None:
        """Take in a namespace label key that two endpoints compare, with its values in the snapshot."""
        self.namespace_labels.setdefault(key, set()).update(values)


def mention(statement: Statement, population: Population, mentions: Mentions) -> None:
    """Add what a property mentions to `mentions`."""
    match statement:
        case Forbid() | Only() | Require():
            _mention_endpoints(statement.source, mentions)
            _mention_endpoints(statement.destination, mentions)
            _mention_ports(statement.ports, mentions)
        case Isolate():
            mentions.namespaces(statement.namespaces)
            labels = [n.labels for n in population.namespaces.values() if n.labels is not None]
            mentions.compared(statement.by, {own[statement.by] for own in labels if statement.by in own})
            _mention_ports(statement.ports, mentions)
        case Cover():
            _mention_endpoints(statement.pods, mentions)
        case _:
            assert_never(statement)


def owners(statement: Statement) -> frozenset[tuple[str | None, str]]:
    """Return the workloads that a property names: (kind or None, name)."""
    match statement:
        case Forbid() | Only() | Require():
            return _owners(statement.source) | _owners(statement.destination)
        case Isolate():
            return frozenset()
        case Cover():
            return _owners(statement.pods)
        case _:
            assert_never(statement)


def _owners(endpoints: Endpoints) -> frozenset[tuple[str | None, str]]:
    found = {selection.workload for selection in endpoints if selection.workload is not None}
    return frozenset(found).union(*(_owners(selection.excluded) for selection in endpoints))


def _mention_endpoints(endpoints: Endpoints, mentions: Mentions) -> None:
    for selection in endpoints:
        mentions.namespaces(selection.namespace_selector)
        mentions.pods(selection.pod_selector)
        mentions.block(selection.ip_block)
        _mention_endpoints(selection.excluded, mentions)


def _mention_ports(ports: Ports, mentions: Mentions) -> None:
    for port in ports:
        if isinstance(port, NamedPort):
            mentions.port(port.name, port.protocol)


def ends(statement: Statement, symbols: Symbols) -> list[tuple[str, Question]]:
    """Return, for each end of a property, the question whose scope is empty iff that end selects nobody."""
    match statement:
        case Forbid() | Require():
            named = [("from", statement.source), ("to", statement.destination)]
        case Only():
            named = [("to", statement.destination)]
        case Cover():
            named = [("pods", statement.pods)]
        case Isolate():
            return []
        case _:
            assert_never(statement)
    return [(name, _presence(endpoints, symbols)) for name, endpoints in named]


def _presence(endpoints: Endpoints, symbols: Symbols) -> Question:
    end = symbols.flow.destination
    return Question(
        scope=encode_endpoints(symbols, endpoints, end),
        violation=symbols.terms.false,
        guarded=Guarded.ISOLATION,
        harmless=False,
        kinds=((Role.DESTINATION, kinds_of(endpoints)),),
        covers=Direction.INGRESS,
    )
