"""Broken input: one clear message at its place, exit code 2, and quickly; never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.bad_input.cases import BROKEN, GOOD_MANIFEST, Broken

VERIFY = Path(sys.executable).parent / "verify"
# Generous: the tests may share the machine. What is meant is "far from unbounded".
MAX_CPU_SECONDS = 2.0
MAX_MEGABYTES = 300.0


# A process counts as its own what the one that started it held, so a small one starts it.
MEASURE = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([code, used.ru_utime + used.ru_stime, used.ru_maxrss], file)
"""


def lay_out(broken: Broken, folder: Path) -> None:
    (folder / "k8s").mkdir()
    (folder / "empty").mkdir()
    (folder / "k8s" / "good.yaml").write_text(GOOD_MANIFEST, "utf-8")
    (folder / "properties.yaml").write_bytes(broken.properties)
    if broken.manifest is not None:
        (folder / "k8s" / "bad.yaml").write_bytes(broken.manifest)


def run(broken: Broken, folder: Path) -> tuple[int, str, str, float, float]:
    """Run `verify`; return exit code, stdout, stderr, seconds of CPU and megabytes at most."""
    with (
        (folder / "in").open("w+b") as stdin,
        (folder / "out").open("w+b") as out,
        (folder / "err").open("w+b") as err,
    ):
        stdin.write(broken.stdin)
        stdin.seek(0)
        measured = folder / "used"
        command = [sys.executable, "-c", MEASURE, str(measured), str(VERIFY), *broken.arguments]
        subprocess.run(command, cwd=folder, stdin=stdin, stdout=out, stderr=err, check=True)
        said, complained = (_read(stream) for stream in (out, err))
    code, seconds, most = json.loads(measured.read_text("ascii"))
    per_megabyte = 1024 * 1024 if sys.platform == "darwin" else 1024
    return code, said, complained, seconds, most / per_megabyte


def _read(stream: BinaryIO) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8")


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_bad_input(broken: Broken, tmp_path: Path) -> None:
    lay_out(broken, tmp_path)

    code, out, err, seconds, megabytes = run(broken, tmp_path)

    assert (code, out) == (2, "")
    lines = err.splitlines()
    said = [line for line in lines if not line.startswith("  help: ")]
    assert len(said) == len(broken.said), err
    for line, beginning in zip(said, broken.said, strict=True):
        assert line.startswith(beginning)
    assert (len(lines) > len(said)) is broken.helped
    assert seconds < MAX_CPU_SECONDS
    assert megabytes < MAX_MEGABYTES


def test_there_are_more_than_twenty() -> None:
    assert len({broken.name for broken in BROKEN}) == len(BROKEN) >= 20
