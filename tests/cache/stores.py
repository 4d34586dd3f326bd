"""Stores to try, and what to put there."""

from __future__ import annotations

from pathlib import Path

from verifier.cache import Store, open_store

DIGEST = "0123456789abcdef" * 4
OTHER = "f" * 64
PAYLOAD = b"what was worked out" * 100


def store_in(folder: Path) -> Store:
    return open_store({"NETQED_CACHE_DIR": str(folder)})


def entry_of(folder: Path) -> Path:
    (found,) = [file for file in folder.rglob("*") if file.is_file()]
    return found
