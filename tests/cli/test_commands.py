"""Which command is meant, under which name, and where the options may stand."""

from __future__ import annotations

from pathlib import Path

import pytest

import verifier
from tests.cli.programs import PROVED, REFUTED, run, shop

PROGRAMS = ["verify", "netqed", "python -m verifier"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_name_of_the_program_runs_it(program: str, tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    done = run("properties.yaml", folder=tmp_path, program=program)

    assert (done.returncode, done.stderr) == (0, "")
    assert "PROVED   web reaches db" in done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_version(program: str, tmp_path: Path) -> None:
    done = run("--version", folder=tmp_path, program=program)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"netqed {verifier.__version__}\n", "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_names_the_program_as_it_was_called(program: str, tmp_path: Path) -> None:
    done = run("--help", folder=tmp_path, program=program)

    assert done.returncode == 0
    assert f"Usage: {program} [OPTIONS]" in done.stdout
    for word in ("check", "query", "--version"):
        assert word in done.stdout


@pytest.mark.parametrize("arguments", [["check", "--help"], ["check", "-h"]])
def test_help_of_a_command_names_every_option_and_exit_code(arguments: list[str], tmp_path: Path) -> None:
    done = run(*arguments, folder=tmp_path)

    assert done.returncode == 0
    options = "--manifests --namespace --world --only --format --timeout --quiet --assumptions"
    for word in (*options.split(), "Exit codes: 0"):
        assert word in done.stdout


def test_check_is_the_default_and_reads_properties_yaml(tmp_path: Path) -> None:
    file = shop(tmp_path, PROVED)

    outputs = {
        run(*arguments, folder=tmp_path).stdout
        for arguments in ([], ["check"], ["properties.yaml"], ["check", "properties.yaml"], [str(file)])
    }

    assert len(outputs) == 1
    assert "1 proved: all as expected" in outputs.pop()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--quiet", "properties.yaml", "--only", "nobody*"],
        ["properties.yaml", "--quiet", "--only", "nobody*"],
        ["--only", "nobody*", "-q", "properties.yaml"],
        ["check", "properties.yaml", "-q", "--only=nobody*"],
        ["check", "--only=nobody*", "-q", "--", "properties.yaml"],
    ],
)
def test_options_stand_before_or_after_files(arguments: list[str], tmp_path: Path) -> None:
    shop(tmp_path, PROVED, REFUTED)

    done = run(*arguments, folder=tmp_path)

    assert done.returncode == 1
    assert "nobody reaches db" in done.stdout
    assert done.stdout.endswith("\n1 refuted: 1 not as expected\n")


@pytest.mark.parametrize(
    ("word", "guess"),
    [("chek", ", did you mean `check`?"), ("querry", ", did you mean `query`?"), ("xyz", "")],
)
def test_a_misspelt_command_is_bad_usage(word: str, guess: str, tmp_path: Path) -> None:
    done = run(word, folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"no such file or command: `{word}`{guess}" in done.stderr


def test_a_file_may_be_called_anything_that_is_no_command(tmp_path: Path) -> None:
    shop(tmp_path, PROVED).rename(tmp_path / "chek")

    assert run("chek", folder=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nosuch"], "No such option: --nosuch"),
        (["--world", "moon"], "'moon' is not one of 'snapshot'"),
        (["--timeout", "0"], "greater than or equal to"),
        (["--timeout", "soon"], "--timeout"),
        (["--format", "xml"], "the formats are `text`, `json`"),
        (["--format", "json", "--format", "text"], "only one format can go to stdout"),
        (["query"], "Missing argument"),
    ],
)
def test_bad_usage_exits_2(arguments: list[str], said: str, tmp_path: Path) -> None:
    shop(tmp_path, PROVED)

    done = run(*arguments, folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
