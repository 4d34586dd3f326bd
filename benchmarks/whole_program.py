"""How much dearer than merely loading the YAML is a run of the whole program, in time and in memory?"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import run_python
from benchmarks.properties import isolated_namespaces, three_a_namespace
from benchmarks.result import Peak, Result, Row
from benchmarks.size import Size

_LOAD = "import sys, yaml; list(yaml.load_all(open(sys.argv[1]), Loader=yaml.CSafeLoader))"
_DECIDED = (0, 1)  # exit codes: every verdict is as expected, or some property is refuted


def measure(size: Size, target: float | None = None, peak: float | None = None) -> list[Row]:
    """Return the CPU time of `verify` with three properties a namespace, against merely loading the YAML.

    `target` bounds the ratio; `peak` the memory, in MiB.
    """
    name = f"whole program, {size}, {3 * size.namespaces} properties"
    return _measured(size, three_a_namespace(size.namespaces), name, target, peak)


def measure_again(size: Size) -> list[Row]:
    """Return the same of a second run: nothing has changed since the first one, which kept what it found."""
    name = f"second run of the same, {size}, {3 * size.namespaces} properties"
    with TemporaryDirectory() as kept:
        return _measured(size, three_a_namespace(size.namespaces), name, kept=kept)[:1]


def measure_isolation(size: Size, target: float | None = None, peak: float | None = None) -> list[Row]:
    """Return the same for a single property about the whole cluster: does any namespace talk to another?"""
    return _measured(size, isolated_namespaces(), f"whole program, {size}, one `isolate`", target, peak)


def _measured(
    size: Size,
    asked: str,
    name: str,
    target: float | None = None,
    peak: float | None = None,
    kept: str | None = None,
) -> list[Row]:
    with TemporaryDirectory() as folder:
        manifests, properties = Path(folder, "cluster.yaml"), Path(folder, "properties.yaml")
        manifests.write_text(size.manifests(), encoding="utf-8")
        properties.write_text(asked, encoding="utf-8")
        load, verify = ["-c", _LOAD, str(manifests)], ["-m", "verifier", str(properties)]
        run_python(load), run_python(verify, _DECIDED, kept)  # so that both find warm file caches
        rounds = [(run_python(load), run_python(verify, _DECIDED, kept)) for _ in range(size.rounds)]
    floor = tuple(base.seconds for base, _ in rounds)
    program = tuple(used.seconds for _, used in rounds)
    return [
        Result(name, "CSafeLoader", floor, program, target),
        Peak(f"peak memory, {size}", max(used.mebibytes for _, used in rounds), peak),
    ]


def measure_lint(size: Size, target: float) -> list[Result]:
    """Return the CPU time of `verify lint` with every check against that of merely loading the manifests."""
    with TemporaryDirectory() as folder:
        manifests = Path(folder, "cluster.yaml")
        manifests.write_text(size.manifests(), encoding="utf-8")
        load = ["-c", _LOAD, str(manifests)]
        lint = ["-m", "verifier", "lint", "--level", "info", str(manifests)]
        run_python(load), run_python(lint, _DECIDED)
        rounds = [(run_python(load).seconds, run_python(lint, _DECIDED).seconds) for _ in range(size.rounds)]
    floor, program = zip(*rounds, strict=True)
    return [Result(f"lint, {size}", "CSafeLoader", floor, program, target)]
