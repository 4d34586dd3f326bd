"""One policy has changed: what does it cost to decide all properties again, with what was found before?"""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, NamedTuple
from unittest.mock import patch

from benchmarks.clock import collecting_seldom
from benchmarks.edit import with_another_port
from benchmarks.properties import three_a_namespace
from benchmarks.result import Count, Row, in_seconds
from benchmarks.sets import property_set
from benchmarks.size import Size
from benchmarks.workload import namespace_names
from verifier.cache import CACHE_DIR, Store, open_store
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS
from verifier.deciding import Findings, decide_all
from verifier.engine import Engine
from verifier.pieces import Limits, Task
from verifier.property_file import PropertySet
from verifier.remembered import Remembered

VERDICTS_SECONDS = 0.1


class _Spent(NamedTuple):
    """CPU seconds: of everything, and of its parts."""

    engine: float
    digests: float
    verdicts: float

    @property
    def total(self) -> float:
        return sum(self)


def measure(size: Size, namespaces: int) -> list[Row]:
    """Return the CPU time of deciding three properties of each of so many namespaces again, and its parts.

    Raises:
        RuntimeError: what is found is not what is found without a cache, or nothing was decided anew.
    """
    asked = three_a_namespace(namespaces)
    text = size.manifests()
    changed = with_another_port(text, namespace_names(namespaces), size.seed)
    with TemporaryDirectory() as name, collecting_seldom():
        folder = Path(name)
        (folder / "before.yaml").write_text(text, encoding="utf-8")
        (folder / "after.yaml").write_text(changed, encoding="utf-8")
        _decide(property_set(folder, asked, ["before.yaml"]), folder / "kept")
        one = property_set(folder, asked, ["after.yaml"])
        rounds = []
        for number in range(size.rounds):
            kept = folder / f"kept-{number}"
            copytree(folder / "kept", kept)
            rounds.append(_timed(one, kept))
        alone, _ = _decide(one, None)
    for findings, _, _ in rounds:
        _compare(findings, alone)
    spent = [each for _, each, _ in rounds]
    _, _, anew = rounds[0]
    if not anew:
        raise RuntimeError("a policy has changed, and no property was decided anew")
    count = len(one.properties)
    return [
        in_seconds(f"decided again after one change, {size}, {count} properties", [s.total for s in spent]),
        in_seconds("  of that, the engine: shapes, symbols, index", [each.engine for each in spent]),
        in_seconds("  of that, digests of what verdicts hang on", [each.digests for each in spent]),
        in_seconds("  of that, all verdicts", [each.verdicts for each in spent], VERDICTS_SECONDS),
        Count("  decided anew", anew, count),
    ]


def _decide(one: PropertySet, kept: Path | None) -> tuple[Findings, list[str]]:
    """Return what is found, and the names of the properties that were decided anew."""
    names: list[str] = []
    store = None if kept is None else _store(kept)
    limits = Limits(DEFAULT_SECONDS, DEFAULT_MEGABYTES, 1)
    return decide_all(Task(one, one.properties, limits), 1, names.append, store), names


def _store(folder: Path) -> Store:
    return open_store({CACHE_DIR: str(folder)})


def _timed(one: PropertySet, kept: Path) -> tuple[Findings, _Spent, int]:
    """Return what is found, what that took, and how many properties were decided anew."""
    preparing: list[float] = []
    digesting: list[float] = []

    class TimedEngine(Engine):
        def __init__(self, *given: Any, **named: Any) -> None:
            begin = process_time()
            super().__init__(*given, **named)
            preparing.append(process_time() - begin)

    class TimedRemembered(Remembered):
        def __init__(self, *given: Any) -> None:
            begin = process_time()
            super().__init__(*given)
            digesting.append(process_time() - begin)

    gc.collect()
    with (
        patch("verifier.engine.Engine", TimedEngine),
        patch("verifier.deciding.Remembered", TimedRemembered),
    ):
        begin = process_time()
        found, anew = _decide(one, kept)
        total = process_time() - begin
    engine, digests = sum(preparing), sum(digesting)
    return found, _Spent(engine, digests, total - engine - digests), len(anew)


def _compare(found: Findings, expected: Findings) -> None:
    if _timeless(found) != _timeless(expected):
        raise RuntimeError("with what was found before, other verdicts are found than without")


def _timeless(found: Findings) -> Findings:
    return replace(found, results=tuple(replace(each, seconds=0.0) for each in found.results))
