"""`verify check`: every property of every file gets its verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import BinaryIO

from verifier.cluster import Assumption
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS
from verifier.diagnostics import Diagnostic, InputError, Span
from verifier.engine import Engine
from verifier.population import Network
from verifier.properties.spec.scope import Equivalent, Property, Refines, Relation, speaks_of_nodes
from verifier.property_file import Overrides, PropertySet, load_property_sets
from verifier.readings import DEFAULT_PROFILE, FREE, OUT_OF_SCOPE, PROFILES, READINGS
from verifier.refinement import decide_relation
from verifier.report import PropertyResult, Report, SetReport

Progress = Callable[[int, int, str], None]
"""Called before each property with how many are done, how many there are, and the name of the next."""


def check(
    *paths: str,
    manifests: Sequence[str] | None = None,
    overrides: Overrides | None = None,
    only: Sequence[str] = (),
    timeout_seconds: float = DEFAULT_SECONDS,
    memory_megabytes: float = DEFAULT_MEGABYTES,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
) -> Report:
    """Return the verdicts on all properties of the files at `paths`.

    Args:
        paths: property files, folders or globs; `-` is standard input.
        manifests: files, folders, globs to read instead of `spec.manifests`.
        overrides: all that the command line can say over the files; `manifests` is a short form.
        only: glob patterns; a property is decided if its name matches one of them (none given: all).
        timeout_seconds: for each property.
        memory_megabytes: what deciding may use, besides what the input takes.

    Raises:
        InputError: with every fault of every file; nothing is decided then.
        InternalError: the two readings disagree.
    """
    overrides = overrides or Overrides(manifests=tuple(manifests) if manifests else None)
    sets, faults = load_property_sets(paths or ("properties.yaml",), overrides, stdin)
    if faults:
        raise InputError(faults)
    chosen = [[prop for prop in one.properties if _wanted(prop, only)] for one in sets]
    total = sum(len(properties) for properties in chosen)
    if total == 0:
        message = f"no property is called {' or '.join(f'`{pattern}`' for pattern in only)}"
        raise InputError([Diagnostic("no-property", Span("--only"), message)])
    done = 0
    reports = []
    for one, properties in zip(sets, chosen, strict=True):
        both = one.file.spec.new_namespaces == "both"
        statements = [prop.of_one_set for prop in properties if not _relates(prop)]
        engine = Engine(one.cluster, statements, new_namespaces_both=both, megabytes=memory_megabytes)
        results = []
        with engine.at_work():
            for prop in properties:
                if progress is not None:
                    progress(done, total, prop.name)
                if isinstance(prop.statement, Refines | Equivalent):
                    results.append(_related(one, prop, prop.statement, timeout_seconds, memory_megabytes))
                else:
                    results.append(_result(one, engine, prop, timeout_seconds))
                done += 1
        reports.append(_report(one, properties, tuple(results)))
    return Report(tuple(reports))


def _result(one: PropertySet, engine: Engine, prop: Property, timeout_seconds: float) -> PropertyResult:
    begin = time.perf_counter()
    verdicts = engine.decide(prop, timeout_seconds)
    left = timeout_seconds - (time.perf_counter() - begin)
    notes = engine.notes(prop, verdicts, left)
    return PropertyResult(prop, one.span(prop), verdicts, time.perf_counter() - begin, notes)


def _related(
    one: PropertySet, prop: Property, relation: Relation, timeout_seconds: float, megabytes: float
) -> PropertyResult:
    begin = time.perf_counter()
    other = one.others[relation.than]
    both = one.file.spec.new_namespaces == "both"
    verdicts = decide_relation(prop, one.cluster, other, timeout_seconds, megabytes, new_namespaces_both=both)
    return PropertyResult(prop, one.span(prop), verdicts, time.perf_counter() - begin)


def _wanted(prop: Property, only: Sequence[str]) -> bool:
    return not only or any(fnmatchcase(prop.name, pattern) for pattern in only)


def _report(
    one: PropertySet, properties: Sequence[Property], results: tuple[PropertyResult, ...]
) -> SetReport:
    return SetReport(
        file=one.document.file,
        files=one.files,
        cluster=one.cluster,
        assumptions=(*one.cluster.assumptions, *_assumptions(one, properties)),
        warnings=one.cluster.warnings,
        properties=results,
    )


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
