"""Where the cache is, and which folders are taken for one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cache.stores import DIGEST, PAYLOAD, entry_of, store_in
from verifier.cache import open_store
from verifier.cache.place import Place, place

# --- folders that others can write to ----------------------------------------------------------------------


def test_a_folder_that_the_group_can_write_to_is_refused(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o770)
    store = store_in(folder)

    store.put("load", DIGEST, PAYLOAD)

    assert store.refusal == f"`{folder}` is open to others, who could have written there"
    assert store.get("load", DIGEST) is None
    assert list(folder.iterdir()) == []


def test_a_folder_that_others_may_only_read_is_taken(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    store = store_in(folder)

    store.put("load", DIGEST, PAYLOAD)

    assert (store.refusal, store.get("load", DIGEST)) == (None, PAYLOAD)


def test_a_symbolic_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    store = store_in(folder)

    store.put("load", DIGEST, PAYLOAD)

    assert store.refusal == f"`{folder}` is a symbolic link, or no folder"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_folders_are_looked_at_anew_each_time(folder: Path) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)
    below = entry_of(folder).parent

    for opened in (folder, below):
        opened.chmod(0o777)
        assert store.get("load", DIGEST) is None
        opened.chmod(0o700)
        assert store.get("load", DIGEST) == PAYLOAD
    real = below.rename(folder / "elsewhere")
    below.symlink_to(real)
    assert store.get("load", DIGEST) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_belongs_to_another_user_is_not_read(folder: Path) -> None:
    store = store_in(folder)
    store.put("load", DIGEST, PAYLOAD)
    entry = entry_of(folder)

    for owned in (folder, entry.parent, entry):
        os.chown(owned, 12345, 12345)
        assert store.get("load", DIGEST) is None
        os.chown(owned, 0, 0)
    assert store.get("load", DIGEST) == PAYLOAD
    os.chown(folder, 12345, 12345)
    assert store_in(folder).refusal == f"`{folder}` belongs to another user"


# --- where it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"HOME": "/home/me"}, Place("/home/me/.cache/netqed"), id="home"),
        pytest.param({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, Place("/c/netqed"), id="XDG"),
        pytest.param({"HOME": "/h", "XDG_CACHE_HOME": "c"}, Place("/h/.cache/netqed"), id="XDG is relative"),
        pytest.param({"HOME": "/h", "NETQED_CACHE_DIR": "/n"}, Place("/n", chosen=True), id="chosen"),
        pytest.param({"HOME": "/h", "NETQED_CACHE_DIR": ""}, Place("/h/.cache/netqed"), id="empty"),
        pytest.param({"HOME": ""}, None, id="no home"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_place(environment: Mapping[str, str], expected: Place | None) -> None:
    assert place(environment) == expected


@pytest.mark.parametrize("home", ["/nonexistent/home/of/nobody", "/dev/null", "/proc"])
def test_where_there_is_no_home_there_is_silence(home: str) -> None:
    store = open_store({"HOME": home})

    store.put("load", DIGEST, PAYLOAD)

    assert (store.refusal, store.get("load", DIGEST)) == (None, None)
    assert not Path("/nonexistent").exists()


def test_the_folder_is_made_below_a_home(tmp_path: Path) -> None:
    store = open_store({"HOME": str(tmp_path)})

    store.put("load", DIGEST, PAYLOAD)

    assert store.get("load", DIGEST) == PAYLOAD
    assert (tmp_path / ".cache" / "netqed").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_nothing_is_made_in_the_home_of_another_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    store = open_store({"HOME": str(tmp_path)})

    store.put("load", DIGEST, PAYLOAD)

    assert (store.refusal, list(tmp_path.iterdir())) == (None, [])


def test_a_chosen_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    store = store_in(tmp_path / "file" / "cache")

    assert store.refusal == f"`{tmp_path / 'file' / 'cache'}` cannot be used: Not a directory"
