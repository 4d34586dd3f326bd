"""Which files are read, in which order, and what is said of those that cannot be."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from verifier.source import Read, read


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(base: Path, **files: str) -> None:
    for name, text in files.items():
        path = base / name.replace("__", "/")
        suffix = "" if path.suffix else ".yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + suffix).write_text(text, "utf-8")


def names(found: Read) -> list[str]:
    return [document.file for document in found.documents]


def faults(found: Read) -> list[tuple[str, str]]:
    return [(fault.code, str(fault.span)) for fault in found.diagnostics]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param(["k"], ["k/a.yaml", "k/b/c.yaml", "k/d.yaml"], id="folder"),
        pytest.param(["k/"], ["k/a.yaml", "k/b/c.yaml", "k/d.yaml"], id="folder with a slash"),
        pytest.param(["k/d.yaml", "k/a.yaml"], ["k/d.yaml", "k/a.yaml"], id="files in the order given"),
        pytest.param(
            ["k/a.yaml", "k", "./k/a.yaml"], ["k/a.yaml", "k/b/c.yaml", "k/d.yaml"], id="each file once"
        ),
        pytest.param(["k/*.yaml"], ["k/a.yaml", "k/d.yaml"], id="glob"),
        pytest.param(["k/*"], ["k/a.yaml", "k/b/c.yaml", "k/d.yaml"], id="glob of folders"),
        pytest.param(["**/c.yaml"], ["k/b/c.yaml"], id="two stars"),
        pytest.param(
            ["k/**/*.yaml"], ["k/a.yaml", "k/b/c.yaml", "k/d.yaml"], id="two stars may stand for none"
        ),
        pytest.param(["k/**"], ["k/a.yaml", "k/b/c.yaml", "k/d.yaml"], id="two stars at the end"),
        pytest.param(["k/[ab]*"], ["k/a.yaml", "k/b/c.yaml"], id="characters"),
        pytest.param(["-"], ["<stdin>"], id="standard input"),
        pytest.param(["-", "-"], ["<stdin>"], id="standard input once"),
    ],
)
def test_sources(base: Path, sources: Sequence[str], expected: list[str]) -> None:
    write(base, k__a="a: 1", k__d="a: 1", k__b__c="a: 1", k__empty="# nothing")
    (base / "k" / "README.md").write_text("{{ no manifest")
    (base / "k" / ".git").mkdir()
    (base / "k" / ".git" / "x.yaml").write_text("a: [")
    found = read(sources, base, io.BytesIO(b"a: 1"))

    assert not found.diagnostics
    assert names(found) == expected


def test_relative_to_base_and_shown_from_here(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(base, k__a="a: 1", here__p="a: 1")
    monkeypatch.chdir(base / "here")

    assert names(read(["../k"], Path("."))) == ["../k/a.yaml"]
    assert names(read(["p.yaml"], base / "here")) == ["p.yaml"]
    assert names(read([str(base / "k")], Path("."))) == [str(base / "k" / "a.yaml")]


def test_files_are_counted(base: Path) -> None:
    write(base, a="a: 1\n---\nb: 2", b="")
    found = read(["."], base)

    assert (found.files, len(found.documents)) == (2, 2)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param("nope.yaml", "no-such-file", id="missing"),
        pytest.param("a.yaml/b", "no-such-file", id="below a file"),
        pytest.param("x\0y", "no-such-file", id="NUL"),
        pytest.param("x" * 5000, "no-such-file", id="long name"),
        pytest.param("none", "no-manifests", id="folder without manifests"),
        pytest.param("*.json", "no-match", id="glob without match"),
        pytest.param("none/**/*.json", "no-match", id="deep glob without match"),
        pytest.param("empty.yaml", "empty-file", id="empty file by name"),
        pytest.param("comment.yaml", "empty-file", id="comments only, by name"),
        pytest.param("-", "empty-file", id="empty standard input"),
        pytest.param("pipe", "not-a-file", id="pipe"),
        pytest.param("pipes", "not-a-file", id="pipe in a folder"),
        pytest.param("/dev/null", "not-a-file", id="device"),
        pytest.param("self.yaml", "symlink-loop", id="link to itself"),
        pytest.param("loop", "symlink-loop", id="link to the folder above"),
        pytest.param("dangling", "no-such-file", id="dangling link in a folder"),
        pytest.param("bad", "binary-file", id="binary file in a folder"),
    ],
)
def test_one_diagnostic(base: Path, source: str, code: str) -> None:
    write(base, a="a: 1", empty="", comment="# c\n", none__notes="", bad__x="a\0")
    (base / "none" / "notes.yaml").rename(base / "none" / "notes.txt")
    for folder in ("pipes", "loop", "dangling"):
        (base / folder).mkdir()
    os.mkfifo(base / "pipe")
    os.mkfifo(base / "pipes" / "x.yaml")
    (base / "self.yaml").symlink_to("self.yaml")
    (base / "loop" / "again").symlink_to("..", target_is_directory=True)
    (base / "loop" / "again").unlink()
    (base / "loop" / "again").symlink_to(".", target_is_directory=True)
    (base / "dangling" / "x.yaml").symlink_to("nowhere")
    found = read([source], base, io.BytesIO(b""))

    assert [fault.code for fault in found.diagnostics] == [code]
    assert found.diagnostics[0].help
    assert not found.documents


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(base: Path) -> None:
    write(base, a="a: 1", k__b="a: 1")
    (base / "a.yaml").chmod(0)
    (base / "k").chmod(0)
    found = read(["a.yaml", "k"], base)
    (base / "k").chmod(0o700)

    assert faults(found) == [("no-permission", "a.yaml"), ("no-permission", "k")]


def test_links_are_followed_and_read_once(base: Path) -> None:
    write(base, real__a="a: 1")
    (base / "k").mkdir()
    (base / "k" / "b.yaml").symlink_to("../real/a.yaml")
    (base / "k" / "c").symlink_to("../real", target_is_directory=True)

    assert names(read(["k"], base)) == ["k/b.yaml"]


def test_a_fault_in_one_file_leaves_the_others(base: Path) -> None:
    write(base, a="a: [", b="b: 1", c="c: *x")
    found = read(["."], base)

    assert names(found) == ["b.yaml"]
    assert faults(found) == [("unclosed", "a.yaml:1:4"), ("unknown-anchor", "c.yaml:1:4")]


def test_a_name_may_hold_the_characters_of_a_pattern(base: Path) -> None:
    (base / "[x]").mkdir()
    (base / "[x]" / "a.yaml").write_text("a: 1")

    assert names(read(["[x]/a.yaml"], base)) == ["[x]/a.yaml"]
    assert names(read(["*.yaml"], base / "[x]")) == ["[x]/a.yaml"]
