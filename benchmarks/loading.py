"""Reading manifests, checked as the API server does, against PyYAML's C loader, which checks nothing."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time

import yaml

from benchmarks.result import Result
from benchmarks.size import Size
from verifier.cluster import build_cluster
from verifier.engine import Engine
from verifier.source import decode

BLOCK_TARGET, ANY_TARGET, ENGINE_TARGET = 0.45, 1.4, 0.06


def measure(size: Size) -> list[Result]:
    """Return the CPU time of reading block style, of reading flow style, and of preparing the engine."""
    text = size.manifests()
    documents = yaml.load_all(text, Loader=yaml.CSafeLoader)
    flow = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, default_flow_style=None)
    block_floor, block, engine = _timed(text.encode(), size.rounds)
    flow_floor, flowing, _ = _timed(flow.encode(), size.rounds)
    base = "CSafeLoader"
    return [
        Result(f"read and validate block style, {size}", base, block_floor, block, BLOCK_TARGET),
        Result(f"read and validate other YAML, {size}", base, flow_floor, flowing, ANY_TARGET),
        Result(f"shapes, symbols, index, {size}", base, block_floor, engine, ENGINE_TARGET),
    ]


def _timed(content: bytes, rounds: int) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    floor, reading, preparing = [], [], []
    for _ in range(rounds):
        floor.append(_seconds(lambda: list(yaml.load_all(content, Loader=yaml.CSafeLoader))))
        reading.append(_seconds(lambda: build_cluster(decode(content, "cluster.yaml")[0])))
        cluster = build_cluster(decode(content, "cluster.yaml")[0])
        preparing.append(_seconds(lambda: Engine(cluster, [])))  # noqa: B023
    return tuple(floor), tuple(reading), tuple(preparing)


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    begin = process_time()
    made = work()
    seconds = process_time() - begin
    del made
    return seconds
