"""The Kubernetes objects in a document: one, or the items of a list, at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verifier.cluster.model import Origin
from verifier.manifest.base import Fault, Route
from verifier.manifest.plain import found
from verifier.source import Document

MAX_LIST_DEPTH = 16
_LIST = "List"


@dataclass(frozen=True, slots=True)
class ObjectInDocument:
    """An object of some kind; `data` is its plain content."""

    api_version: str
    kind: str
    data: Mapping[str, Any]
    origin: Origin

    @property
    def group(self) -> str:
        """The API group, empty for the core one: `apps` of `apps/v1`."""
        return self.api_version.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class FaultInDocument:
    """Something that is no object, and why."""

    fault: Fault
    origin: Origin


def objects_of(document: Document) -> Iterator[ObjectInDocument | FaultInDocument]:
    """Yield the objects of `document` in their order, and what is in the place of an object but is none."""
    if document.data is not None:
        yield from _objects_at(document.data, Origin(document), ("", ""), 0)


def _objects_at(
    data: object, origin: Origin, inherited: tuple[str, str], depth: int
) -> Iterator[ObjectInDocument | FaultInDocument]:
    """Yield the objects in `data`; `inherited` are the apiVersion and kind of items that state none."""
    if not isinstance(data, Mapping):
        message = f"expected a Kubernetes object, a mapping with `apiVersion` and `kind`; found {found(data)}"
        yield FaultInDocument(Fault("not-an-object", message), origin)
        return
    faults: list[Fault] = []
    api_version = _word(data, "apiVersion", inherited[0], faults)
    kind = _word(data, "kind", inherited[1], faults)
    yield from (FaultInDocument(fault, origin) for fault in faults)
    if faults:
        return
    if not (kind == _LIST or (kind.endswith(_LIST) and "items" in data)):
        yield ObjectInDocument(api_version, kind, data, origin)
        return
    items = data.get("items")
    if items is not None and not isinstance(items, list):
        yield FaultInDocument(
            Fault("wrong-type", f"expected a list, found {found(items)}", ("items",)), origin
        )
        return
    if depth == MAX_LIST_DEPTH:
        message = f"lists are nested more than {MAX_LIST_DEPTH} deep"
        yield FaultInDocument(Fault("nested-too-deeply", message, ("items",)), origin)
        return
    item_kind = kind.removesuffix(_LIST)
    passed_on = (api_version, item_kind) if item_kind else ("", "")
    for index, item in enumerate(items or ()):
        route: Route = (*origin.route, "items", index)
        yield from _objects_at(item, Origin(origin.document, route), passed_on, depth + 1)


def _word(data: Mapping[str, Any], key: str, inherited: str, faults: list[Fault]) -> str:
    value = data.get(key)
    if value is None or value == "":
        if not inherited:
            message = "required value: every Kubernetes object has `apiVersion` and `kind`"
            faults.append(Fault("required", message, (key,)))
        return inherited
    if not isinstance(value, str):
        faults.append(Fault("wrong-type", f"expected a string, found {found(value)}", (key,)))
        return ""
    return value
