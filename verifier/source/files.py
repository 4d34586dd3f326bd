"""Which files to read, and reading them: folders, globs and standard input; never a file that could block."""

from __future__ import annotations

import errno
import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, Final

from verifier.diagnostics import Diagnostic, Span, one_line
from verifier.source.contents import Content, Contents, opened
from verifier.source.decode import MAX_BYTES, Document

STDIN: Final = "-"
MANIFEST_SUFFIXES: Final = (".yaml", ".yml", ".json")

_STDIN_NAME: Final = "<stdin>"


@dataclass(frozen=True, slots=True)
class Read:
    """What was found: all documents in order, all diagnostics, and how many files were opened."""

    documents: tuple[Document, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int


def read(sources: Sequence[str], base: Path, stdin: BinaryIO | None = None) -> Read:
    """Read files, folders (with all folders below), globs and `-`, relative to `base`; each file once.

    Args:
        sources: as for `gather`.
        stdin: what `-` stands for; the process's standard input if None.
    """
    contents = gather(sources, base, stdin)
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    for read, faults in contents.decoded():
        documents += read
        diagnostics += faults
    return Read(tuple(documents), tuple(diagnostics), len(contents.files))


def gather(sources: Sequence[str], base: Path, stdin: BinaryIO | None = None) -> Contents:
    """Find files and take their bytes, without a look at them; otherwise as `read`.

    Args:
        sources: as the user wrote them. In a folder, files that end in .yaml, .yml or .json count;
            folders whose names begin with a dot are left out.
        stdin: what `-` stands for; the process's standard input if None.
    """
    gatherer = _Gatherer(base, stdin)
    for source in dict.fromkeys(sources):
        if source == STDIN:
            gatherer.standard_input()
        else:
            gatherer.source(source)
    return Contents(tuple(gatherer.found))


@dataclass(slots=True)
class _Gatherer:
    base: Path
    stdin: BinaryIO | None
    found: list[Content | Diagnostic] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def standard_input(self) -> None:
        content = (self.stdin or sys.stdin.buffer).read(MAX_BYTES + 1)
        message = "found no document on standard input"
        empty = Diagnostic("empty-file", Span(_STDIN_NAME), message, "pipe a manifest into it")
        self.found.append(opened(_STDIN_NAME, content, empty))

    def source(self, source: str) -> None:
        path = os.path.normpath(os.path.join(self.base, source))
        if "\0" in source:
            self._fault(one_line(source), "no-such-file", "found a NUL character in a file name", "remove it")
        elif glob.has_magic(source) and not os.path.lexists(path):
            self._glob(source)
        else:
            self._named(path)

    def _named(self, path: str) -> None:
        mode = self._mode(path)
        if mode is None:
            return
        if stat.S_ISDIR(mode):
            if not self._files(self._walk(path)):
                message = "found no manifest in this folder, expected files that end in .yaml, .yml or .json"
                self._fault(self._shown(path), "no-manifests", message, "name the folder that holds them")
        else:
            self._file(path, empty_file(self._shown(path)))

    def _glob(self, source: str) -> None:
        folder, stars, rest = source.partition("**")
        start = os.path.join(glob.escape(str(self.base)), folder if stars else source)
        paths = sorted(os.path.normpath(match) for match in glob.glob(start))
        found = 0
        for path in paths:
            if not os.path.isdir(path):
                found += self._files([path] if os.path.splitext(source)[1] or _is_manifest(path) else [])
            else:
                below = self._walk(path)
                wanted = [part for part in f"**{rest}".split("/") if part] if stars else ["**"]
                found += self._files(each for each in below if _matches(_parts(each, path), wanted))
        if not found:
            message = f"found no manifest that matches `{one_line(source)}`"
            self._fault(
                one_line(source), "no-match", message, "check the pattern, and the folder it starts from"
            )

    def _walk(self, folder: str, above: tuple[tuple[int, int], ...] = ()) -> Iterator[str]:
        """Yield the manifests below `folder`, sorted; each folder that cannot be walked is a fault."""
        try:
            here = os.stat(folder)
            names = sorted(os.listdir(folder))
        except OSError as error:
            self._os_fault(folder, error)
            return
        mark = (here.st_dev, here.st_ino)
        if mark in above:
            self._os_fault(folder, OSError(errno.ELOOP, ""))
            return
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isdir(path):
                if not name.startswith("."):
                    yield from self._walk(path, (*above, mark))
            elif _is_manifest(name):
                yield path

    def _files(self, paths: Iterable[str]) -> int:
        before, count = len(self.found), 0
        for path in paths:
            count += 1
            self._file(path)
        return count or len(self.found) - before

    def _file(self, path: str, empty: Diagnostic | None = None) -> None:
        """Open a file, unless that was done before."""
        real = os.path.realpath(path)
        if real in self.seen:
            return
        self.seen.add(real)
        shown = self._shown(path)
        mode = self._mode(path)
        if mode is None:
            return
        if not stat.S_ISREG(mode):
            message = "found a device, a pipe or a socket, expected a regular file"
            self._fault(shown, "not-a-file", message, "use `-` to read standard input")
            return
        try:
            # O_NONBLOCK: what was a file a moment ago may have become a pipe.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            self._os_fault(path, error)
            return
        self.found.append(opened(shown, content, empty))

    def _mode(self, path: str) -> int | None:
        try:
            return os.stat(path).st_mode
        except OSError as error:
            self._os_fault(path, error)
            return None

    def _shown(self, path: str) -> str:
        absolute, here = os.path.abspath(path), os.getcwd()
        below = os.path.commonpath([absolute, here]) == here
        return one_line(os.path.relpath(absolute, here) if below else path, 400)

    def _os_fault(self, path: str, error: OSError) -> None:
        self._fault(self._shown(path), *_OS_FAULTS.get(error.errno or 0, _UNREADABLE))

    def _fault(self, shown: str, code: str, message: str, hint: str) -> None:
        self.found.append(Diagnostic(code, Span(shown), message, hint))


def empty_file(shown: str) -> Diagnostic:
    """Return the fault of a file that was named and holds no document."""
    message = "found no document in this file, expected a manifest"
    return Diagnostic("empty-file", Span(shown), message, "fill the file, or leave it out")


_NOT_FOUND: Final = (
    "no-such-file",
    "found no file or folder of this name",
    "check the name and where it starts from",
)
_UNREADABLE: Final = (
    "unreadable-file",
    "found a file or folder that cannot be read",
    "check the disk it is on",
)
_FORBIDDEN: Final = ("no-permission", "found a file or folder that may not be read", "change its permissions")
_OS_FAULTS: Final = {
    errno.ENOENT: _NOT_FOUND,
    errno.ENOTDIR: _NOT_FOUND,
    errno.ENAMETOOLONG: _NOT_FOUND,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ELOOP: ("symlink-loop", "found a symbolic link that leads back to itself", "remove the link"),
}


def _is_manifest(name: str) -> bool:
    return name.endswith(MANIFEST_SUFFIXES)


def _parts(path: str, folder: str) -> list[str]:
    return os.path.relpath(path, folder).split(os.sep)


def _matches(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_matches(parts[skipped:], wanted[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _matches(parts[1:], wanted[1:])
