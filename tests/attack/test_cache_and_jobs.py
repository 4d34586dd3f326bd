"""What the cache, several processes and the solver's own limits must bear, from somebody who means harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.programs import BIN, PROVED, REFUTED, SHOP, shop
from tests.cli.test_jobs import children, forks, started
from tests.differential.test_remembered import nobody, said
from tests.strategies import seeded
from verifier.cache import Codec, Store
from verifier.cache.place import Place
from verifier.cache.sweep import LEAST_BYTES
from verifier.deadline import OUT_OF_MEMORY, OUT_OF_TIME, Deadline, LimitError
from verifier.deciding import decide_all
from verifier.encodings.terms import Solver, Terms
from verifier.loading import Settings, load_cluster
from verifier.pieces import Limits, Outcome, Task
from verifier.property_file import Overrides, load_property_sets
from verifier.solver import preferences
from verifier.solver.answers import is_unsatisfiable
from verifier.source import Content, Contents
from verifier.verify import check

# --- time ---------------------------------------------------------------------------------------------------


def hard() -> tuple[Terms, Solver]:
    """Return a solver that has been told what takes it minutes."""
    terms, dice, size = Terms(), seeded(1), 300
    solver = terms.solver("QF_FD")
    variables = [terms.boolean(f"x{index}") for index in range(size)]
    for _ in range(int(size * 4.26)):
        chosen = dice.sample(variables, 3)
        solver.add(terms.disjunction(x if dice.random() < 0.5 else terms.negation(x) for x in chosen))
    return terms, solver


def test_a_deadline_that_comes_while_steps_are_counted_is_one() -> None:
    """Milliseconds that are left are 0 then, which is no limit at all to z3."""
    terms, solver = hard()
    rescue = threading.Timer(20, terms.context.interrupt)
    rescue.start()
    begin = time.monotonic()

    solver.check_within(Deadline(0.05), [])

    rescue.cancel()
    assert time.monotonic() - begin < 10


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_ctrl_c_is_one_after_the_deadline_too() -> None:
    """The solver says which it was: `interrupted from keyboard`."""
    _, solver = hard()
    deadline = Deadline(60)

    def end() -> None:
        deadline.stop(OUT_OF_TIME)
        os.kill(os.getpid(), signal.SIGINT)

    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(3, end).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            is_unsatisfiable(solver, deadline, [])
    finally:
        signal.signal(signal.SIGINT, usual)


# --- what is kept ------------------------------------------------------------------------------------------


def asked(folder: Path, seconds: float, *properties: str) -> Task:
    (one,), faults = load_property_sets([str(shop(folder, *properties))], Overrides())
    assert not faults
    return Task(one, one.properties, Limits(seconds, 2048, 1))


def shown(task: Task, store: Store | None) -> str:
    return said(decide_all(task, 1, nobody, store))


RELATED = """\
    - name: it allows no more
      {kind}: {{than: old.yaml}}
"""


@pytest.mark.parametrize("kind", ["refines", "equivalent"])
def test_what_policies_are_held_against_may_change(tmp_path: Path, kind: str) -> None:
    """A wrong PROVED: the other set is no part of what the entry for everything at once is kept by."""
    store, old = Store(Place(str(tmp_path / "cache"), chosen=True)), tmp_path / "old.yaml"
    old.write_text(SHOP, "utf-8")
    shown(asked(tmp_path, 30, RELATED.format(kind=kind)), store)

    old.write_text(SHOP.replace("port: 5432", "port: 5433"), "utf-8")
    task = asked(tmp_path, 30, RELATED.format(kind=kind))

    assert shown(task, store) == shown(task, None)


@pytest.mark.parametrize("kind", ["refines", "equivalent"])
def test_what_refutes_a_relation_can_be_asked_about_again(tmp_path: Path, kind: str) -> None:
    store = Store(Place(str(tmp_path / "cache"), chosen=True))
    (tmp_path / "old.yaml").write_text(SHOP.replace("port: 5432", "port: 5433"), "utf-8")
    task = asked(tmp_path, 30, RELATED.format(kind=kind))

    assert shown(task, store) == shown(task, store) == shown(task, None)


def test_a_counterexample_that_there_was_no_time_to_polish_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beauty may take 0.3 of the limit, and what is kept may have taken half of it."""
    store, task = Store(Place(str(tmp_path / "cache"), chosen=True)), asked(tmp_path, 4, REFUTED)
    real: Callable[..., None] = preferences._introduce

    def slow(*arguments: Any) -> None:
        time.sleep(1.25)
        real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(preferences, "_introduce", slow)
        shown(task, store)

    assert shown(task, store) == shown(task, None)


