"""The store: what is kept comes back whole or not at all, and nobody else's word is taken."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cache.stores import DIGEST, OTHER, PAYLOAD, entry_of, store_in

Spoil = Callable[[Path], object]


def test_what_is_put_comes_back(folder: Path) -> None:
    store = store_in(folder)

    store.put("load", DIGEST, PAYLOAD)

    assert store.refusal is None
    assert store.get("load", DIGEST) == PAYLOAD
    assert store_in(folder).get("load", DIGEST) == PAYLOAD
    assert store.get("load", OTHER) is None
    assert store.get("verdict", DIGEST) is None


def test_an_empty_payload_is_one(folder: Path) -> None:
    store = store_in(folder)

    store.put("load", DIGEST, b"")

    assert store.get("load", DIGEST) == b""


def test_what_is_put_again_takes_the_place_of_what_was(folder: Path) -> None:
    store = store_in(folder)

    store.put("load", DIGEST, PAYLOAD)
    store.put("load", DIGEST, b"new")

    assert store.get("load", DIGEST) == b"new"
    assert entry_of(folder).is_file()


def test_nobody_else_can_look_or_write(folder: Path) -> None:
    store_in(folder).put("load", DIGEST, PAYLOAD)
    entry = entry_of(folder)

    modes = [path.stat().st_mode & 0o777 for path in (folder, entry.parent, entry)]

    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.parametrize(("kind", "digest"), [("../load", DIGEST), ("load", "../" + DIGEST), ("load", "")])
def test_names_lead_nowhere_else(folder: Path, kind: str, digest: str) -> None:
    with pytest.raises(ValueError, match="expected a word and a hexadecimal digest"):
        store_in(folder).get(kind, digest)


# --- what is wrong with an entry is as if there were none --------------------------------------------------


def flipped(at: int) -> Spoil:
    def spoil(entry: Path) -> None:
        content = bytearray(entry.read_bytes())
        content[at] ^= 1
        entry.write_bytes(content)

    return spoil


def cut(length: int) -> Spoil:
    return lambda entry: entry.write_bytes(entry.read_bytes()[:length])


def folder_instead(entry: Path) -> None:
    entry.unlink()
    (entry / "below").mkdir(parents=True)


def pipe_instead(entry: Path) -> None:
    entry.unlink()
    os.mkfifo(entry, 0o600)


def link_instead(entry: Path) -> None:
    elsewhere = entry.with_name("elsewhere")
    entry.rename(elsewhere)
    entry.symlink_to(elsewhere)


SPOILT = {
    "first byte": flipped(0),
    "format": flipped(13),
    "first byte of the digest": flipped(15),
    "last byte of the digest": flipped(46),
    "first byte of the payload": flipped(47),
    "middle": flipped(47 + len(PAYLOAD) // 2),
    "last byte": flipped(-1),
    "empty": cut(0),
    "cut in the format": cut(5),
    "cut in the digest": cut(20),
    "no payload": cut(47),
    "cut in the payload": cut(1000),
    "last byte missing": cut(-1),
    "one byte more": lambda entry: entry.write_bytes(entry.read_bytes() + b"\0"),
    "garbage": lambda entry: entry.write_bytes(os.urandom(5000)),
    "a folder": folder_instead,
    "a pipe": pipe_instead,
    "a symbolic link": link_instead,
    "readable by others": lambda entry: entry.chmod(0o644),
    "writable by the group": lambda entry: entry.chmod(0o620),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_entry_is_none(folder: Path, spoil: Spoil) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)

    spoil(entry_of(folder))

    assert store.get("load", DIGEST) is None


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_entry_hides_no_other_that_is_read_with_it(folder: Path, spoil: Spoil) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)
    spoil(entry_of(folder))
    store.put("load", OTHER, b"other")

    assert store.get_each("load", [DIGEST, OTHER]) == [None, b"other"]


@pytest.mark.parametrize("spoil", [each for name, each in SPOILT.items() if name != "a folder"])
def test_a_spoilt_entry_is_written_anew(folder: Path, spoil: Spoil) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)
    spoil(entry_of(folder))

    store.put("load", DIGEST, b"new")

    assert store.get("load", DIGEST) == b"new"


def test_an_entry_under_another_name_is_none(folder: Path) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)

    entry = entry_of(folder)
    entry.rename(entry.with_name(f"load-{OTHER}"))

    assert store.get("load", OTHER) is None


def test_a_folder_in_the_place_of_an_entry_is_left_alone(folder: Path) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)
    entry = entry_of(folder)
    folder_instead(entry)

    store.put("load", DIGEST, PAYLOAD)

    assert store.get("load", DIGEST) is None
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]
