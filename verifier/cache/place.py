"""Where the cache is: a folder that nobody else can write to, or none at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CACHE_DIR: Final = "NETQED_CACHE_DIR"

_NAME: Final = "netqed"
_OWN: Final = 0o700
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_FOLDER_FLAGS: Final = (
    os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
WINDOWS: Final = sys.platform == "win32"  # knows no descriptors of folders: there paths are used


@dataclass(frozen=True, slots=True)
class Place:
    """A folder for the cache; `chosen`: by the user, who is told if it cannot be used."""

    path: str
    chosen: bool = False


class UnsafeError(Exception):
    """A folder or file that somebody else may have written, in words that follow its name."""


def place(environment: Mapping[str, str]) -> Place | None:
    """Return where the cache is to be; None: there is no home to put it in."""
    chosen = environment.get(CACHE_DIR)
    if chosen:
        return Place(os.path.abspath(chosen), chosen=True)
    if WINDOWS:
        local = environment.get("LOCALAPPDATA", "")
        return Place(os.path.join(local, _NAME, "cache")) if os.path.isabs(local) else None
    shared = environment.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(shared):  # the convention says that others are to be ignored
        home = environment.get("HOME", "")
        if not os.path.isabs(home):
            return None
        shared = os.path.join(home, ".cache")
    return Place(os.path.join(shared, _NAME))


def make(wanted: Place) -> None:
    """Make the folder of a place unless there is one; a home is never made, nor another user's written to.

    Raises:
        OSError: it cannot be made.
    """
    missing: list[str] = []
    above = wanted.path
    while not os.path.lexists(above):
        missing.append(above)
        above = os.path.dirname(above)
    if missing and not wanted.chosen and (len(missing) > 2 or not _is_ours(os.stat(above))):
        raise PermissionError(errno.EACCES, "it is no place of ours")
    for path in reversed(missing):
        try:
            os.mkdir(path, _OWN)
        except FileExistsError:
            continue  # another run was quicker


def open_folder(name: str, above: int | None = None) -> int:
    """Return a descriptor of a folder that only we can write to.

    Raises:
        OSError: there is none, or it is a symbolic link.
        UnsafeError: others can write to it.
    """
    descriptor = os.open(name, _FOLDER_FLAGS, dir_fd=above)
    try:
        check(os.fstat(descriptor), _WRITABLE_BY_OTHERS)
    except UnsafeError:
        os.close(descriptor)
        raise
    return descriptor


def check(found: os.stat_result, forbidden: int) -> None:
    """Raise UnsafeError if what was opened is another user's, or has one of the `forbidden` permissions."""
    if WINDOWS:
        return  # a user's own folder is closed to others by its access control list
    if not _is_ours(found):
        raise UnsafeError("belongs to another user")
    if found.st_mode & forbidden:
        raise UnsafeError("is open to others, who could have written there")


def _is_ours(found: os.stat_result) -> bool:
    return WINDOWS or found.st_uid == os.geteuid()
