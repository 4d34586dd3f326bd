"""What is redundant? `verify lint` beside the peer's `--sanity`: the answers of both, and the whole programs.

The lint is asked for everything that it knows, which is more than the peer looks for.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import cpu_seconds
from benchmarks.linting import linted
from benchmarks.peer import BASE, peer
from benchmarks.processes import run_python
from benchmarks.result import Result
from benchmarks.size import Size
from verifier.reading import load

TARGET = 1 / 100
_ENDS = (0, 1)  # nothing found, or something


def measure(size: Size) -> list[Result]:
    """Return the CPU time of the lint against that of the peer."""
    other = peer("peer-lint")
    if other is None:
        return []
    with TemporaryDirectory() as folder:
        manifests = Path(folder, "k8s")
        manifests.mkdir()
        Path(manifests, "cluster.yaml").write_text(size.manifests(), encoding="utf-8")
        cluster = load(str(manifests))
        own = ["-m", "verifier", "lint", "--level", "info", str(manifests)]
        theirs, whole, answer = [], [], []
        for _ in range(size.rounds):
            theirs.append(other.run(["--sanity", "-r", str(manifests)]))
            whole.append(run_python(own, _ENDS).seconds)
            answer.append(cpu_seconds(lambda: linted(cluster)))
    answers, wholes = tuple(spent.answer for spent in theirs), tuple(spent.whole for spent in theirs)
    return [
        Result(f"lint, {size}, the answer alone", BASE, answers, tuple(answer), TARGET),
        Result(f"lint, {size}, the whole program", BASE, wholes, tuple(whole)),
    ]
