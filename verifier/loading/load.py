"""The one way from manifests to a cluster, for every command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from verifier.cache import Store
from verifier.cluster import Cluster, build_cluster
from verifier.diagnostics import Diagnostic, InputError
from verifier.loading.kept import as_bytes, from_bytes
from verifier.population import Network, Workload
from verifier.source import Content, Contents, Document, YamlReader

_KIND: Final = "cluster"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a cluster depends on besides its manifests.

    Args:
        namespace: where objects are that state none.
        declared_namespaces: labels of namespaces whose manifests are kept elsewhere.
        declared_pods: pods that no manifest shows.
        network: the cluster's address ranges.
    """

    namespace: str = "default"
    declared_namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    declared_pods: tuple[Workload, ...] = ()
    network: Network = field(default_factory=Network)


def load_cluster(
    contents: Contents,
    settings: Settings,
    store: Store | None = None,
    reader: YamlReader | None = None,
) -> Cluster:
    """Return the cluster that manifests describe.

    What there is anything to say against is read anew each time: only what was found good is kept.

    Args:
        store: where earlier runs have kept what they read; None: nothing is taken or kept.
        reader: one that has read what is much alike.

    Raises:
        InputError: with every fault of every file.
    """
    if store is None or contents.at_fault:
        return _read(contents, settings, reader)[0]
    digest = _digest(contents.files, settings)
    kept = store.get(_KIND, digest)
    cluster = None if kept is None else from_bytes(kept, contents.files)
    if cluster is None:
        cluster, documents = _read(contents, settings, reader)
        store.put(_KIND, digest, as_bytes(cluster, documents))
    return cluster


def _read(
    contents: Contents, settings: Settings, reader: YamlReader | None
) -> tuple[Cluster, list[list[Document]]]:
    documents: list[list[Document]] = []
    faults: list[Diagnostic] = []
    for found, wrong in contents.decoded(reader):
        documents.append(found)
        faults += wrong
    try:
        cluster = build_cluster(
            [document for of_file in documents for document in of_file],
            namespace=settings.namespace,
            declared_namespaces=settings.declared_namespaces,
            declared_pods=settings.declared_pods,
            network=settings.network,
        )
    except InputError as error:
        raise InputError([*faults, *error.diagnostics]) from None
    if faults:
        raise InputError(faults)
    return cluster, documents


def _digest(files: list[Content], settings: Settings) -> str:
    """Return a digest of everything that a cluster depends on, and that its faults would."""
    digest = sha256(repr((settings, len(files))).encode())
    for file in files:
        digest.update(repr((file.file, file.empty, len(file.content))).encode())
        digest.update(file.content)
    return digest.hexdigest()
