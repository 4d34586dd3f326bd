"""Any bytes decode to documents or to diagnostics, within bounds, and positions never raise."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["verifier.source"]):
    from verifier.source import decode


def routes(data: object, depth: int = 4) -> list[tuple[str | int, ...]]:
    """Return the ways to some of the values in `data`."""
    found: list[tuple[str | int, ...]] = [()]
    if depth and isinstance(data, dict):
        for key, value in list(data.items())[:3]:
            found += [(key, *rest) for rest in routes(value, depth - 1)]
    elif depth and isinstance(data, list):
        for index, value in enumerate(data[:3]):
            found += [(index, *rest) for rest in routes(value, depth - 1)]
    return found


def one_input(content: bytes) -> None:
    """Fail if decoding raises, or if a document cannot say where its values are."""
    documents, diagnostics = decode(content, "input")
    for diagnostic in diagnostics:
        assert diagnostic.code  # noqa: S101
        assert diagnostic.message.isprintable()  # noqa: S101
    for document in documents:
        for route in routes(document.data):
            assert document.span(route).line >= 1  # noqa: S101
            document.span(route, key=True)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
