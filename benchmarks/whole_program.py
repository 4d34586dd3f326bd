"""How much dearer than merely loading the YAML is a whole run of the program?"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.result import Result
from benchmarks.size import Size

TARGET = 4.0

_LOAD = "import sys, yaml; list(yaml.load_all(open(sys.argv[1]), Loader=yaml.CSafeLoader))"
_DECIDED = (0, 1)  # exit codes: every verdict is as expected, or some property is refuted


def measure(size: Size) -> Result:
    """Return the CPU time of `verify properties.yaml` against that of merely loading the manifests."""
    with TemporaryDirectory() as folder:
        manifests, properties = Path(folder, "cluster.yaml"), Path(folder, "properties.yaml")
        manifests.write_text(size.manifests(), encoding="utf-8")
        properties.write_text(size.properties(), encoding="utf-8")
        load = ["-c", _LOAD, str(manifests)]
        verify = ["-m", "verifier", str(properties)]
        _cpu_seconds(load, (0,)), _cpu_seconds(verify, _DECIDED)  # so that both find warm file caches
        rounds = [(_cpu_seconds(load, (0,)), _cpu_seconds(verify, _DECIDED)) for _ in range(size.rounds)]
    floor, program = zip(*rounds, strict=True)
    return Result("the whole program", "yaml.CSafeLoader", floor, program, TARGET)


def _cpu_seconds(arguments: Sequence[str], expected_codes: Sequence[int]) -> float:
    """Return the CPU time, user and system, of Python with `arguments`, and of all of its children.

    Raises:
        RuntimeError: the process ended with another exit code than one of `expected_codes`.
    """
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in expected_codes:
        raise RuntimeError(f"`python {arguments[0]} {arguments[1]}` ended with exit code {code}")
    return usage.ru_utime + usage.ru_stime
