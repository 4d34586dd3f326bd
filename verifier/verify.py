"""`verify check`: every property of every file gets its verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import BinaryIO, NamedTuple, TypeVar

from verifier.cache import Store
from verifier.cluster import Assumption, Cluster
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS
from verifier.diagnostics import Diagnostic, InputError, Span
from verifier.engine import Engine
from verifier.population import Network
from verifier.properties.spec.scope import Equivalent, Property, Refines, Relation, speaks_of_nodes
from verifier.property_file import Overrides, PropertySet, load_property_sets
from verifier.readings import DEFAULT_PROFILE, FREE, OUT_OF_SCOPE, PROFILES, READINGS
from verifier.refinement import decide_relation
from verifier.report import Contradiction, PropertyResult, Report, SetReport
from verifier.several import Decided

T = TypeVar("T")

Progress = Callable[[int, int, str], None]
"""Called before each property with how many are done, how many there are, and the name of the next."""


class Limits(NamedTuple):
    """For each property: how long, and how many counterexamples; for all of them, how much memory."""

    seconds: float
    megabytes: float
    counterexamples: int


def check(
    *paths: str,
    manifests: Sequence[str] | None = None,
    overrides: Overrides | None = None,
    only: Sequence[str] = (),
    timeout_seconds: float = DEFAULT_SECONDS,
    memory_megabytes: float = DEFAULT_MEGABYTES,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
    counterexamples: int = 1,
    cache: Store | None = None,
) -> Report:
    """Return the verdicts on all properties of the files at `paths`.

    Args:
        paths: property files, folders or globs; `-` is standard input.
        manifests: files, folders, globs to read instead of `spec.manifests`.
        overrides: all that the command line can say over the files; `manifests` is a short form.
        only: glob patterns; a property is decided if its name matches one of them (none given: all).
        timeout_seconds: for each property.
        memory_megabytes: what deciding may use, besides what the input takes.
        counterexamples: how many to look for where a property does not hold, each for another reason.
        cache: where what was read is kept, and taken from; None: nowhere.

    Raises:
        InputError: with every fault of every file; nothing is decided then.
        InternalError: the two readings disagree.
    """
    overrides = overrides or Overrides(manifests=tuple(manifests) if manifests else None)
    sets, faults = load_property_sets(paths or ("properties.yaml",), overrides, stdin, cache)
    if faults:
        raise InputError(faults)
    chosen = [[prop for prop in one.properties if _wanted(prop, only)] for one in sets]
    total = sum(len(properties) for properties in chosen)
    if total == 0:
        message = f"no property is called {' or '.join(f'`{pattern}`' for pattern in only)}"
        raise InputError([Diagnostic("no-property", Span("--only"), message)])
    told = 0
    reports = []
    for one, properties in zip(sets, chosen, strict=True):
        tell = partial(_tell, progress, told, total)
        limits = Limits(timeout_seconds, memory_megabytes, counterexamples)
        reports.append(_decided(one, properties, limits, tell))
        told += len(properties)
    return Report(tuple(reports))


def _related(
    one: PropertySet, prop: Property, relation: Relation, limits: Limits
) -> tuple[PropertyResult, Decided]:
    begin = time.perf_counter()
    other, both = one.others[relation.than], one.file.spec.new_namespaces == "both"
    verdicts = decide_relation(
        prop, one.cluster, other, limits.seconds, limits.megabytes, new_namespaces_both=both
    )
    seconds = time.perf_counter() - begin
    return PropertyResult(prop, one.span(prop), verdicts, seconds), Decided(prop, verdicts)


def _wanted(prop: Property, only: Sequence[str]) -> bool:
    return not only or any(fnmatchcase(prop.name, pattern) for pattern in only)


def _tell(progress: Progress | None, before: int, total: int, done: int, name: str) -> None:
    if progress is not None:
        progress(before + done, total, name)


def _decided(
    one: PropertySet, properties: Sequence[Property], limits: Limits, tell: Callable[[int, str], None]
) -> SetReport:
    both = one.file.spec.new_namespaces == "both"
    of_one_set = [prop for prop in properties if not _relates(prop)]
    statements = [prop.of_one_set for prop in of_one_set]
    engine = Engine(one.cluster, statements, new_namespaces_both=both, megabytes=limits.megabytes)
    with engine.at_work():
        results = _results(one, engine, properties, limits, tell)
        contradictory = engine.contradictions(of_one_set)
        if limits.counterexamples > 1:
            results = [
                each if _relates(each[1].prop) else _with_more(engine, *each, limits.counterexamples)
                for each in results
            ]
    return SetReport(
        file=one.document.file,
        files=one.files,
        cluster=one.cluster,
        assumptions=(*_of_all(one, lambda cluster: cluster.assumptions), *_assumptions(one, properties)),
        warnings=_of_all(one, lambda cluster: cluster.warnings),
        properties=tuple(result for result, _ in results),
        contradictions=tuple(
            Contradiction(
                (each.required.name, one.span(each.required)),
                (each.refused.name, one.span(each.refused)),
                each.flow,
            )
            for each in contradictory.found
        ),
        all_contradictions=contradictory.exhaustive,
    )


def _results(
    one: PropertySet,
    engine: Engine,
    properties: Sequence[Property],
    limits: Limits,
    tell: Callable[[int, str], None],
) -> list[tuple[PropertyResult, Decided]]:
    found: list[tuple[PropertyResult, Decided]] = []
    for prop in properties:
        tell(len(found), prop.name)
        begin = time.perf_counter()
        if isinstance(prop.statement, Refines | Equivalent):
            found.append(_related(one, prop, prop.statement, limits))
            continue
        decided = engine.decided(prop, limits.seconds)
        left = limits.seconds - (time.perf_counter() - begin)
        notes = engine.notes(prop, decided.verdicts, left)
        seconds = time.perf_counter() - begin
        found.append((PropertyResult(prop, one.span(prop), decided.verdicts, seconds, notes), decided))
    return found


def _with_more(
    engine: Engine, result: PropertyResult, decided: Decided, most: int
) -> tuple[PropertyResult, Decided]:
    begin = time.perf_counter()
    verdicts = engine.with_more(decided, most)
    seconds = result.seconds + time.perf_counter() - begin
    return replace(result, verdicts=verdicts, seconds=seconds), decided


def _assumptions(one: PropertySet, properties: Sequence[Property]) -> list[Assumption]:
    found = []
    pinned = {pin.reading: pin.value for pin in PROFILES[one.profile]}
    for row in READINGS:
        stated = {prop.readings[row.name] for prop in properties}
        for choice in sorted(stated, key=str):
            if choice != FREE:
                words = row.words[row.values.index(choice)]
                by_profile = choice == pinned.get(row.name)
                source = f"profile {one.profile}" if by_profile else one.document.file
                standing = by_profile and one.profile == DEFAULT_PROFILE
                found.append(Assumption(row.item, words, source, standing=standing))
    if one.cluster.population.nodes and any(map(_speaks_of_nodes, properties)):
        text = "a pod whose node is not stated may run on a node that is not declared"
        found.append(Assumption("S-1", text, "manifests"))
    found.extend(_addresses(one.cluster.population.network))
    found.append(
        Assumption(
            "S-7",
            "traffic from a pod's own node to it is left out of forbid, only and isolate",
            "netqed",
            standing=True,
        )
    )
    hypothetical = "hypothetical pods are not on the host network"
    if one.file.spec.new_namespaces == "one":
        hypothetical += "; one end of every flow is a pod of a namespace that exists already"
    found.append(Assumption("S-5", hypothetical, "netqed", standing=True))
    found.extend(Assumption(point.item, point.text, "netqed", standing=True) for point in OUT_OF_SCOPE)
    return found


def _of_all(one: PropertySet, what: Callable[[Cluster], Iterable[T]]) -> tuple[T, ...]:
    """Return what there is of the cluster, and of those that properties are held against, each once."""
    clusters = (one.cluster, *one.others.values())
    return tuple(dict.fromkeys(each for cluster in clusters for each in what(cluster)))


def _relates(prop: Property) -> bool:
    return isinstance(prop.statement, Refines | Equivalent)


def _speaks_of_nodes(prop: Property) -> bool:
    return _relates(prop) or speaks_of_nodes(prop.of_one_set)


def _addresses(network: Network) -> list[Assumption]:
    found = []
    if network.pod_cidrs is None:
        text = (
            "pods whose address is not stated have an IPv4 address in a private or shared range,"
            " perhaps IPv6 too"
        )
        found.append(Assumption("S-2", text, "default: state spec.network.podCIDRs", standing=True))
    if network.node_cidrs is None:
        text = "nodes whose address is not stated have one in a private or shared range"
        found.append(Assumption("S-2", text, "default: state spec.network.nodeCIDRs", standing=True))
    return found
