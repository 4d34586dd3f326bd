"""What all manifest types share: the API's spelling, no unknown fields, and every fault at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

T = TypeVar("T")

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list of the API, kept as a tuple; its items stay strict."""

Word = Annotated[T, Field(strict=False)]
"""One of a closed set of words (a StrEnum), written as a string."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong between the fields of one object; `route` leads to the field, from that object on."""

    code: str
    message: str
    route: tuple[str | int, ...] = ()


class KubernetesObject(BaseModel):
    """A piece of a manifest, field for field in the API's spelling (snake_case here, camelCase in the text).

    Types are strict (V-15), unknown fields are refused (V-16), and `null` is the same as absent, as the API server
    decodes it. What the API server rejects the class rejects; what a field means is not its business.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=False)

    @classmethod
    def faults(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Yield what is wrong between the fields of `data` (plain data, camelCase, possibly ill-typed, no nulls).

        Runs whether or not single fields are at fault, so that all faults come out at once.
        """
        return iter(())

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault_at_once(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping):
            return handler(data)
        present = {key: value for key, value in data.items() if value is not None}
        found = [
            InitErrorDetails(type=PydanticCustomError(fault.code, fault.message), loc=fault.route, input=data)  # type: ignore[arg-type]
            for fault in cls.faults(present)
        ]
        try:
            built = handler(present)
        except ValidationError as error:
            if not found:
                raise
            raise _joined(cls.__name__, error, found) from None
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return built


def _joined(title: str, error: ValidationError, found: list[InitErrorDetails]) -> ValidationError:
    lines = [
        InitErrorDetails(
            type=PydanticCustomError(line["type"], line["msg"]),  # type: ignore[arg-type]
            loc=line["loc"],
            input=line["input"],
        )
        for line in error.errors(include_url=False)
    ]
    return ValidationError.from_exception_data(title, lines + found)