def test_a_proof_that_there_was_no_memory_to_explain_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, task = Store(Place(str(tmp_path / "cache"), chosen=True)), asked(tmp_path, 30, PROVED)

    def full(*_: Any) -> None:
        raise LimitError(OUT_OF_MEMORY)

    with monkeypatch.context() as patched:
        patched.setattr("verifier.engine.grounds", full)
        shown(task, store)

    assert shown(task, store) == shown(task, None)


def test_who_writes_manifests_has_no_say_in_when_the_cache_is_swept(tmp_path: Path) -> None:
    """The dice are digests of what is read, which anybody can work out and choose."""
    limit = 64 * LEAST_BYTES
    store = Store(Place(str(tmp_path / "cache"), chosen=True), limit_bytes=limit)
    loaded, number = 0, 0
    while loaded < 400:
        number += 1
        content = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n# %d\n" % number
        contents = Contents((Content("a.yaml", content),))
        from verifier.loading.load import _digest  # as an author of manifests would, with a program of theirs

        if int(_digest(contents.files, Settings())[:8], 16) < 0x1_0000_0000 // 8:
            continue
        load_cluster(contents, Settings(), store)
        loaded += 1

    files = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
    assert len(files) * LEAST_BYTES <= 2 * limit


# --- entries that somebody has made up ----------------------------------------------------------------------


def made_up(classes: tuple[type, ...], body: bytes) -> Any:
    return Codec(classes).from_bytes(b"\x80\x05" + body + b".")


def test_an_entry_does_not_change_a_class() -> None:
    before = Outcome.__dict__["found"]

    try:
        made_up((Outcome,), b"cverifier.pieces\nOutcome\nN}(\x8c\x05foundK\x05u\x86b")
        assert Outcome.__dict__["found"] is before
    finally:
        Outcome.found = before


# --- processes ---------------------------------------------------------------------------------------------


@forks
def test_ctrl_c_ends_a_run_with_a_process_that_is_stopped(tmp_path: Path) -> None:
    with started(tmp_path) as verify:
        workers = children(verify.pid)
        os.kill(workers[0], signal.SIGSTOP)
        time.sleep(0.5)  # a signal that is not fatal may take a moment
        verify.send_signal(signal.SIGINT)
        try:
            verify.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            for process in (*workers, verify.pid):
                os.kill(process, signal.SIGKILL)
            pytest.fail("it waits for the one that is stopped")

    assert verify.returncode == 130


FORKED = """\
import os, signal, sys
from verifier import batches
from verifier.cli.main import main
batches._WORK = 1
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGINT))
sys.argv = ["verify", "check", "properties.yaml", "--no-cache", "--jobs", "2"]
main()
"""


@forks
def test_ctrl_c_in_a_process_just_forked_shows_nobody_its_inside(tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED)

    done = subprocess.run(
        [sys.executable, "-c", FORKED], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no descriptors are closed there")
@pytest.mark.parametrize("closed", [1, 2], ids=["stdout", "stderr"])
def test_a_stream_that_is_closed_does_not_read_as_refuted(tmp_path: Path, closed: int) -> None:
    shop(tmp_path, PROVED)
    command = [str(BIN / "verify"), "check", "properties.yaml", "--no-cache"]

    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode != 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["refines", "equivalent"])
def test_another_set_of_policies_that_has_changed_is_not_taken_for_the_old_one(
    tmp_path: Path, kind: str
) -> None:
    store = Store(Place(str(tmp_path / "cache"), chosen=True))
    file = shop(tmp_path, f"    - name: p\n      {kind}: {{than: than.yaml}}\n", PROVED)
    than, text = tmp_path / "than.yaml", (tmp_path / "shop.yaml").read_text("utf-8")
    words = []
    for other in (text, text.replace("5432", "5433"), text):
        than.write_text(other, "utf-8")
        words.append([str(result.verdict.word) for result in check(str(file), cache=store).results])

    assert words == [["proved", "proved"], ["refuted", "proved"], ["proved", "proved"]]
