"""Which program this is: what one version has kept, no other version takes."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from verifier import __version__

_LIBRARIES: Final = ("z3", "pydantic", "pydantic_core", "yaml")
_SOURCE: Final = ".py"
_DIGEST_BYTES: Final = 12


@cache
def program_digest() -> str:
    """Return a digest of the program's own files, of the libraries that results rest on, and of Python.

    Of files it takes path, size and time of change, as Python itself does to know whether what it has
    compiled is up to date: an installation whose files are edited changes without its version.

    Raises:
        OSError: the program is not in a folder.
    """
    digest = blake2b(digest_size=_DIGEST_BYTES)
    digest.update(repr((__version__, sys.version, platform.machine())).encode())
    digest.update(b"".join(sorted(_files(str(Path(__file__).parent.parent)))))
    for library in _LIBRARIES:
        digest.update(b"".join(_library(library)))
    return digest.hexdigest()


def _files(folder: str) -> Iterator[bytes]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_SOURCE):
                yield _line(entry.path, entry.stat())
            elif entry.is_dir() and not entry.name.startswith(("_", ".")):
                yield from _files(entry.path)


def _library(name: str) -> Iterator[bytes]:
    """Yield what another version changes where it is installed: folders, and the file loaded first."""
    found = find_spec(name)
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        for path in (folder, os.path.join(folder, "lib"), os.path.join(folder, "__init__.py")):
            with suppress(FileNotFoundError):
                yield _line(path, os.stat(path))


def _line(path: str, found: os.stat_result) -> bytes:
    return os.fsencode(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0")
