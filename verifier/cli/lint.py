"""`verify lint`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from verifier.cli.cache import NoCacheOption, store
from verifier.cli.edge import exit_codes
from verifier.cli.outputs import open_target, print_faults, targets

if TYPE_CHECKING:
    from verifier.diagnostics import Diagnostic
    from verifier.linter import Choice, LintReport

FORMATS = ("text", "json", "markdown")
_LEVELS = ("error", "warning", "info")
_NEVER = "never"


Manifests = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MANIFESTS]...",
        help="Files, folders or globs; `-` reads stdin. Default: the working directory",
        show_default=False,
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="ID,...", help="Look for these rules alone: see `verify rule`. Repeats."),
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="ID,...", help="Do not look for these rules. Repeats.")
]
ShownLevel = Annotated[
    str, typer.Option(metavar="LEVEL", help="Show findings from this level on: error, warning, info.")
]
FailOn = Annotated[
    str, typer.Option(metavar="LEVEL", help="Exit with 1 from this level on: error, warning, info, never.")
]
Waivers = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="Findings that somebody has accepted until a date. Repeats."),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format", metavar="FMT[=FILE]", help="text, json or markdown, to stdout or to a file. Repeats."
    ),
]
Timeout = Annotated[
    float, typer.Option(min=0.001, metavar="SECONDS", help="For all questions to the solver together.")
]


def command(
    manifests: Manifests = None,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="The namespace of objects that state none.")
    ] = "default",
    select: Select = None,
    ignore: Ignore = None,
    level: ShownLevel = "warning",
    fail_on: FailOn = "error",
    waivers: Waivers = None,
    formats: Formats = None,
    timeout: Timeout = 30.0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line for each finding.")] = False,
    no_cache: NoCacheOption = False,
) -> None:
    """Say what is wrong with policies, from manifests alone: redundant, dead, misspelt, ineffective, open.

    Exit codes: 0 nothing found at or above `--fail-on`, 1 something is, or a waiver has expired or is
    unused, 2 bad usage or input, 3 the solver ran out of time, 4 internal error.
    """
    wanted = targets(formats or ["text"], FORMATS)
    _check_levels(level, fail_on)
    with exit_codes(lambda faults: print_faults(faults, wanted, _write_faults)):
        from verifier.linter import lint

        report = lint(
            *(manifests or ["."]),
            choice=_choice(select or [], ignore or [], level, fail_on),
            namespace=namespace,
            waivers=waivers or [],
            timeout_seconds=timeout,
            cache=store(no_cache),
        )
        for name, file in wanted:
            with ExitStack() as stack:
                _write(report, name, open_target(file, stack), quiet=quiet)
    raise typer.Exit(report.exit_code)


def _check_levels(level: str, fail_on: str) -> None:
    if level not in _LEVELS:
        raise typer.BadParameter(f"no level is called `{level}`: the levels are {', '.join(_LEVELS)}")
    if fail_on not in (*_LEVELS, _NEVER):
        known = ", ".join((*_LEVELS, _NEVER))
        raise typer.BadParameter(f"`--fail-on` is one of {known}, not `{fail_on}`")


def _choice(select: list[str], ignore: list[str], level: str, fail_on: str) -> Choice:
    from verifier.analyses.lint.finding import Level
    from verifier.linter import Choice

    def split(entries: list[str]) -> tuple[str, ...]:
        return tuple(word.strip() for entry in entries for word in entry.split(",") if word.strip())

    threshold = None if fail_on == _NEVER else Level(fail_on)
    return Choice(split(select), split(ignore), Level(level), threshold)


def _write(report: LintReport, name: str, out: TextIO, *, quiet: bool) -> None:
    if name == "json":
        from verifier.render.lint_json import print_lint_json

        print_lint_json(report, out)
    elif name == "markdown":
        from verifier.render.lint_markdown import print_lint_markdown

        print_lint_markdown(report, out)
    else:
        from verifier.render.lint_text import print_lint

        print_lint(report, out, quiet=quiet)


def _write_faults(faults: Sequence[Diagnostic], out: TextIO) -> None:
    from verifier.render.lint_json import print_lint_faults

    print_lint_faults(faults, out)
