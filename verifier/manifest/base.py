"""What all manifest types share: the API's spelling, no unknown fields, and every fault at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from verifier.diagnostics import Diagnostic, Severity, Span, one_line
from verifier.manifest.field_path import field_path
from verifier.manifest.spelling import did_you_mean

T = TypeVar("T")

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list of the API, kept as a tuple; its items stay strict."""

Word = Annotated[T, Field(strict=False)]
"""One of a closed set of words (a StrEnum), written as a string."""

Route = tuple[str | int, ...]
"""The way from an object to a value inside it: keys and indices."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in one object; `route` leads to the field, from that object on.

    `help` says what to do about it; `at_key` is set where the key is at fault, not its value.
    """

    code: str
    message: str
    route: Route = ()
    help: str | None = None
    at_key: bool = False

    def below(self, *route: str | int) -> Fault:
        """Return the same fault seen from an object that holds this one at `route`."""
        return replace(self, route=(*route, *self.route))

    def at(self, span: Span, severity: Severity = Severity.ERROR) -> Diagnostic:
        """Return the diagnostic of this fault, whose field stands at `span`."""
        field = field_path(self.route) if self.route else None
        return Diagnostic(
            code=self.code, span=span, message=self.message, help=self.help, field=field, severity=severity
        )


class KubernetesObject(BaseModel):
    """A piece of a manifest, field for field in the API's spelling (snake_case here, camelCase in the text).

    Types are strict (V-15), unknown fields are refused (V-16), and `null` is the same as absent, as the API
    server decodes it. What the API server rejects the class rejects; what a field means is not its business.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        populate_by_name=False,
        defer_build=True,
    )

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong between the fields of `data`: plain, camelCase, possibly ill-typed, no nulls.

        Runs whether or not single fields are at fault, so that all faults come out at once.
        """
        return iter(())

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping):
            return handler(data)
        present = {key: value for key, value in data.items() if value is not None}
        own = list(cls.faults(present))
        found = [_details(fault, present) for fault in own]
        known = field_names(cls)
        if not known.issuperset(data):
            refused = {fault.route for fault in own if fault.at_key}
            unknown = [key for key in data if key not in known]
            found += [
                _details(unknown_field(key, known), present) for key in unknown if (key,) not in refused
            ]
            present = {key: value for key, value in present.items() if key in known}
        try:
            built = handler(present)
        except ValidationError as error:
            if not found:
                raise
            raise _joined(cls.__name__, error, found) from None
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return built


@cache
def field_names(kind: type[BaseModel]) -> frozenset[str]:
    """Return the names that the fields of `kind` have in a manifest."""
    return frozenset(field.alias or name for name, field in kind.model_fields.items())


def unknown_field(key: object, known: frozenset[str], route: Route = ()) -> Fault:
    """Return the fault "no field `key` at `route`" (V-16), with the field that may have been meant."""
    name = str(key)
    guess = did_you_mean(name, known)
    fields = ", ".join(f"`{field}`" for field in sorted(known))
    advice = f"did you mean `{guess}`?" if guess else f"the fields here are {fields}"
    return Fault("unknown-field", f"unknown field `{one_line(name)}`", (*route, name), advice, at_key=True)


def refuse(title: str, faults: Iterable[Fault], data: object) -> None:
    """Raise the ValidationError that holds `faults` of `data`; nothing happens if there are none."""
    found = [_details(fault, data) for fault in faults]
    if found:
        raise ValidationError.from_exception_data(title, found)


def _details(fault: Fault, data: object) -> InitErrorDetails:
    context: dict[str, Any] = {}
    if fault.help is not None:
        context["help"] = fault.help
    if fault.at_key:
        context["at_key"] = True
    error = PydanticCustomError(fault.code, _template(fault.message), context or None)
    return InitErrorDetails(type=error, loc=fault.route, input=data)


def _template(message: str) -> Any:
    # User text must not be read as a placeholder of pydantic's message template.
    return message.replace("{help}", "{ help}").replace("{at_key}", "{ at_key}")


def _joined(title: str, error: ValidationError, found: list[InitErrorDetails]) -> ValidationError:
    lines = [
        InitErrorDetails(
            type=PydanticCustomError(line["type"], line["msg"], line.get("ctx")),
            loc=line["loc"],
            input=line["input"],
        )
        for line in error.errors(include_url=False)
    ]
    return ValidationError.from_exception_data(title, lines + found)
