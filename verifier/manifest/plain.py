"""Reading plain data field by field, where most of a manifest is not our business.

Each function looks up one key of a mapping that lies at `route`. Null is absent; a value of another type is
added to `faults` and read as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verifier.diagnostics import one_line
from verifier.manifest.base import Fault, Route

_HUGE = 10**30


def found(value: object) -> str:
    """Return `value` in words, for a person who must find it in the text: "the number `1`", "a list"."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean `{str(value).lower()}`"
        case int() | float():
            return f"the number `{shown(value)}`"
        case str():
            return f"the string `{one_line(value)}`"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a mapping"
    return "something else"


def shown(number: float) -> str:
    """Return `number` as text of bounded length."""
    # str() refuses whole numbers of thousands of digits.
    return str(number) if abs(number) < _HUGE else "…"


def mapping_at(
    data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]
) -> Mapping[str, Any] | None:
    """Return the mapping at `key`."""
    value = data.get(key)
    if value is None or isinstance(value, Mapping):
        return value
    faults.append(Fault("wrong-type", f"expected a mapping, found {found(value)}", (*route, key)))
    return None


def list_at(data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> list[Any] | None:
    """Return the list at `key`."""
    value = data.get(key)
    if value is None or isinstance(value, list):
        return value
    advice = "begin each item with `- `" if isinstance(value, Mapping) else None
    faults.append(Fault("wrong-type", f"expected a list, found {found(value)}", (*route, key), advice))
    return None


def mappings_at(
    data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]
) -> list[tuple[Route, Mapping[str, Any]]]:
    """Return the items of the list of mappings at `key`, each with its own route."""
    items: list[tuple[Route, Mapping[str, Any]]] = []
    for index, item in enumerate(list_at(data, key, route, faults) or ()):
        if isinstance(item, Mapping):
            items.append(((*route, key, index), item))
        else:
            faults.append(
                Fault("wrong-type", f"expected a mapping, found {found(item)}", (*route, key, index))
            )
    return items


def text_at(data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> str | None:
    """Return the string at `key`; the empty string is absent, as it is to the API server."""
    value = data.get(key)
    if value is None or isinstance(value, str):
        return value or None
    advice = "put it in quotes" if isinstance(value, bool | int | float) else None
    faults.append(Fault("wrong-type", f"expected a string, found {found(value)}", (*route, key), advice))
    return None


def flag_at(data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> bool:
    """Return the boolean at `key`; absent is false."""
    value = data.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    advice = "write `true` or `false` without quotes" if isinstance(value, str) else None
    faults.append(
        Fault("wrong-type", f"expected `true` or `false`, found {found(value)}", (*route, key), advice)
    )
    return False


def number_at(data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> int | None:
    """Return the whole number at `key`."""
    value = data.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    advice = "write it without quotes" if isinstance(value, str) else None
    faults.append(
        Fault("wrong-type", f"expected a whole number, found {found(value)}", (*route, key), advice)
    )
    return None
