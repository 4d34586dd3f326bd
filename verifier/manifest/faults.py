"""From pydantic's errors to faults in our words and codes."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from verifier.diagnostics import one_line
from verifier.manifest.base import Fault, Route
from verifier.manifest.plain import found

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_EXPECTED = MappingProxyType(
    {
        "string_type": "a string",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "int_parsing": "a whole number",
        "bool_type": "`true` or `false`",
        "float_type": "a number",
        "tuple_type": "a list",
        "list_type": "a list",
        "dict_type": "a mapping",
        "mapping_type": "a mapping",
        "model_type": "a mapping",
        "model_attributes_type": "a mapping",
        "dataclass_type": "a mapping",
    }
)


def faults_of(error: ValidationError) -> Iterator[Fault]:
    """Yield every fault that `error` holds, in its order; routes start where validation started."""
    for line in error.errors(include_url=False):
        yield _fault(line)


def _fault(line: ErrorDetails) -> Fault:
    kind, value = line["type"], line["input"]
    context: dict[str, Any] = line.get("ctx", {})
    route: Route = tuple(step for step in line["loc"] if step != "[key]")
    if kind == "missing":
        return Fault("required", "required value: the field is missing", route)
    if kind in ("enum", "literal_error"):
        return _unsupported(value, context, route)
    if kind in _EXPECTED:
        return Fault(
            "wrong-type", f"expected {_EXPECTED[kind]}, found {found(value)}", route, _advice(kind, value)
        )
    advice = context.get("help")
    return Fault(kind.replace("_", "-"), line["msg"], route, advice, at_key=bool(context.get("at_key")))


def _unsupported(value: object, context: dict[str, Any], route: Route) -> Fault:
    supported = str(context.get("expected", "")).replace("'", "`")
    if not isinstance(value, str):
        return Fault("wrong-type", f"expected {supported}, found {found(value)}", route)
    return Fault("unsupported-value", f"unsupported value `{one_line(value)}`: expected {supported}", route)


def _advice(kind: str, value: object) -> str | None:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    if kind.startswith("int_") and isinstance(value, str):
        return "write it without quotes"
    if kind in ("tuple_type", "list_type") and isinstance(value, dict):
        return "begin each item with `- `"
    if kind == "model_type" and value is None:
        return "write `{}` for an empty item, or remove it"
    return None
