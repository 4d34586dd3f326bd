"""Reading manifests out of a git repository, as of one revision: `git:REV:PATH`.

Only git's plumbing is asked, which runs no hook, no filter and no program of the repository's choice, and no
shell: what the repository says is data. Nothing is fetched, and what a tree does not hold itself (symbolic
links, submodules) is refused, not followed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from verifier.diagnostics import Diagnostic, Span, one_line
from verifier.source.contents import Contents, opened
from verifier.source.decode import MAX_BYTES
from verifier.source.files import MANIFEST_SUFFIXES, empty_file, gather

GIT: Final = "git:"

_SECONDS: Final = 60
_MOST_FILES: Final = 100_000
_LINK: Final = "120000"
_SUBMODULE: Final = "160000"
_HARMLESS: Final = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class _GitError(Exception):
    """Git does not do it; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(str(diagnostic))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file in a tree: its path from the top of the repository on."""

    mode: str
    name: str
    size: int
    path: str


def gather_version(source: str, base: Path, stdin: BinaryIO | None = None) -> Contents:
    """Take the bytes of files, or of what a revision has of them."""
    return gather_revision(source, base) if source.startswith(GIT) else gather((source,), base, stdin)


def gather_revision(source: str, base: Path) -> Contents:
    """Take the bytes of the manifests of one revision; `PATH` starts from `base`, as that of a file does.

    Args:
        source: `git:REV:PATH`.
    """
    try:
        return _Revision(source, base).contents()
    except _GitError as error:
        return Contents((error.diagnostic,))


class _Revision:
    """One revision of one repository."""

    def __init__(self, source: str, base: Path) -> None:
        self._span = Span(one_line(source, 400))
        self._base = base
        self._revision, colon, self._path = source.removeprefix(GIT).partition(":")
        if not colon or not self._revision or not self._path:
            message = "expected `git:REVISION:PATH`, such as `git:main:k8s`"
            raise self._fault("bad-revision", message, "write `.` as the path of the folder you are in")
        if self._revision.startswith("-") or not self._revision.isprintable() or "\0" in source:
            raise self._fault("bad-revision", f"`{one_line(self._revision)}` is no name of a revision")

    def contents(self) -> Contents:
        """Return all manifests at the path."""
        commit = self._commit()
        inside = self._inside()
        entries = list(self._entries(commit, inside))
        wanted = [entry for entry in entries if self._is_wanted(entry, inside)]
        if not wanted:
            raise self._nothing(bool(entries), inside)
        found = []
        for entry, content in zip(wanted, self._contents(wanted), strict=True):
            shown = one_line(f"{self._revision}:{entry.path}", 400)
            found.append(opened(shown, content, empty_file(shown) if entry.path == inside else None))
        return Contents(tuple(found))

    def _commit(self) -> str:
        name = f"{self._revision}^{{commit}}"
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        found = self._git(words, may_fail=True)
        if found is None:
            self._git(("rev-parse", "--git-dir"))  # says what is wrong, if it is the repository
            message = f"git knows no revision `{one_line(self._revision)}`"
            raise self._fault("no-such-revision", message, "`git fetch` it, or check its name")
        return found.decode("ascii", "replace").strip()

    def _inside(self) -> str:
        """Return the path from the top of the repository on; empty: all of it."""
        prefix = os.fsdecode(self._git(("rev-parse", "--show-prefix")) or b"").rstrip("\n")
        if os.path.isabs(self._path):
            message = f"`{one_line(self._path)}` is absolute; the path starts from the folder you are in"
            raise self._fault("outside-repository", message)
        inside = os.path.normpath(os.path.join(prefix, self._path))
        if inside == ".." or inside.startswith(f"..{os.sep}"):
            raise self._fault("outside-repository", f"`{one_line(self._path)}` leads out of the repository")
        return "" if inside == "." else inside

    def _entries(self, commit: str, inside: str) -> Iterator[_Entry]:
        words = ["ls-tree", "-r", "-z", "-l", "--full-tree", commit]
        listed = self._git((*words, "--", inside) if inside else words) or b""
        for number, line in enumerate(filter(None, listed.split(b"\0"))):
            if number == _MOST_FILES:
                raise self._fault(
                    "too-large", f"found more than {_MOST_FILES} files", "name a smaller folder"
                )
            head, _, path = line.partition(b"\t")
            mode, _, name, size = head.decode("ascii").split()
            yield _Entry(mode, name, int(size) if size.isdigit() else 0, os.fsdecode(path))

    def _is_wanted(self, entry: _Entry, inside: str) -> bool:
        """Return whether it is a manifest; what is not followed may hold one, and nobody would know."""
        below = os.path.relpath(entry.path, inside or ".").split(os.sep)
        if entry.path != inside and any(part.startswith(".") for part in below[:-1]):
            return False
        if entry.mode in (_LINK, _SUBMODULE):
            what = "a symbolic link" if entry.mode == _LINK else "a submodule"
            shown = Span(one_line(f"{self._revision}:{entry.path}", 400))
            message = f"found {what}, which is not followed into another tree"
            raise _GitError(
                Diagnostic("not-followed", shown, message, "name folders and files that hold none")
            )
        return entry.path == inside or entry.path.endswith(MANIFEST_SUFFIXES)

    def _nothing(self, any_files: bool, inside: str) -> _GitError:
        if any_files:
            message = "found no manifest in this folder, expected files that end in .yaml, .yml or .json"
            return self._fault("no-manifests", message, "name the folder that holds them")
        message = f"revision `{one_line(self._revision)}` has no file or folder `{one_line(inside or '.')}`"
        return self._fault("no-such-file", message, "the path starts from the folder you are in")

    def _contents(self, entries: Sequence[_Entry]) -> Iterator[bytes]:
        total = sum(entry.size for entry in entries)
        if total > MAX_BYTES:
            message = f"found {total} bytes, expected at most {MAX_BYTES}"
            raise self._fault("too-large", message, "name a smaller folder")
        names = "".join(f"{entry.name}\n" for entry in entries).encode("ascii")
        answer = self._git(("cat-file", "--batch"), names) or b""
        place = 0
        for entry in entries:
            end = answer.find(b"\n", place)
            if answer[place:end] != f"{entry.name} blob {entry.size}".encode("ascii"):
                shown = one_line(f"{self._revision}:{entry.path}", 400)
                raise self._fault("git-failed", f"git cannot read `{shown}`", "is the clone complete?")
            yield answer[end + 1 : end + 1 + entry.size]
            place = end + 1 + entry.size + 1

    def _git(
        self, words: Sequence[str], given: bytes | None = None, *, may_fail: bool = False
    ) -> bytes | None:
        """Return what git answers; None: it fails, as it may."""
        try:
            done = subprocess.run(  # noqa: S603
                ("git", *_HARMLESS, *words),  # noqa: S607
                cwd=self._base,
                env={**os.environ, **_ENVIRONMENT},
                input=given if given is not None else b"",
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            found = self._base.is_dir()
            message = "found no program `git`" if found else f"found no folder `{one_line(str(self._base))}`"
            raise self._fault("git-failed", message, "`git:` needs git: install it") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._fault("git-failed", f"git does not answer: {one_line(str(error))}") from None
        if done.returncode == 0:
            return done.stdout
        if may_fail:
            return None
        said = (os.fsdecode(done.stderr).strip().splitlines() or ["no reason given"])[0]
        raise self._fault("git-failed", f"git says: {one_line(said, 300)}")

    def _fault(self, code: str, message: str, advice: str | None = None) -> _GitError:
        return _GitError(Diagnostic(code, self._span, message, advice))
