"""From the text of a property file and its manifests to a cluster and properties, every fault collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from verifier.cache import Store
from verifier.cluster import Cluster, room_faults
from verifier.diagnostics import Diagnostic, InputError, Span, one_line
from verifier.flow import ContainerPort
from verifier.loading import Settings, load_cluster
from verifier.manifest.base import Fault
from verifier.manifest.faults import faults_of
from verifier.manifest.names import dns_label_faults
from verifier.population import Network, Workload
from verifier.properties.spec.file import API_VERSION, KIND, NetworkFields, PodFields, PropertySetFile
from verifier.properties.spec.resolve import resolve
from verifier.properties.spec.scope import Equivalent, Property, Refines, World
from verifier.readings import Profile
from verifier.source import Document, gather, gather_version, read


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says over the property file; None: nothing."""

    manifests: tuple[str, ...] | None = None
    namespace: str | None = None
    world: World | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class PropertySet:
    """One property file, ready to be decided."""

    document: Document
    file: PropertySetFile
    cluster: Cluster
    properties: tuple[Property, ...]
    files: int
    profile: Profile
    others: Mapping[str, Cluster] = field(default_factory=dict)  # what properties are held against, by name

    def span(self, prop: Property) -> Span:
        """Return where a property stands in its file."""
        return self.document.span(("spec", "properties", prop.index))


def load_property_sets(
    paths: Sequence[str],
    overrides: Overrides,
    stdin: BinaryIO | None = None,
    cache: Store | None = None,
) -> tuple[list[PropertySet], list[Diagnostic]]:
    """Return the sets of all files, and every fault of every file; a set with a fault is left out."""
    sets: list[PropertySet] = []
    faults: list[Diagnostic] = []
    found = read(paths, Path(), stdin)
    faults.extend(found.diagnostics)
    for document in found.documents:
        try:
            sets.append(_load(document, overrides, stdin, cache))
        except InputError as error:
            faults.extend(error.diagnostics)
    return sets, faults


def _load(
    document: Document, overrides: Overrides, stdin: BinaryIO | None, cache: Store | None
) -> PropertySet:
    file = _validated(document)
    spec = file.spec
    sources = overrides.manifests or spec.manifests
    if sources is None:
        message = "no manifests: neither this file nor the command line names any"
        help_text = "add `manifests: [k8s/]` to `spec`, or give `-f PATH`"
        raise InputError([_diagnostic(document, Fault("no-manifests", message, ("spec",), help_text))])
    for fault in () if overrides.namespace is None else dns_label_faults(overrides.namespace):
        message = f"invalid name `{one_line(overrides.namespace or '')}`: {fault}"
        raise InputError([Diagnostic("invalid-name", Span("--namespace"), message)])
    base = Path() if document.file == "<stdin>" else Path(document.file).parent
    contents = gather(sources, Path() if overrides.manifests else base, stdin)
    try:
        declared = _namespaces(document, file)
    except InputError as error:
        raise InputError([*contents.faults(), *error.diagnostics]) from None
    pods, network = tuple(map(_workload, spec.pods)), _network(spec.network)
    settings = Settings(overrides.namespace or spec.namespace, declared, pods, network)
    cluster = load_cluster(contents, settings, cache)
    resolved = resolve(file, cluster.population, overrides.world, overrides.profile)
    faults = (*resolved.faults, *room_faults(cluster.population))
    if faults:
        raise InputError([_diagnostic(document, fault) for fault in faults])
    profile = overrides.profile or spec.profile
    others = _others(resolved.properties, base, settings, stdin, cache)
    return PropertySet(document, file, cluster, resolved.properties, len(contents.files), profile, others)


def _others(
    properties: Sequence[Property],
    base: Path,
    settings: Settings,
    stdin: BinaryIO | None,
    cache: Store | None,
) -> dict[str, Cluster]:
    """Return the clusters that properties are held against; their paths start from `base`.

    Raises:
        InputError: with every fault of theirs.
    """
    others: dict[str, Cluster] = {}
    faults: list[Diagnostic] = []
    for prop in properties:
        if not isinstance(prop.statement, Refines | Equivalent) or prop.statement.than in others:
            continue
        than = prop.statement.than
        try:
            others[than] = load_cluster(gather_version(than, base, stdin), settings, cache)
        except InputError as error:
            faults += error.diagnostics
    if faults:
        raise InputError(faults)
    return others


def _validated(document: Document) -> PropertySetFile:
    data = document.data
    if isinstance(data, Mapping) and data.get("kind") != KIND and "kind" in data:
        kind = one_line(str(data["kind"]))
        message = f"this is no property file: its kind is `{kind}`, not `{KIND}`"
        help_text = (
            f"a property file begins with `apiVersion: {API_VERSION}` and `kind: {KIND}`;"
            " manifests go into its `spec.manifests`"
        )
        raise InputError([_diagnostic(document, Fault("not-a-property-file", message, ("kind",), help_text))])
    try:
        return PropertySetFile.model_validate(data)
    except ValidationError as error:
        faults = [_diagnostic(document, fault) for fault in _without_echoes(list(faults_of(error)))]
        raise InputError(sorted(faults, key=lambda fault: fault.span)) from None


def _without_echoes(faults: Sequence[Fault]) -> list[Fault]:
    """Leave out "`from` is missing" where `form` is unknown and `from` is what it is taken for."""
    meant = {
        (*fault.route[:-1], fault.help.partition("`")[2].partition("`")[0])
        for fault in faults
        if fault.code == "unknown-field" and fault.help is not None
    }
    return [fault for fault in faults if fault.code != "required" or fault.route not in meant]


def _namespaces(document: Document, file: PropertySetFile) -> dict[str, Mapping[str, str]]:
    declared: dict[str, Mapping[str, str]] = {}
    for index, namespace in enumerate(file.spec.namespaces):
        if namespace.name in declared:
            message = f"namespace `{namespace.name}` is declared twice"
            route = ("spec", "namespaces", index, "name")
            raise InputError([_diagnostic(document, Fault("duplicate-object", message, route))])
        declared[namespace.name] = namespace.labels
    return declared


def _workload(pod: PodFields) -> Workload:
    ports = tuple(ContainerPort(port.container_port, port.protocol, port.name) for port in pod.ports)
    return Workload("Pod", pod.namespace, pod.name, pod.labels, ports, pod.host_network)


def _network(fields: NetworkFields) -> Network:
    return Network(fields.pod_cidrs, fields.service_cidrs, fields.node_cidrs)


def _diagnostic(document: Document, fault: Fault) -> Diagnostic:
    return fault.at(document.span(fault.route, key=fault.at_key))
