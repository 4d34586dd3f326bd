"""Reading manifests, checked as the API server does, against PyYAML's C loader, which checks nothing."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from benchmarks.clock import cpu_seconds
from benchmarks.result import Result
from benchmarks.size import Size
from verifier.cache import CACHE_DIR, open_store
from verifier.cluster import build_cluster
from verifier.engine import Engine
from verifier.reading import load
from verifier.source import decode

BLOCK_TARGET, ANY_TARGET, ENGINE_TARGET, SECOND_TARGET = 0.45, 1.4, 0.06, 0.03


def measure(size: Size) -> list[Result]:
    """Return the CPU time of reading block style and other YAML, and of what comes before and after."""
    text = size.manifests()
    documents = yaml.load_all(text, Loader=yaml.CSafeLoader)
    flow = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, default_flow_style=None)
    with TemporaryDirectory() as folder:
        block_floor, block, engine, again = _timed(text.encode(), size.rounds, Path(folder))
        flow_floor, flowing, _, _ = _timed(flow.encode(), size.rounds, Path(folder))
    base = "CSafeLoader"
    return [
        Result(f"read and validate block style, {size}", base, block_floor, block, BLOCK_TARGET),
        Result(f"read and validate other YAML, {size}", base, flow_floor, flowing, ANY_TARGET),
        Result(f"second load of the same, {size}", base, block_floor, again, SECOND_TARGET),
        Result(f"shapes, symbols, index, {size}", base, block_floor, engine, ENGINE_TARGET),
    ]


def _timed(content: bytes, rounds: int, folder: Path) -> tuple[tuple[float, ...], ...]:
    file = folder / "cluster.yaml"
    file.write_bytes(content)
    environment = {CACHE_DIR: str(folder / "cache")}
    load(str(file), cache=open_store(environment))
    floor, reading, preparing, again = [], [], [], []
    for _ in range(rounds):
        floor.append(cpu_seconds(lambda: list(yaml.load_all(content, Loader=yaml.CSafeLoader))))
        reading.append(cpu_seconds(lambda: build_cluster(decode(content, "cluster.yaml")[0])))
        again.append(cpu_seconds(lambda: load(str(file), cache=open_store(environment))))
        cluster = build_cluster(decode(content, "cluster.yaml")[0])
        preparing.append(cpu_seconds(lambda: Engine(cluster, [])))  # noqa: B023
    return tuple(floor), tuple(reading), tuple(preparing), tuple(again)
