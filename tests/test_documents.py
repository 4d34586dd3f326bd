"""What the documents say of the program is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from verifier.cli.main import app
from verifier.readings import DEFAULT_PROFILE, OUT_OF_SCOPE, PROFILES, READINGS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
# Every function that makes a diagnostic out of a code.
MAKERS = {"Diagnostic", "Fault", "PydanticCustomError", "RefusalError", "ScalarError", "_fault", "refuse_at"}
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+|required|unclosed")
# Written by pydantic, in our spelling.
BORROWED = {"string-too-short", "string-too-long", "greater-than-equal", "less-than-equal"}


def codes_in_the_source() -> set[str]:
    found: set[str] = set()
    for top in ("verifier", "properties"):
        for file in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    found |= codes(node.args) if name in MAKERS else set()
                elif isinstance(node, ast.Tuple) and file.name == "files.py":
                    found |= codes(node.elts)
    return found


def codes(values: list[ast.expr]) -> set[str]:
    texts = {
        value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
    }
    return {text for text in texts if CODE.fullmatch(text)}


def test_every_code_has_a_line_on_what_to_do() -> None:
    table = [
        line.split("|")
        for line in (ROOT / "docs/diagnostics.md").read_text("utf-8").splitlines()
        if "| `" in line
    ]
    documented = {code for row in table for code in re.findall(r"`([^`]+)`", row[1])}

    assert len(documented) > 80
    assert documented == codes_in_the_source() | BORROWED
    assert all(len(row[2].strip()) > 8 for row in table)


def test_the_readings_are_those_of_the_code() -> None:
    text = (ROOT / "docs/verdicts.md").read_text("utf-8")

    pinned = {pin.reading for pin in PROFILES[DEFAULT_PROFILE]}
    for row in READINGS:
        first, second = (str(value).lower() for value in row.values)
        default = " (default)" if row.name in pinned else ""
        lines = (
            f"| `{row.name}` | {row.item} | `{first}`{default} | {row.words[0]} |",
            f"| | | `{second}` | {row.words[1]} |",
        )
        assert "\n".join(lines) in text
    assert text.count("(default) |") == len(pinned) == len(READINGS) - 1
    for point in OUT_OF_SCOPE:
        assert f"| {point.item} | {point.text} |" in text


def test_every_assumption_of_a_run_is_explained() -> None:
    done = CliRunner().invoke(
        app, [str(ROOT / "examples/patterns/metrics-port/properties.yaml"), "--assumptions"]
    )
    assumed = re.findall(r"^    ([A-Z]+-\d+) ", done.output, re.MULTILINE)

    text = (ROOT / "docs/verdicts.md").read_text("utf-8")

    assert len(assumed) > 10
    for item in assumed:
        assert f"| {item} |" in text


def shell_lines() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_readme_shows_two_commands_and_the_output_of_the_first(
    update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    first, second = shell_lines()
    assert first.count(".venv/bin/") == 2
    assert second.endswith(".venv/bin/pytest -q -n auto")
    example = first.rpartition(" ")[2]
    readme = ROOT / "README.md"

    done = CliRunner().invoke(app, [example])

    assert done.exit_code == 0
    before, _, rest = readme.read_text("utf-8").partition("```text\n")
    shown, _, after = rest.partition("```")
    if update_golden:
        readme.write_text(f"{before}```text\n{done.output}```{after}", "utf-8")
        shown = done.output
    assert shown == done.output


def test_the_page_on_diffs_shows_what_is_said(update_golden: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = ROOT / "docs" / "diff.md"
    text = page.read_text("utf-8")
    (found,) = re.finditer(r"```console\n\$ verify (diff [^\n]+)\n(.*?)```", text, re.DOTALL)

    done = CliRunner().invoke(app, found[1].split())

    assert done.exit_code == 1
    if update_golden:
        page.write_text(text[: found.start(2)] + done.output + text[found.end(2) :], "utf-8")
    else:
        assert found[2] == done.output


EXPLAINED = re.compile(
    r"(?<=^```console\n)\$ cd ([^\n]+)\n\$ verify ((?:explain|map) [^\n]+)\n(.*?)(?=^```$)",
    re.DOTALL | re.MULTILINE,
)


@pytest.mark.parametrize(("name", "shown"), [("explain.md", 2), ("map.md", 4)])
def test_a_page_shows_what_is_said(
    name: str, shown: int, update_golden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ROOT / "docs" / name
    text = page.read_text("utf-8")

    said = []
    for folder, arguments, before in EXPLAINED.findall(text):
        monkeypatch.chdir(ROOT / folder)
        done = CliRunner().invoke(app, arguments.split())
        assert done.exit_code == 0
        said.append((before, f"{done.output}"))
        text = text.replace(f"$ verify {arguments}\n{before}```", f"$ verify {arguments}\n{done.output}```")

    assert len(said) == shown
    if update_golden:
        page.write_text(text, "utf-8")
    else:
        assert [before for before, _ in said] == [output for _, output in said]


def property_files() -> list[tuple[str, str]]:
    found = []
    for document in DOCUMENTS:
        for block in re.findall(r"```yaml\n(.*?)```", document.read_text("utf-8"), re.DOTALL):
            if "kind: PropertySet" in block:
                found.append((str(document.relative_to(ROOT)), block))
    return found


@pytest.mark.parametrize(("document", "text"), property_files())
def test_a_property_file_that_is_shown_is_valid(document: str, text: str, tmp_path: Path) -> None:
    names = sorted(set(re.findall(r"namespace: ([a-z-]+)", text)))
    below = tmp_path / "below"
    below.mkdir()
    for folder in (tmp_path / "k8s", below / "k8s"):
        folder.mkdir()
        objects = [f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in names]
        (folder / "namespaces.yaml").write_text("---\n".join(objects), "utf-8")
    (below / "properties.yaml").write_text(text, "utf-8")

    done = CliRunner().invoke(app, [str(below / "properties.yaml")])

    assert done.exit_code in (0, 1, 3), f"{document}: {done.output}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)

    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("https://", "http://", "#")):
            assert (document.parent / target.partition("#")[0]).exists(), target


def test_the_command_line_page_names_every_option() -> None:
    text = (ROOT / "docs/command-line.md").read_text("utf-8")

    for command in ("check", "query", "explain", "lint", "map", "diff"):
        shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        options = set(re.findall(r"(?<![\w-])(--[a-z]+)", shown))
        assert len(options) >= 5
        assert {option for option in options if f"`{option}" not in text} == set()


def test_the_adrs_are_numbered_and_say_what_followed() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    assert len(pages) >= 5

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text("utf-8")
        for heading in ("## Context", "## Decision", "## Consequences"):
            assert heading in text
