"""Objects as bytes and back, of an explicit list of classes: nothing else is made, and nothing called."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable
from typing import Any, Final

_PROTOCOL: Final = 5
_NO_OBJECT: Final = (  # what bytes can raise that are none
    *(pickle.UnpicklingError, ArithmeticError, AttributeError, EOFError, ImportError, LookupError),
    *(MemoryError, RecursionError, TypeError, ValueError),
)


class Codec:
    """Knows `classes`, each made from what its objects say of themselves."""

    def __init__(self, classes: Iterable[type]) -> None:
        self._classes = {(known.__module__, known.__qualname__): known for known in classes}

    def as_bytes(self, value: Any) -> bytes:
        """Return an object as bytes."""
        return pickle.dumps(value, _PROTOCOL)

    def from_bytes(self, content: bytes | None) -> Any:
        """Return the object that was written; None if there is none, or one of another class in it."""
        if content is None:
            return None
        try:
            return _Known(self._classes, content).load()
        except _NO_OBJECT:
            return None


class _Known(pickle.Unpickler):
    def __init__(self, classes: dict[tuple[str, str], type], content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self._classes = classes

    def find_class(self, module_name: str, global_name: str) -> Any:
        known = self._classes.get((module_name, global_name))
        if known is None:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is not among the classes known")
        return known
