"""Names in the property file: where a wrong one is shown, and what names within names come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.properties.test_property_file import HEAD, IN_SHOP, TO_DB, faults_of, load, resolved
from verifier.properties.spec.resolve import MAX_DEPTH
from verifier.properties.spec.scope import Forbid


@pytest.mark.parametrize(
    ("spec", "statement", "at"),
    [
        ("  endpoints: {any: {namespace: shop}}\n", f"forbid: {{from: any, {TO_DB}}}", "any: {namespace"),
        ("  readings: {moon: true}\n", f"forbid: {{from: any, {TO_DB}}}", "moon"),
        ("", f"forbid: {{from: any, {TO_DB}}}\n      only: {{from: any, {TO_DB}}}", "only:"),
        ("", f"reach: {{}}\n      forbid: {{from: any, {TO_DB}}}", "reach"),
    ],
)
def test_a_word_that_is_wrong_is_shown_where_it_stands(
    spec: str, statement: str, at: str, tmp_path: Path
) -> None:
    text = f"{HEAD}{spec}  properties:\n    - name: it\n      {statement}\n"
    before = text[: text.index(at)]

    (fault,) = faults_of(tmp_path, text)

    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert (fault.span.line, fault.span.column) == (line, column)


@pytest.mark.parametrize("name", ["[a]", "{a: b}", "5", "null"])
def test_a_name_is_a_string(name: str, tmp_path: Path) -> None:
    one = f"    - name: {name}\n      forbid: {{from: any, {TO_DB}}}\n"

    found = faults_of(tmp_path, f"{HEAD}  properties:\n{one}{one}")

    assert [fault.field for fault in found] == [f"spec.properties[{index}].name" for index in (0, 1)]
    assert not {fault.code for fault in found} & {"duplicate-name"}


def test_a_name_used_often_is_one_endpoint(tmp_path: Path) -> None:
    doubled = "".join(f"    e{n}: [e{n - 1}, e{n - 1}]\n" for n in range(1, 21))
    spec = f"  endpoints:\n    e0: {{namespace: shop}}\n{doubled}"

    statement = resolved(tmp_path, f"forbid: {{from: e20, {TO_DB}}}", spec).statement

    assert isinstance(statement, Forbid)
    assert statement.source == (IN_SHOP,)


@pytest.mark.parametrize(("levels", "allowed"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False)])
def test_exceptions_have_so_many_levels(levels: int, allowed: bool, tmp_path: Path) -> None:
    within = "".join(f"    e{n}: {{any: true, except: e{n - 1}}}\n" for n in range(2, levels + 1))
    text = f"{HEAD}  endpoints:\n    e1: {{any: true}}\n{within}"
    text += f"  properties:\n    - name: it\n      forbid: {{from: e{levels}, {TO_DB}}}\n"

    if allowed:
        assert len(load(tmp_path, text).properties) == 1
    else:
        assert {fault.code for fault in faults_of(tmp_path, text)} == {"endpoint-too-large"}
