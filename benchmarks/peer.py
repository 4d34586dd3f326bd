"""network-config-analyzer, which answers some of the same questions pod by pod.

It is optional: `NETQED_NCA` names its program `nca`, or the Python that it is installed for (`pip install
network-config-analyzer==2.1.0` into an environment of its own).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.processes import run_program

NAMED_BY = "NETQED_NCA"
BASE = "network-config-analyzer"

# What the peer does between reading and leaving is timed by itself. Its exit code may be a count.
_DRIVER = """
import json, sys, time
from nca import nca_cli
runner, spent = nca_cli.NetworkConfigQueryRunner, []
run = runner.run_query
def timed(*given, **named):
    begin = time.process_time()
    try:
        return run(*given, **named)
    finally:
        spent.append(time.process_time() - begin)
runner.run_query = timed
nca_cli.nca_main(sys.argv[2:])
json.dump(sum(spent), open(sys.argv[1], "w"))
"""


class Spent(NamedTuple):
    """CPU seconds of a whole program, and of its answer alone."""

    whole: float
    answer: float


@dataclass(frozen=True, slots=True)
class Peer:
    """The peer, by the Python that it is installed for."""

    python: str

    def run(self, arguments: Sequence[str]) -> Spent:
        """Return what the peer needs to answer.

        Raises:
            RuntimeError: it has not answered.
        """
        with TemporaryDirectory() as folder:
            spent = Path(folder, "spent.json")
            used = run_program([self.python, "-c", _DRIVER, str(spent), *arguments])
            answer = float(json.loads(spent.read_text("utf-8")))
        if not answer:
            raise RuntimeError(f"the peer was asked nothing by `{' '.join(arguments)}`")
        return Spent(used.seconds, answer)


def peer(name: str) -> Peer | None:
    """Return the peer for the benchmark of that name; None: it is not there, which is said."""
    named = os.environ.get(NAMED_BY)
    if not named:
        print(f"{name}: skipped, `{NAMED_BY}` names no {BASE}", file=sys.stderr)
        return None
    with Path(named).open("rb") as program:
        first = program.readline()
    # A program begins with a line that names its own interpreter, whose libraries it needs.
    return Peer(first[2:].decode().strip() if first.startswith(b"#!") else named)
