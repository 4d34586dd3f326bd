"""Objects as bytes and back, of an explicit list of classes: nothing else is made, and nothing called."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

_PROTOCOL: Final = 5
_NO_OBJECT: Final = (  # what bytes can raise that are none
    *(pickle.UnpicklingError, ArithmeticError, AttributeError, EOFError, ImportError, LookupError),
    *(MemoryError, RecursionError, TypeError, ValueError),
)


class Codec:
    """Knows `classes`: dataclasses, named tuples, enumerations, and what is made from its own text."""

    def __init__(self, classes: Iterable[type]) -> None:
        self._classes = {f"{known.__module__}.{known.__qualname__}": known for known in classes}
        self._names = {known: name for name, known in self._classes.items()}

    def as_bytes(self, value: Any) -> bytes:
        """Return an object as bytes."""
        written = io.BytesIO()
        _Writer(written, self._names).dump(value)
        return written.getvalue()

    def from_bytes(self, content: bytes | None) -> Any:
        """Return the object that was written; None if there is none, or one of another class in it."""
        if content is None:
            return None
        try:
            return _Reader(content, self._classes).load()
        except _NO_OBJECT:
            return None


def _made() -> None:
    """Stand for what makes an object of a class and its parts: no class is ever named to pickle."""


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, names: Mapping[type, str]) -> None:
        super().__init__(file, _PROTOCOL)
        self._names = names

    def reducer_override(self, obj: Any) -> Any:
        name = self._names.get(type(obj))
        return NotImplemented if name is None else (_made, (name, *_parts(obj)))


class _Reader(pickle.Unpickler):
    def __init__(self, content: bytes, classes: Mapping[str, type]) -> None:
        super().__init__(io.BytesIO(content))
        self._classes = classes

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) != (__name__, _made.__name__):
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is nothing that is written")
        return self._make  # a bound method: setting something on it changes no class

    def _make(self, name: str, *parts: Any) -> Any:
        return self._classes[name](*parts)


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, Enum):
        return (value.value,)
    if isinstance(value, tuple):
        return value
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return (str(value),)
