"""Keeping the cache small: what was used longest ago goes, whatever version of the program kept it."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from verifier.cache.place import WINDOWS, UnsafeError, open_folder

LIMIT_BYTES: Final = 512 * 1024 * 1024

ENTRY: Final = re.compile(r"[0-9a-z]+-[0-9a-f]{16,128}")
_VERSION: Final = re.compile(r"[0-9]+-[0-9][0-9A-Za-z.+]*-[0-9a-f]{24}")
_DRAFT: Final = "draft-"
_ABANDONED_SECONDS: Final = 3600
LEAST_BYTES: Final = 16 * 1024  # what an entry counts at least: a folder of very many is slow
_KEPT: Final = 0.75  # of the limit, so that the next sweep has nothing to do for a while


class _Entry(NamedTuple):
    used: float
    size: int
    folder: str
    name: str


def sweep(base: str, current: str, limit_bytes: int) -> None:
    """Remove from `base` what is beyond the limit, and what interrupted runs have left.

    Only what has the name of an entry is ever removed. Another run that reads what is removed here has
    opened it, or does without.

    Args:
        current: the folder of this version, which stays if it is empty.
    """
    folders = _versions(base)
    entries = sorted(entry for folder in folders for entry in _entries(base, folder))
    total = sum(entry.size for entry in entries)
    keep = limit_bytes * _KEPT if total > limit_bytes else total
    abandoned = time.time() - _ABANDONED_SECONDS
    for entry in entries:
        draft = entry.name.startswith(_DRAFT)
        if entry.used < abandoned if draft else total > keep:
            _remove(base, entry)
            total -= entry.size
    for folder in set(folders) - {current}:
        with suppress(OSError):
            os.rmdir(os.path.join(base, folder))


def _versions(base: str) -> list[str]:
    with suppress(OSError), os.scandir(base) as found:
        return [each.name for each in found if _is_version(each)]
    return []


def _is_version(entry: os.DirEntry[str]) -> bool:
    return _VERSION.fullmatch(entry.name) is not None and entry.is_dir(follow_symlinks=False)


def _entries(base: str, folder: str) -> Iterator[_Entry]:
    with suppress(OSError), os.scandir(os.path.join(base, folder)) as found:
        for each in found:
            if ENTRY.fullmatch(each.name) is None:
                continue
            with suppress(OSError):
                shown = each.stat(follow_symlinks=False)
                if stat.S_ISREG(shown.st_mode):
                    yield _Entry(shown.st_mtime, max(shown.st_size, LEAST_BYTES), folder, each.name)


def _remove(base: str, entry: _Entry) -> None:
    with suppress(OSError, UnsafeError):
        if WINDOWS:
            os.unlink(os.path.join(base, entry.folder, entry.name))
            return
        folder = open_folder(os.path.join(base, entry.folder))
        try:
            os.unlink(entry.name, dir_fd=folder)
        finally:
            os.close(folder)
