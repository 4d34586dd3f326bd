"""Every value knows the line and column where it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.source import Document, decode

BLOCK = b"""\
# comment
metadata:
  name: web   # tail
  labels: {app: web, "tier": front}
spec:
- a: |
    text
- - b
  - !!str c
"""


def one(content: bytes) -> Document:
    documents, diagnostics = decode(content, "f.yaml")
    assert not diagnostics
    return documents[-1]


@pytest.mark.parametrize(
    ("route", "key", "expected"),
    [
        pytest.param((), False, "f.yaml:2:1", id="the document"),
        pytest.param(("metadata",), False, "f.yaml:3:3", id="a block mapping"),
        pytest.param(("metadata",), True, "f.yaml:2:1", id="its key"),
        pytest.param(("metadata", "name"), False, "f.yaml:3:9", id="a scalar"),
        pytest.param(("metadata", "labels", "tier"), False, "f.yaml:4:30", id="in a flow mapping"),
        pytest.param(("metadata", "labels", "tier"), True, "f.yaml:4:22", id="a quoted key"),
        pytest.param(("spec", 0, "a"), False, "f.yaml:6:6", id="a block scalar"),
        pytest.param(("spec", 1, 0), False, "f.yaml:8:5", id="an item of a nested list"),
        pytest.param(("spec", 1, 1), True, "f.yaml:9:5", id="items have no key"),
        pytest.param(("metadata", "nope", "x"), False, "f.yaml:3:3", id="the nearest ancestor"),
        pytest.param(("spec", 7), False, "f.yaml:6:1", id="an index out of range"),
        pytest.param(("spec", -1), False, "f.yaml:6:1", id="a negative index"),
        pytest.param(("spec", "a"), True, "f.yaml:6:1", id="a name in a list"),
        pytest.param((0,), False, "f.yaml:2:1", id="an index in a mapping"),
    ],
)
def test_span_in_yaml(route: tuple[str | int, ...], key: bool, expected: str) -> None:
    assert str(one(BLOCK).span(route, key=key)) == expected


def test_span_counts_lines_over_documents() -> None:
    content = b"\n# a\n---\na: 1\n--- # b\n\nb:\n  c: 2\n"

    assert str(one(content).span(("b", "c"))) == "f.yaml:8:6"


def test_span_with_windows_line_ends_and_byte_order_mark() -> None:
    content = b"\xef\xbb\xbfa: 1\r\n---\r\nb:\r\n  c: 2\r\n"

    assert str(one(content).span(("b", "c"))) == "f.yaml:4:6"


def test_columns_count_characters() -> None:
    assert str(one("é: {ü: 1}".encode()).span(("é", "ü"))) == "f.yaml:1:8"


def test_span_of_an_item_of_a_list_object() -> None:
    content = b"apiVersion: v1\nkind: List\nitems:\n- kind: A\n- kind: B\n  spec: {x: 1}\n"

    assert str(one(content).span(("items", 1, "spec", "x"))) == "f.yaml:6:13"


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        pytest.param(("b",), "f.yaml:1:4", id="an alias stands where its value is written"),
        pytest.param(("b", "x"), "f.yaml:1:11", id="and so does what it holds"),
        pytest.param(("c", "x"), "f.yaml:1:11", id="a merged key"),
        pytest.param(("c", "z"), "f.yaml:5:6", id="a key that overwrites a merged one"),
        pytest.param(("d", "z"), "f.yaml:6:16", id="the first of merged mappings wins"),
        pytest.param(("k",), "f.yaml:8:6", id="a key that is an alias"),
    ],
)
def test_span_through_aliases_and_merges(route: tuple[str | int, ...], expected: str) -> None:
    content = b'a: &a {x: 1, z: 2}\nb: *a\nc:\n  <<: *a\n  z: 3\nd: {<<: [{"z": 4}, *a]}\nn: &k k\n*k : 5\n'

    assert str(one(content).span(route)) == expected


@pytest.mark.parametrize(
    ("route", "key", "expected"),
    [
        pytest.param((), False, "f.yaml:2:1", id="the document"),
        pytest.param(("a", 1, "b"), False, "f.yaml:3:17", id="a value"),
        pytest.param(("a", 1, "b"), True, "f.yaml:3:12", id="its key"),
        pytest.param(("a", 2), False, "f.yaml:3:7", id="an index out of range"),
        pytest.param(("a", "b"), False, "f.yaml:3:7", id="a name in a list"),
        pytest.param(("c",), False, "f.yaml:2:1", id="no such key"),
        pytest.param((0,), False, "f.yaml:2:1", id="an index in a mapping"),
    ],
)
def test_span_in_json(route: tuple[str | int, ...], key: bool, expected: str) -> None:
    document = one(b'{"x": "}"}\n{\n "a": [1, {"b": "\\u0041"}], "d": {}}\n')

    assert str(document.span(route, key=key)) == expected


SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
ROUTES = st.lists(st.text(max_size=2) | st.integers(-2, 4), max_size=5)


def routes(value: Any) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [()] + [(key, *rest) for key, held in value.items() for rest in routes(held)]
    if isinstance(value, list):
        return [()] + [(index, *rest) for index, held in enumerate(value) for rest in routes(held)]
    return [()]


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=5), VALUES, min_size=1, max_size=3), ROUTES, st.booleans())
def test_span_never_raises(data: dict[str, Any], route: list[str | int], key: bool) -> None:
    for content in (json.dumps(data).encode(), b"---\n" + json.dumps(data, indent=1).encode()):
        documents, _ = decode(content, "f")
        for document in documents:
            assert document.span(route, key=key).line >= 1


@settings(max_examples=60)
@given(st.dictionaries(st.from_regex("[abc]{1,3}", fullmatch=True), VALUES, min_size=1, max_size=3))
def test_both_ways_to_find_a_value_agree(data: dict[str, Any]) -> None:
    text = json.dumps(data, indent=1, ensure_ascii=False)
    as_json, faults = decode(text.encode(), "f")
    as_yaml, _ = decode(
        b"#\n" + yaml.safe_dump(data, default_flow_style=False, allow_unicode=False).encode(), "f"
    )

    assert not faults
    for route in routes(data):
        assert as_json[0].span(route).line >= 1
        lines = [as_yaml[0].span(route[:length]).line for length in range(len(route) + 1)]
        assert lines == sorted(lines)
