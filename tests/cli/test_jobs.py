"""`--jobs`: several processes decide, and nobody can tell from what they say."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.size import Size
from tests.attack.floods import pigeons
from tests.cli.programs import BIN, run

SIZE = Size(pods=120, policies=700, namespaces=12)

forks = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a cluster for which properties come in several batches."""
    made = tmp_path_factory.mktemp("jobs")
    (made / "cluster.yaml").write_text(SIZE.manifests(), "utf-8")
    (made / "properties.yaml").write_text(SIZE.properties(), "utf-8")
    return made


def decided(folder: Path, *options: str) -> str:
    done = run("--format", "json", "--no-cache", *options, folder=folder)
    assert done.returncode in (0, 1), done.stderr
    return re.sub(r'"seconds": [0-9.e-]+', '"seconds": 0', done.stdout)


def test_any_number_of_processes_finds_the_same(folder: Path) -> None:
    alone = decided(folder, "--jobs", "1")

    assert {prop["verdict"] for prop in json.loads(alone)["sets"][0]["properties"]} >= {"proved", "refuted"}
    assert [decided(folder, "--jobs", jobs) for jobs in ("2", "3", "40")] == [alone] * 3
    assert decided(folder) == alone


def test_several_counterexamples_are_the_same_too(folder: Path) -> None:
    one, three = (decided(folder, "--jobs", jobs, "--counterexamples", "3") for jobs in ("1", "3"))

    assert one == three


def test_no_process_is_none(folder: Path) -> None:
    done = run("--jobs", "0", folder=folder)

    assert done.returncode == 2
    assert "--jobs" in done.stderr


@forks
def test_ctrl_c_ends_all_of_them(tmp_path: Path) -> None:
    with started(tmp_path) as verify:
        workers = children(verify.pid)
        verify.send_signal(signal.SIGINT)
        _, said = verify.communicate(timeout=60)

    assert len(workers) == 2
    assert verify.returncode == 130
    assert "Traceback" not in said
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


@forks
def test_a_process_that_dies_is_no_verdict(tmp_path: Path) -> None:
    with started(tmp_path) as verify:
        os.kill(children(verify.pid)[0], signal.SIGKILL)
        said, complaint = verify.communicate(timeout=60)

    assert (verify.returncode, said) == (4, "")
    assert "a process that decided properties was ended by signal 9" in complaint
    assert "Traceback" not in complaint
    assert "a mistake of netqed" not in complaint


def started(folder: Path) -> subprocess.Popen[str]:
    """Return a run of two processes that are both at a property which takes them minutes."""
    pigeons(11).write(folder)
    file = folder / "properties.json"
    content = json.loads(file.read_text("utf-8"))
    asked = content["spec"]["properties"]
    content["spec"]["properties"] = [
        {**prop, "name": f"{prop['name']} {number}"} for number in range(100) for prop in asked
    ]
    file.write_text(json.dumps(content), "utf-8")
    verify = subprocess.Popen(
        [BIN / "verify", file, "--timeout", "120", "--jobs", "2", "--no-cache"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while len(children(verify.pid)) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    with pytest.raises(subprocess.TimeoutExpired):  # they are at it
        verify.wait(1)
    return verify


def children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8")
    except FileNotFoundError:
        return []
    return [int(word) for word in text.split()]
