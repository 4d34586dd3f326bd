"""Are two versions of a cluster equivalent? This program beside network-config-analyzer, whole processes.

`python -m benchmarks.peer_equiv --peer PATH` names the peer's program `nca` (`pip install
network-config-analyzer==2.1.0` into an environment of its own); without it only this program is measured.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.edit import edited
from benchmarks.processes import run_python
from benchmarks.size import Size

_SIZE = Size(pods=500, policies=250, namespaces=20, rounds=3)
_EDITED = 0.02
_ENDS = (0, 1)  # nothing gained, or something; the peer counts differences


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both, and print the medians and what one is to the other."""
    parser = ArgumentParser(prog="python -m benchmarks.peer_equiv", description=__doc__)
    parser.add_argument("--peer", type=Path, metavar="NCA")
    parser.add_argument("--rounds", type=int, default=_SIZE.rounds)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        old, new = Path(folder, "old"), Path(folder, "new")
        manifests = _SIZE.manifests()
        for version, text in ((old, manifests), (new, edited(manifests, _EDITED))):
            version.mkdir()
            (version / "cluster.yaml").write_text(text, encoding="utf-8")
        decide = ["-m", "verifier", "diff", "--quiet", str(old), str(new)]
        blocks = ["-m", "verifier", "diff", str(old), str(new)]
        print(f"{_SIZE}, {_EDITED:.0%} of the policies edited, CPU seconds of whole processes, median")
        ours = _median(decide, given.rounds)
        print(f"verify diff --quiet  {ours:8.2f}")
        with_blocks = _median(blocks, given.rounds)
        print(f"verify diff          {with_blocks:8.2f}")
        if given.peer is not None:
            # `nca` begins with a line that names its own interpreter, whose libraries it needs.
            shell = ["-c", _RUN, str(given.peer), "--equiv", "-r", str(new), "--base_resource_list", str(old)]
            theirs = _median(shell, given.rounds)
            times = f"{theirs / ours:.1f} times --quiet, {theirs / with_blocks:.1f} times with blocks"
            print(f"nca --equiv          {theirs:8.2f}   {times}")


_RUN = "import subprocess, sys; sys.exit(min(1, subprocess.run(sys.argv[1:]).returncode))"


def _median(arguments: Sequence[str], rounds: int) -> float:
    return median(run_python(arguments, _ENDS).seconds for _ in range(rounds))


if __name__ == "__main__":
    main()
