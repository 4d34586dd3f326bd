"""Do more pods of the same makes cost the solver anything? They should not: shapes count, not pods."""

from __future__ import annotations

import gc
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.result import Result
from benchmarks.size import Size
from verifier.deadline import DEFAULT_SECONDS
from verifier.engine import Engine
from verifier.property_file import Overrides, PropertySet, load_property_sets
from verifier.verdict import Unknown

TARGET = 1.3
MORE = 29  # siblings of each pod, besides itself


def measure(size: Size) -> list[Result]:
    """Return the CPU time of deciding the properties with siblings against that without, and of preparing."""
    alone, crowded = _load(size, 1), _load(size, 1 + MORE)
    for property_set in (alone, crowded):
        _decide_all(property_set, _engine(property_set))  # warm up
    build: tuple[list[float], list[float]] = ([], [])
    decide: tuple[list[float], list[float]] = ([], [])
    for _ in range(size.rounds):
        for column, property_set in enumerate((alone, crowded)):
            gc.collect()
            begin = process_time()
            engine = _engine(property_set)
            built = process_time()
            _decide_all(property_set, engine)
            build[column].append(built - begin)
            decide[column].append(process_time() - built)
    total = [tuple(map(add, built, decided)) for built, decided in zip(build, decide, strict=True)]
    base = "without siblings"
    return [
        Result(f"engine, {MORE} siblings of each pod", base, total[0], total[1]),
        Result("  of that, its shapes and symbols", base, tuple(build[0]), tuple(build[1])),
        Result("  of that, its verdicts", base, tuple(decide[0]), tuple(decide[1]), TARGET),
    ]


def _load(size: Size, pods_of_each: int) -> PropertySet:
    with TemporaryDirectory() as folder:
        Path(folder, "cluster.yaml").write_text(size.manifests(pods_of_each), encoding="utf-8")
        properties = Path(folder, "properties.yaml")
        properties.write_text(size.properties(), encoding="utf-8")
        sets, faults = load_property_sets([str(properties)], Overrides())
    if faults:
        raise RuntimeError(f"the generated cluster is not valid: {faults[0]}")
    return sets[0]


def _engine(property_set: PropertySet) -> Engine:
    return Engine(property_set.cluster, [prop.of_one_set for prop in property_set.properties])


def _decide_all(property_set: PropertySet, engine: Engine) -> None:
    for prop in property_set.properties:
        for verdict in engine.decide(prop, DEFAULT_SECONDS).values():
            if isinstance(verdict, Unknown) and verdict.counterexample is None:
                raise RuntimeError(f"`{prop.name}` could not be decided: {verdict.reason}")
