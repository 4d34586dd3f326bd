"""`verify check`: every property of every file gets its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from itertools import count
from typing import BinaryIO

from verifier.assumed import assumptions, of_all
from verifier.cache import Store
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS
from verifier.deciding import decide_all
from verifier.diagnostics import Diagnostic, InputError, Span
from verifier.pieces import Limits, Task
from verifier.properties.spec.scope import Property
from verifier.property_file import Overrides, load_property_sets
from verifier.report import Report, SetReport
from verifier.workers import Tell

Progress = Callable[[int, int, str], None]
"""Called before each property with how many were begun, how many there are, and the name of the next."""


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
    jobs: int = 1,
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
        jobs: how many processes may decide at once; what they find does not hang on it.
        cache: where earlier runs have kept what they found: `verifier.open_store()`; None: nowhere.

    Raises:
        InputError: with every fault of every file; nothing is decided then.
        InternalError: the two readings disagree.
        ProcessDiedError: one of several processes has died.
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
    limits = Limits(timeout_seconds, memory_megabytes, counterexamples)
    tell = partial(_tell, progress, count(), total)
    pairs = zip(sets, chosen, strict=True)
    tasks = [Task(one, properties, limits) for one, properties in pairs]
    return Report(tuple(_decided(task, jobs, tell, cache) for task in tasks))


def _wanted(prop: Property, only: Sequence[str]) -> bool:
    return not only or any(fnmatchcase(prop.name, pattern) for pattern in only)


def _tell(progress: Progress | None, begun: Iterator[int], total: int, name: str) -> None:
    if progress is not None:
        progress(next(begun), total, name)


def _decided(task: Task, jobs: int, tell: Tell, cache: Store | None) -> SetReport:
    one, decided = task.one, decide_all(task, jobs, tell, cache)
    return SetReport(
        file=one.document.file,
        files=one.files,
        cluster=one.cluster,
        assumptions=assumptions(one, task.properties),
        warnings=of_all(one, lambda cluster: cluster.warnings),
        properties=decided.results,
        contradictions=decided.contradictions,
        all_contradictions=decided.all_contradictions,
    )
