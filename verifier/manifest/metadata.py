"""metav1.ObjectMeta, read leniently: name, namespace and labels are checked, the rest passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from verifier.diagnostics import one_line
from verifier.manifest.base import Fault, Route
from verifier.manifest.names import dns_label_faults, dns_subdomain_faults
from verifier.manifest.plain import mapping_at, text_at
from verifier.manifest.spelling import look_alike

_IMPORTANT = ("labels", "namespace", "name")
_EMPTY: Mapping[str, Any] = MappingProxyType({})
_MALFORMED: Mapping[str, Any] = MappingProxyType({})  # already a fault: its fields are not missed as well
_GENERATED_LENGTH = 5


@dataclass(frozen=True, slots=True)
class ObjectMeta:
    """Who an object is. `name` is None if it is generated from `generate_name`; `namespace` as written."""

    name: str | None
    generate_name: str | None
    namespace: str | None


def metadata_of(data: Mapping[str, Any], faults: list[Fault], route: Route = ()) -> Mapping[str, Any]:
    """Return the plain `metadata` of `data`, empty if there is none; look-alikes of its fields are faults."""
    written = mapping_at(data, "metadata", route, faults)
    if written is None:
        return _EMPTY if data.get("metadata") is None else _MALFORMED
    refuse_look_alikes(written, _IMPORTANT, (*route, "metadata"), faults)
    return written


def read_object_meta(
    metadata: Mapping[str, Any],
    faults: list[Fault],
    name_faults: Callable[[str], tuple[str, ...]] = dns_subdomain_faults,
) -> ObjectMeta:
    """Return name and namespace from an object's `metadata`, checked as the API server does (V-13).

    `name_faults` says what is wrong with a name of this kind of object.
    """
    name = text_at(metadata, "name", ("metadata",), faults)
    generate_name = text_at(metadata, "generateName", ("metadata",), faults)
    namespace = text_at(metadata, "namespace", ("metadata",), faults)
    if name is not None:
        _check_name(name, name, "name", name_faults, faults)
    elif generate_name is not None:
        _check_name(
            generate_name, generate_name + "x" * _GENERATED_LENGTH, "generateName", name_faults, faults
        )
    elif metadata is not _MALFORMED and not metadata.get("name") and not metadata.get("generateName"):
        message = "required value: `name` or `generateName` is required"
        faults.append(Fault("required", message, ("metadata", "name")))
    if namespace is not None:
        _check_name(namespace, namespace, "namespace", dns_label_faults, faults)
    return ObjectMeta(name, generate_name, namespace)


def read_name(
    metadata: Mapping[str, Any],
    faults: list[Fault],
    name_faults: Callable[[str], tuple[str, ...]] = dns_subdomain_faults,
) -> str | None:
    """Return the name of an object whose name must not be generated. None: it is at fault."""
    meta = read_object_meta(metadata, faults, name_faults)
    if meta.name is None and meta.generate_name is not None:
        message = "required value: others refer to this object, so `generateName` is not enough"
        faults.append(Fault("required", message, ("metadata", "name")))
    return meta.name


def refuse_look_alikes(
    data: Mapping[str, Any], important: tuple[str, ...], route: Route, faults: list[Fault]
) -> None:
    """Add a fault for each key of `data` that only resembles one of `important`: it would do nothing."""
    for key in data:
        meant = look_alike(key, important) if isinstance(key, str) else None
        if meant is not None:
            message = f"unknown field `{one_line(key)}`"
            advice = f"did you mean `{meant}`?"
            faults.append(Fault("unknown-field", message, (*route, key), advice, at_key=True))


def _check_name(
    written: str, checked: str, key: str, name_faults: Callable[[str], tuple[str, ...]], faults: list[Fault]
) -> None:
    for problem in name_faults(checked):
        faults.append(
            Fault("invalid-name", f"invalid name `{one_line(written)}`: {problem}", ("metadata", key))
        )
