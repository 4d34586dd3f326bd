"""`--no-cache`, for every command that reads manifests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from verifier.cache import Store

NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Take nothing from what earlier runs have kept, and keep nothing.")
]


def store(no_cache: bool) -> Store | None:
    """Return the user's store, None if there is to be none; say on stderr why it cannot be used."""
    if no_cache:
        return None
    from verifier.cache import open_store

    opened = open_store()
    if opened.refusal is not None:
        print(f"warning: the cache folder {opened.refusal}: there is no cache", file=sys.stderr)
    return opened
