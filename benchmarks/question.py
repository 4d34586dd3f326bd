"""One question about a large cluster: what does it cost to prepare the engine, and what to ask?"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import collecting_seldom, cpu_seconds
from benchmarks.properties import isolated_namespaces
from benchmarks.result import Result, in_seconds
from benchmarks.sets import decided, engine_of, property_set
from benchmarks.size import Size

PREPARATION_SECONDS, QUESTION_SECONDS = 1.0, 0.1


def measure(size: Size) -> list[Result]:
    """Return the CPU time of preparing the engine, and of asking whether any two namespaces talk at all."""
    with TemporaryDirectory() as folder:
        Path(folder, "cluster.yaml").write_text(size.manifests(), encoding="utf-8")
        one = property_set(Path(folder), isolated_namespaces())
    preparing, asking = [], []
    with collecting_seldom():
        for _ in range(size.rounds):
            preparing.append(cpu_seconds(lambda: engine_of(one)))
            engine = engine_of(one)
            asking.append(cpu_seconds(lambda: decided(one, engine)))  # noqa: B023
    return [
        in_seconds(f"shapes, symbols, index, {size}", preparing, PREPARATION_SECONDS),
        in_seconds(f"one `isolate`, {size}, the question alone", asking, QUESTION_SECONDS),
    ]
