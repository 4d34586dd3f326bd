"""Can each rule go? The question of the lint: closed form first, then the solver; and the solver alone."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import process_time

from benchmarks.clock import collecting_seldom
from benchmarks.result import Result
from benchmarks.size import Size
from verifier.analyses.lint.redundancy import Redundancy
from verifier.analyses.lint.redundant import redundancy_of
from verifier.analyses.lint.scene import Scene
from verifier.cluster import Cluster
from verifier.reading import loads
from verifier.solver.parts import Part

TARGET = 1 / 4
_SECONDS = 3600.0  # nobody is to run out of time

_Ask = Callable[[Redundancy, Part], bool]
_Answers = Mapping[Part, bool]


def measure(size: Size, share: float = 1.0) -> list[Result]:
    """Return the CPU time of the answers for every rule against that of the same answers by the solver alone.

    `share`: of the namespaces that are asked about, drawn by the seed of the size.

    Raises:
        RuntimeError: the answers differ.
    """
    cluster = loads(size.manifests())
    namespaces = sorted({policy.namespace for policy in cluster.policies})
    drawn = Random(f"namespaces {size.seed}").sample(namespaces, max(1, round(share * len(namespaces))))
    alone, closed_first = [], []
    count = 0
    with collecting_seldom():
        for _ in range(size.rounds):
            seconds, expected = _asked(cluster, drawn, _by_solver)
            alone.append(seconds)
            seconds, found = _asked(cluster, drawn, Redundancy.alone)
            closed_first.append(seconds)
            _compare(found, expected)
            count = len(found)
    where = "" if share == 1 else f" in {share:.0%} of the namespaces"
    name = f"can it go? each of {count} rules{where}, {size}"
    return [Result(name, "the solver alone", tuple(alone), tuple(closed_first), TARGET)]


def _asked(cluster: Cluster, namespaces: Sequence[str], ask: _Ask) -> tuple[float, _Answers]:
    """Return the CPU time of all answers, with all that has to be made for them, and the answers."""
    gc.collect()
    begin = process_time()
    scene = Scene(cluster, _SECONDS)
    answers = {}
    for namespace in namespaces:
        redundancy = redundancy_of(scene, namespace)
        answers.update({rule: ask(redundancy, rule) for rule in redundancy.rules()})
    return process_time() - begin, answers


def _by_solver(redundancy: Redundancy, rule: Part) -> bool:
    return redundancy.same_without(frozenset({rule}), rule.direction)


def _compare(found: _Answers, expected: _Answers) -> None:
    differing = [rule for rule, answer in expected.items() if found.get(rule) is not answer]
    if differing or len(found) != len(expected):
        raise RuntimeError(f"the solver alone says otherwise of {len(differing)} rules: {differing[:3]}")
