"""metav1.LabelSelector and the labels of objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator

from verifier.diagnostics import one_line
from verifier.manifest.base import Fault, KubernetesObject, Many, Route, Word
from verifier.manifest.names import label_key_faults, label_value_faults
from verifier.manifest.plain import found, mapping_at


class Operator(StrEnum):
    """How a requirement compares (SEL-3, SEL-4); Gt and Lt are not legal here (SEL-7)."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelSelectorRequirement(KubernetesObject):
    """One of `matchExpressions`."""

    key: str
    operator: Word[Operator]
    values: Many[str] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield malformed keys and values (V-11), and values that do not go with the operator (V-12)."""
        key, operator, values = data.get("key"), data.get("operator"), data.get("values")
        if isinstance(key, str):
            yield from _key_faults(key, ("key",))
        if isinstance(values, list):
            for index, value in enumerate(values):
                if isinstance(value, str):
                    yield from _value_faults(value, ("values", index))
        if operator in ("In", "NotIn") and (values is None or values == []):
            message = f"required value: must be specified when `operator` is `{operator}`"
            yield Fault("values-required", message, ("values",))
        if operator in ("Exists", "DoesNotExist") and isinstance(values, list) and values:
            message = f"forbidden: may not be specified when `operator` is `{operator}`"
            yield Fault("values-forbidden", message, ("values",), "remove `values`, or use `In` or `NotIn`")


def _nulls_as_empty(data: object) -> object:
    # Go decodes a null in a map of strings as the empty string.
    if isinstance(data, Mapping) and None in data.values():
        return {key: "" if value is None else value for key, value in data.items()}
    return data


class LabelSelector(KubernetesObject):
    """A selector; `LabelSelector()` is the empty one, which matches everything (SEL-2)."""

    match_labels: Annotated[dict[str, str] | None, BeforeValidator(_nulls_as_empty)] = None
    match_expressions: Many[LabelSelectorRequirement] | None = None

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield malformed keys and values of `matchLabels` (V-11)."""
        labels = data.get("matchLabels")
        for key, value in labels.items() if isinstance(labels, Mapping) else ():
            if isinstance(key, str):
                yield from _key_faults(key, ("matchLabels", key), at_key=True)
                if isinstance(value, str):
                    yield from _value_faults(value, ("matchLabels", key))


def read_labels(data: Mapping[str, Any], key: str, route: Route, faults: list[Fault]) -> dict[str, str]:
    """Return the labels at `key` of `data`, which lies at `route`; adds what is wrong to `faults`.

    A null label value is the empty one, as the API server decodes it; a label at fault is left out.
    """
    written = mapping_at(data, key, route, faults)
    labels: dict[str, str] = {}
    for name, value in (written or {}).items():
        text = "" if value is None else value
        if not isinstance(name, str):
            faults.append(
                Fault("wrong-type", f"expected a string, found {found(name)}", (*route, key, str(name)))
            )
        elif not isinstance(text, str):
            faults.append(label_type_fault(text, (*route, key, name)))
        elif label_key_faults(name) or label_value_faults(text):
            faults.extend(_key_faults(name, (*route, key, name), at_key=True))
            faults.extend(_value_faults(text, (*route, key, name)))
        else:
            labels[name] = text
    return labels


def label_type_fault(value: object, route: Route) -> Fault:
    """Return the fault "the label value at `route` is no string" (V-15)."""
    advice = "put it in quotes" if isinstance(value, bool | int | float) else None
    return Fault("wrong-type", f"expected a string, found {found(value)}", route, advice)


def _key_faults(key: str, route: Route, *, at_key: bool = False) -> Iterator[Fault]:
    for problem in label_key_faults(key):
        yield Fault(
            "invalid-label-key", f"invalid label key `{one_line(key)}`: {problem}", route, at_key=at_key
        )


def _value_faults(value: str, route: Route) -> Iterator[Fault]:
    for problem in label_value_faults(value):
        yield Fault("invalid-label-value", f"invalid label value `{one_line(value)}`: {problem}", route)
