"""Are two versions of a cluster equivalent? `verify diff` beside the peer's `--equiv`, whole processes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.edit import edited
from benchmarks.peer import BASE, peer
from benchmarks.processes import run_python
from benchmarks.result import Result
from benchmarks.size import Size

TARGET = 1 / 15
_EDITED = 0.02
_ENDS = (0, 1)  # nothing gained, or something


def measure(size: Size) -> list[Result]:
    """Return the CPU time of the verdict against that of the peer, and that with what was gained and lost."""
    other = peer("peer-diff")
    if other is None:
        return []
    with TemporaryDirectory() as folder:
        old, new = Path(folder, "old"), Path(folder, "new")
        manifests = size.manifests()
        for version, text in ((old, manifests), (new, edited(manifests, _EDITED))):
            version.mkdir()
            (version / "cluster.yaml").write_text(text, encoding="utf-8")
        equiv = ["--equiv", "-r", str(new), "--base_resource_list", str(old)]
        diff = ["-m", "verifier", "diff", str(old), str(new)]
        run_python(diff, _ENDS)  # so that all find warm file caches
        theirs, quiet, told = [], [], []
        for _ in range(size.rounds):
            theirs.append(other.run(equiv).whole)
            quiet.append(run_python([*diff, "--quiet"], _ENDS).seconds)
            told.append(run_python(diff, _ENDS).seconds)
    name = f"diff, {size}, {_EDITED:.0%} edited"
    return [
        Result(f"{name}, the verdict", BASE, tuple(theirs), tuple(quiet), TARGET),
        Result(f"{name}, with every block", BASE, tuple(theirs), tuple(told)),
    ]
