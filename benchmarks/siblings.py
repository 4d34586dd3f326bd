"""Do more pods of the same makes cost the solver anything? They should not: shapes count, not pods."""

from __future__ import annotations

import gc
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.result import Result
from benchmarks.sets import decided, engine_of, property_set
from benchmarks.size import Size
from verifier.property_file import PropertySet

TARGET = 1.3
MORE = 29  # siblings of each pod, besides itself


def measure(size: Size) -> list[Result]:
    """Return the CPU time of deciding the properties with siblings against that without, and of preparing."""
    alone, crowded = _load(size, 1), _load(size, 1 + MORE)
    for one in (alone, crowded):
        decided(one, engine_of(one))  # warm up
    build: tuple[list[float], list[float]] = ([], [])
    decide: tuple[list[float], list[float]] = ([], [])
    for _ in range(size.rounds):
        for column, one in enumerate((alone, crowded)):
            gc.collect()
            begin = process_time()
            engine = engine_of(one)
            built = process_time()
            decided(one, engine)
            build[column].append(built - begin)
            decide[column].append(process_time() - built)
    total = [tuple(map(add, built, verdicts)) for built, verdicts in zip(build, decide, strict=True)]
    base = "without siblings"
    return [
        Result(f"engine, {MORE} siblings of each pod, {size}", base, total[0], total[1]),
        Result("  of that, its shapes and symbols", base, tuple(build[0]), tuple(build[1])),
        Result(
            f"  of that, its {len(alone.properties)} verdicts",
            base,
            tuple(decide[0]),
            tuple(decide[1]),
            TARGET,
        ),
    ]


def _load(size: Size, pods_of_each: int) -> PropertySet:
    with TemporaryDirectory() as folder:
        Path(folder, "cluster.yaml").write_text(size.manifests(pods_of_each), encoding="utf-8")
        return property_set(Path(folder), size.properties())
