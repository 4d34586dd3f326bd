"""A cluster as the input shows it, every part with its place in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from verifier.diagnostics import Diagnostic, Span
from verifier.manifest.base import Route
from verifier.manifest.by_namespace import Grouping
from verifier.manifest.network_policy import NetworkPolicy
from verifier.manifest.tiers import TieredPolicy
from verifier.population import Population
from verifier.source import Document, JsonValue


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an object is written: a document, and the way to it (`()` unless it is a list's item)."""

    document: Document
    route: Route = ()

    @property
    def content(self) -> JsonValue:
        """The object as data."""
        found = self.document.data
        for step in self.route:
            if isinstance(found, Mapping):
                found = found[str(step)]
            elif isinstance(found, Sequence):
                found = found[int(step)]
        return found

    def span(self, *route: str | int, key: bool = False) -> Span:
        """Return the place of the value at `route` from the object on; with `key` that of its key."""
        return self.document.span((*self.route, *route), key=key)


@dataclass(frozen=True, slots=True)
class UnmodelledPolicy:
    """An object that decides about connections in a way we do not model (S-12).

    `namespace` is the one whose pods it may touch; None: all pods and nodes.
    """

    kind: str
    api_version: str
    namespace: str | None
    name: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something taken for granted that the input does not say; `id` is the item of the specification.

    `standing` ones are made in every run whose input does not say otherwise; the others for this input alone.
    """

    id: str
    text: str
    source: str
    standing: bool = False


@dataclass(frozen=True)
class Cluster:
    """Everything that the documents say, checked.

    `tiers` are the policies of tiers other than NetworkPolicy's. `origins` are all policies' by title
    (`shop/default-deny`, `AdminNetworkPolicy/pass-monitoring`), `workload_origins` the workloads' by kind,
    namespace and name (pods that were declared outside the documents have none). `ignored` counts the
    objects, by kind, that decide nothing; `dropped_pods` the pods that have run to their end (S-2).
    `hidden_pods` are the namespaces in which something makes pods that are not shown.
    """

    population: Population
    policies: tuple[NetworkPolicy, ...] = ()
    tiers: tuple[TieredPolicy, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    workload_origins: Mapping[tuple[str, str, str], Origin] = field(default_factory=dict)
    unmodelled: tuple[UnmodelledPolicy, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    documents: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    dropped_pods: int = 0
    hidden_pods: frozenset[str] = frozenset()

    @cached_property
    def grouping(self) -> Grouping:
        """The NetworkPolicies by namespace."""
        return Grouping(self.policies)
