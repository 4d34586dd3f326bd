"""The mistakes that `python -m mutation` puts in: which there are, and that the code stays as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mutation.mistakes import mistakes


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("a == b", ["a != b"]),
        ("a < b", ["a <= b", "a >= b"]),
        ("a and b", ["a or b", "b", "a"]),
        ("not a", ["a"]),
        ("a - b", ["a", "b"]),
        ("f(True)", ["pass", "f(False)"]),
        ("x = f((a, b))", ["f((b,))", "f((a,))"]),
        ("x = [y for y in z if y]", ["True"]),
        ("x = all(y)", ["any(y)"]),
        ("x = terms.negation(y)", ["y"]),
        ("x = f(flow.source.ipv4)", ["f(flow.source.ipv6)", "f(flow.destination.ipv4)"]),
        ("while a:\n    break", ["True", "False", "continue"]),
        ("match a:\n    case b if c:\n        x = d", ["True"]),
        ("def f(a: int | None = 3) -> bool:\n    raise E(a == 1)", ["4", "2"]),
        ("X = int | str", []),
        ("x = 'text', f'{a + 1}'", []),
        ("if TYPE_CHECKING:\n    f(1)", []),
    ],
)
def test_what_can_be_mistaken(text: str, instead: list[str]) -> None:
    tree = ast.parse(text)

    found = list(mistakes(Path("some.py"), tree))

    assert [mistake.texts[1] for mistake in found] == instead
    assert (
        len({mistake.code(tree) for mistake in found} | {compile(text, "some.py", "exec")}) == len(found) + 1
    )
    assert ast.unparse(tree) == ast.unparse(ast.parse(text))
