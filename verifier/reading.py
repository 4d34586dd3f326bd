"""Reading a cluster from manifests, for programs: `verifier.load`, `verifier.loads`."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from verifier.cache import Store
from verifier.cluster import Cluster
from verifier.loading import Settings, load_cluster
from verifier.source import Content, Contents, gather


def load(
    *sources: str,
    namespace: str = "default",
    base: str | Path = ".",
    stdin: BinaryIO | None = None,
    cache: Store | None = None,
) -> Cluster:
    """Return the cluster that files, folders, globs or `-` describe.

    Args:
        sources: relative to `base`.
        namespace: where objects are that state no namespace.
        cache: where what was read is kept, and taken from: `verifier.open_store()`; None: nowhere.

    Raises:
        InputError: with every fault of every file.
    """
    return load_cluster(gather(sources, Path(base), stdin), Settings(namespace), cache)


def loads(text: str | bytes, *, namespace: str = "default", file: str = "<text>") -> Cluster:
    """Return the cluster that a text of YAML or JSON describes.

    Raises:
        InputError: with every fault of the text.
    """
    content = text.encode() if isinstance(text, str) else text
    return load_cluster(Contents((Content(file, content),)), Settings(namespace))
