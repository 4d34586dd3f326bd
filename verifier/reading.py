"""Reading a cluster from manifests, for programs: `verifier.load`, `verifier.loads`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from verifier.cluster import Cluster, build_cluster
from verifier.diagnostics import Diagnostic, InputError
from verifier.source import Document, decode, read


def load(
    *sources: str, namespace: str = "default", base: str | Path = ".", stdin: BinaryIO | None = None
) -> Cluster:
    """Return the cluster that files, folders, globs or `-` describe.

    Args:
        sources: relative to `base`.
        namespace: where objects are that state no namespace.

    Raises:
        InputError: with every fault of every file.
    """
    found = read(sources, Path(base), stdin)
    return _built(found.documents, list(found.diagnostics), namespace)


def loads(text: str | bytes, *, namespace: str = "default", file: str = "<text>") -> Cluster:
    """Return the cluster that a text of YAML or JSON describes.

    Raises:
        InputError: with every fault of the text.
    """
    content = text.encode() if isinstance(text, str) else text
    documents, diagnostics = decode(content, file)
    return _built(documents, diagnostics, namespace)


def _built(documents: Sequence[Document], diagnostics: list[Diagnostic], namespace: str) -> Cluster:
    try:
        cluster = build_cluster(documents, namespace=namespace)
    except InputError as error:
        raise InputError([*diagnostics, *error.diagnostics]) from None
    if diagnostics:
        raise InputError(diagnostics)
    return cluster
