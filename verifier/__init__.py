"""Prove or refute properties of Kubernetes network policies.

The whole interface: `load` or `loads` a cluster, `check` a property file, `query` single flows.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from verifier.diagnostics import InputError as ManifestError

if TYPE_CHECKING:
    from verifier.ask import query
    from verifier.cache import open_store
    from verifier.reading import load, loads
    from verifier.verify import check

__version__ = "0.1.0"

BEGUN = time.time()  # before any other file of ours was read

__all__ = ["ManifestError", "__version__", "check", "load", "loads", "open_store", "query"]

_HOMES = {
    "check": "verifier.verify",
    "load": "verifier.reading",
    "loads": "verifier.reading",
    "open_store": "verifier.cache",
    "query": "verifier.ask",
}


def __getattr__(name: str) -> Any:
    """Import on first use: `verify --help` needs no solver."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    # An import leaves the module itself here, under the name of a function: every name is bound anew.
    module = import_module(home)
    globals().update({public: getattr(module, public) for public, of in _HOMES.items() if of == home})
    return globals()[name]
