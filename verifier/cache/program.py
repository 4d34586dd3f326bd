"""Which program this is: what one version has kept, no other version takes."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Final

from verifier import BEGUN, __version__

_DIGITS: Final = 24
_LIBRARIES: Final = {
    "z3": "z3_solver-",
    "pydantic": "pydantic-",
    "pydantic_core": "pydantic_core-",
    "yaml": "pyyaml-",
}
_INSTALLED: Final = (".dist-info", ".egg-info")
_CLOCKS_DIFFER: Final = 0.05  # seconds that a file system's clock may be behind

_Line = tuple[str, int, int, int]
"""Path, size, and when content and anything else of the file were changed, in nanoseconds."""


@cache
def program_digest() -> str:
    """Return a digest of the program's own files, of the libraries that results rest on, and of Python.

    Of files it takes path, size and time of change: an installation whose files are edited changes without
    its version.

    Raises:
        OSError: the program is not in a folder, or has changed since it was started.
    """
    files = sorted(_files(str(Path(__file__).parent.parent)))
    libraries = [sorted(_library(name, prefix)) for name, prefix in _LIBRARIES.items()]
    every = [*files, *chain.from_iterable(libraries)]
    if max(time for line in every for time in line[2:]) > (BEGUN - _CLOCKS_DIFFER) * 1e9:
        raise OSError(None, "the program has been changed since it was started")  # and what was loaded then?
    told = [(__version__, sys.version, platform.machine()), [line[:3] for line in every]]
    return sha256(repr(told).encode()).hexdigest()[:_DIGITS]


def _files(folder: str) -> Iterator[_Line]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield _line(entry.path, entry.stat())
            elif entry.is_dir() and not entry.name.startswith(("_", ".")):
                yield from _files(entry.path)


def _library(name: str, prefix: str) -> Iterator[_Line]:
    """Yield the file of a library that is loaded first, and what its installation is called."""
    found = find_spec(name)
    if found is None or found.origin is None:
        return
    yield _line(found.origin, os.stat(found.origin))
    for installed in os.listdir(Path(found.origin).parent.parent):
        if installed.endswith(_INSTALLED) and installed.lower().startswith(prefix):
            yield installed, 0, 0, 0


def _line(path: str, found: os.stat_result) -> _Line:
    return path, found.st_size, found.st_mtime_ns, found.st_ctime_ns
