"""Prove or refute properties of Kubernetes network policies.

The whole interface: `load` or `loads` a cluster, `check` a property file, `query` single flows, `diff` two
versions, `map` who reaches whom.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from verifier.diagnostics import InputError as ManifestError

if TYPE_CHECKING:
    from verifier.ask import query
    from verifier.cache import open_store
    from verifier.differ import diff
    from verifier.mapper import map_of as map  # noqa: A004 - the command's own name
    from verifier.reading import load, loads
    from verifier.verify import check

__version__ = "0.1.0"

BEGUN = time.time()  # before any other file of ours was read

__all__ = ["ManifestError", "__version__", "check", "diff", "load", "loads", "map", "open_store", "query"]

_HOMES = {
    "check": ("verifier.verify", "check"),
    "diff": ("verifier.differ", "diff"),
    "load": ("verifier.reading", "load"),
    "loads": ("verifier.reading", "loads"),
    "map": ("verifier.mapper", "map_of"),
    "open_store": ("verifier.cache", "open_store"),
    "query": ("verifier.ask", "query"),
}


def __getattr__(name: str) -> Any:
    """Import on first use: `verify --help` needs no solver."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home, own = _HOMES[name]
    globals()[name] = getattr(import_module(home), own)
    return globals()[name]
