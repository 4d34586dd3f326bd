"""Other versions, runs at the same time, a full disk, and how much is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cache.stores import DIGEST, OTHER, PAYLOAD, entry_of, store_in
from verifier.cache import Store
from verifier.cache.place import Place
from verifier.cache.program import program_digest


def test_another_version_of_the_program_begins_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_in(folder).put("load", DIGEST, PAYLOAD)

    monkeypatch.setattr("verifier.cache.store.program_digest", lambda: "0" * 24)

    assert store_in(folder).get("load", DIGEST) is None


@pytest.fixture
def copy(tmp_path: Path, root: Path) -> Path:
    """The program in a folder of its own; what runs there finds it first."""
    copied = tmp_path / "copy"
    copied.mkdir()
    for name in ("verifier", "encodings", "properties"):
        subprocess.run(["cp", "-R", root / name, copied / name], check=True)
    return copied


def printed(program: str, copy: Path, folder: Path) -> str:
    time.sleep(0.1)  # a file that changes as a program starts may be another than was loaded
    environment = {**os.environ, "NETQED_CACHE_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_the_digest_of_the_program_changes_with_any_of_its_files(copy: Path, folder: Path) -> None:
    program = "from verifier.cache.program import program_digest; print(program_digest())"
    first = printed(program, copy, folder)

    assert printed(program, copy, folder) == first
    for file in ("verifier/reading.py", "encodings/symbolic_flow.py", "properties/spec/file.py"):
        with (copy / file).open("a") as opened:
            opened.write("\n")
        assert printed(program, copy, folder) != first
        first = printed(program, copy, folder)


def test_a_program_that_changes_while_it_runs_keeps_nothing(copy: Path, folder: Path) -> None:
    """What it has loaded is of one version, and what is on disk of another."""
    change = "import verifier; open('verifier/reading.py', 'a').write('\\n')\n"
    program = "from verifier.cache import open_store; print(open_store().refusal)\n"

    assert printed(program, copy, folder) == "None\n"
    assert "cannot be used: the program has been changed since it was started" in printed(
        change + program, copy, folder
    )
    assert printed(program, copy, folder) == "None\n"


def test_the_digest_of_the_program_is_cheap() -> None:
    program_digest.cache_clear()
    begin = time.process_time()

    program_digest()

    assert time.process_time() - begin < 0.05  # some 2 ms; a busy machine takes longer


def test_two_runs_at_once_do_not_meet_halves(folder: Path) -> None:
    program = (
        "from verifier.cache import open_store\n"
        "store = open_store()\n"
        "for n in range(300):\n"
        f"    store.put('load', '{DIGEST}', bytes([n % 256]) * 100_000)\n"
        f"    found = store.get('load', '{DIGEST}')\n"
        "    assert found is not None and len(found) == 100_000 and len(set(found)) == 1\n"
    )
    environment = {**os.environ, "NETQED_CACHE_DIR": str(folder)}
    runs = [subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(2)]

    assert [run.wait(60) for run in runs] == [0, 0]
    assert entry_of(folder).name == f"load-{DIGEST}"


def test_a_full_disk_is_borne(folder: Path) -> None:
    program = (
        "import resource\n"
        "from verifier.cache import open_store\n"
        "store = open_store()\n"
        f"store.put('load', '{OTHER}', b'small')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"store.put('load', '{DIGEST}', bytes(100_000))\n"
        f"assert store.get('load', '{DIGEST}') is None\n"
        f"assert store.get('load', '{OTHER}') == b'small'\n"
    )
    environment = {**os.environ, "NETQED_CACHE_DIR": str(folder)}

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert entry_of(folder).name == f"load-{OTHER}"


# --- it stays small ----------------------------------------------------------------------------------------


def digests(count: int) -> list[str]:
    return [f"{number:064x}" for number in range(count)]


def test_what_was_used_longest_ago_goes(folder: Path) -> None:
    store = Store(Place(str(folder)), limit_bytes=10 * 16 * 1024)
    for age, digest in enumerate(digests(10)):
        store.put("load", digest, bytes(5000))
        for entry in folder.rglob(f"load-{digest}"):
            os.utime(entry, (1_000_000 + age, 1_000_000 + age))
    assert store.get("load", digests(1)[0]) is not None  # the oldest is used once more

    store.put("load", OTHER, bytes(5000))

    left = [number for number, digest in enumerate(digests(10)) if store.get("load", digest) is not None]
    assert left == [0, 5, 6, 7, 8, 9]
    assert store.get("load", OTHER) is not None


def test_what_other_versions_kept_goes_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr("verifier.cache.store.program_digest", lambda: "0" * 24)
        store_in(folder).put("load", DIGEST, bytes(60_000))
    os.utime(entry_of(folder), (1_000_000, 1_000_000))

    store = Store(Place(str(folder)), limit_bytes=100_000)
    store.put("load", DIGEST, bytes(49_000))

    assert store.get("load", DIGEST) is not None
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1


def test_nothing_is_removed_that_is_no_entry(folder: Path) -> None:
    folder.mkdir(0o700)
    (folder / "thesis.txt").write_bytes(bytes(500_000))
    (folder / "photos").mkdir()
    (folder / "photos" / f"load-{DIGEST}").write_bytes(bytes(500_000))
    store = Store(Place(str(folder)), limit_bytes=10_000)

    for digest in digests(5):
        store.put("load", digest, bytes(4000))

    assert [path.name for path in folder.iterdir() if path.is_file()] == ["thesis.txt"]
    assert (folder / "photos" / f"load-{DIGEST}").stat().st_size == 500_000


def test_what_interrupted_runs_left_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.cache.store._is_drawn", lambda chance: True)
    store_in(folder).put("load", DIGEST, PAYLOAD)
    old, new = (entry_of(folder).with_name(f"draft-{digit * 24}") for digit in "ab")
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (1_000_000, 1_000_000))

    store_in(folder).put("load", "0" * 64, PAYLOAD)

    assert (old.exists(), new.exists()) == (False, True)


def test_what_is_too_large_is_not_kept(folder: Path) -> None:
    store = Store(Place(str(folder)), limit_bytes=10_000)

    store.put("load", DIGEST, bytes(9000))

    assert store.get("load", DIGEST) is None


def test_the_folder_is_looked_through_now_and_then_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many small entries few look at all others."""
    looked: list[str] = []
    monkeypatch.setattr("verifier.cache.store.sweep", lambda base, *_: looked.append(base))
    store = Store(Place(str(folder)), limit_bytes=1024**3)

    for number in range(640):
        store.put("load", f"{number:064x}", b"small")

    assert 0 < len(looked) < 60
