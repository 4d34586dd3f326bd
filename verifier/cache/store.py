"""Files by kind and digest. Whatever is wrong with one, or with their folder, is as if there were none."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Final

from verifier import __version__
from verifier.cache.place import WINDOWS, Place, UnsafeError, check, make, open_folder, place
from verifier.cache.program import program_digest
from verifier.cache.sweep import ENTRY, LEAST_BYTES, LIMIT_BYTES, sweep
from verifier.diagnostics import one_line

MAX_PAYLOAD: Final = 256 * 1024 * 1024

_FORMAT: Final = 1
_MAGIC: Final = b"netqed cache %d\n" % _FORMAT
_DIGEST_BYTES: Final = 32
_HEAD: Final = len(_MAGIC) + _DIGEST_BYTES
_OWN_FILE: Final = 0o600
_OPEN_TO_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FLAGS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_READ: Final = _FLAGS | os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
_WRITE: Final = _FLAGS | os.O_WRONLY | os.O_CREAT | os.O_EXCL
_SWEEPS: Final = 64  # how often the folder is looked through while what it may hold is written
_WORD: Final = re.compile(r"[0-9a-z]+")


class Store:
    """What earlier runs of this very program have kept.

    `refusal` says in words why nothing is read or written, where a person should know; None: all is well, or
    there is simply no place for a cache.
    """

    def __init__(self, wanted: Place | None, limit_bytes: int = LIMIT_BYTES) -> None:
        self.refusal: str | None = None
        self._limit_bytes = limit_bytes
        self._base: str | None = None
        self._version = ""
        if wanted is not None:
            self._open(wanted)

    def _open(self, wanted: Place) -> None:
        try:
            self._version = f"{_FORMAT}-{__version__}-{program_digest()}"
            make(wanted)
        except OSError as error:
            if wanted.chosen:
                self.refusal = f"`{one_line(wanted.path)}` cannot be used: {error.strerror or error}"
            return
        try:
            with _opened(wanted.path):
                self._base = wanted.path
        except UnsafeError as unsafe:
            self.refusal = f"`{one_line(wanted.path)}` {unsafe}"
        except OSError:
            self.refusal = f"`{one_line(wanted.path)}` is a symbolic link, or no folder"

    def get(self, kind: str, digest: str) -> bytes | None:
        """Return what was put there under the same kind and digest, if that is certain.

        Args:
            kind: a word of small letters.
            digest: hexadecimal.
        """
        return self.get_each(kind, (digest,))[0]

    def get_each(self, kind: str, digests: Iterable[str]) -> list[bytes | None]:
        """Return what `get` returns for each of the digests: the folder is opened and checked once."""
        names = [_name(kind, digest) for digest in digests]
        with suppress(OSError, UnsafeError), self._folder() as folder:
            return [self._read(folder, name) for name in names]
        return [None] * len(names)

    def _read(self, folder: int | None, name: str) -> bytes | None:
        with suppress(OSError, UnsafeError):
            file = os.open(self._at(folder, name), _READ, dir_fd=folder)
            try:
                return _payload(file, name)
            finally:
                os.close(file)
        return None

    def put(self, kind: str, digest: str, payload: bytes) -> None:
        """Keep `payload`, if that is possible."""
        name = _name(kind, digest)
        if len(payload) > min(MAX_PAYLOAD, self._limit_bytes // 2):
            return
        content = b"".join((_MAGIC, _own_digest(name, payload), payload))
        with suppress(OSError, UnsafeError), self._folder(made=True) as folder:
            self._write(folder, name, content)
            self._sweep_now_and_then(len(content))

    def _write(self, folder: int | None, name: str, content: bytes) -> None:
        """Write a file that others see whole or not at all."""
        draft = self._at(folder, f"draft-{os.urandom(12).hex()}")
        file = os.open(draft, _WRITE, _OWN_FILE, dir_fd=folder)
        try:
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[os.write(file, rest) :]
            finally:
                os.close(file)
            os.replace(draft, self._at(folder, name), src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft, dir_fd=folder)
            raise

    @contextmanager
    def _folder(self, *, made: bool = False) -> Iterator[int | None]:
        """Give the folder of this version of the program, checked anew: a descriptor, None on Windows."""
        if self._base is None:
            raise FileNotFoundError
        with _opened(self._base) as base:
            if made:
                with suppress(FileExistsError):
                    os.mkdir(self._at(base, ""), 0o700, dir_fd=base)
            with _opened(self._at(base, ""), base) as folder:
                yield folder

    def _at(self, folder: int | None, name: str) -> str:
        """Return how `name`, or the folder itself, is called from its folder: by its path on Windows."""
        if folder is None:
            return os.path.join(self._base or "", self._version, name)
        return name or self._version

    def _sweep_now_and_then(self, written: int) -> None:
        """Sweep with a chance that grows with what was written."""
        chance = max(max(written, LEAST_BYTES) * _SWEEPS / self._limit_bytes, 1 / _SWEEPS)
        if self._base is not None and _is_drawn(chance):
            sweep(self._base, self._version, self._limit_bytes)


def _is_drawn(chance: float) -> bool:
    """Draw lots, which nobody whose files are read can know beforehand."""
    return int.from_bytes(os.urandom(4), "big") < chance * 0x1_0000_0000


def open_store(environment: Mapping[str, str] | None = None) -> Store:
    """Return the user's store, as the environment says; one that keeps nothing where there can be none."""
    return Store(place(os.environ if environment is None else environment))


@contextmanager
def _opened(name: str, above: int | None = None) -> Iterator[int | None]:
    """Give the descriptor of a folder that only we can write to; None on Windows, which has none."""
    if WINDOWS:
        yield None
        return
    folder = open_folder(name, above)
    try:
        yield folder
    finally:
        os.close(folder)


def _name(kind: str, digest: str) -> str:
    name = f"{kind}-{digest}"
    if not _WORD.fullmatch(kind) or ENTRY.fullmatch(name) is None:
        raise ValueError(f"expected a word and a hexadecimal digest, found `{name}`")
    return name


def _payload(file: int, name: str) -> bytes | None:
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or not _HEAD <= found.st_size <= _HEAD + MAX_PAYLOAD:
        return None
    check(found, _OPEN_TO_OTHERS)
    with os.fdopen(file, "rb", closefd=False) as opened:
        content = opened.read(_HEAD + MAX_PAYLOAD + 1)
    payload = content[_HEAD:]
    if content[: len(_MAGIC)] != _MAGIC or content[len(_MAGIC) : _HEAD] != _own_digest(name, payload):
        return None
    if os.utime in os.supports_fd:
        with suppress(OSError):
            os.utime(file)  # what was used last is removed last
    return payload


def _own_digest(name: str, payload: bytes) -> bytes:
    """Return the digest of an entry, its name included: one that was moved is none."""
    digest = sha256(f"{name}\n".encode())
    digest.update(payload)
    return digest.digest()
