"""`verify diff`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from verifier.cli.cache import NoCacheOption, store
from verifier.cli.check import MemoryOption
from verifier.cli.edge import exit_codes
from verifier.cli.outputs import open_target, print_faults, targets
from verifier.cli.query import NamespaceOption
from verifier.deadline import DEFAULT_MEGABYTES
from verifier.readings import DEFAULT_PROFILE, Profile

if TYPE_CHECKING:
    from verifier.diagnostics import Diagnostic
    from verifier.differ import DiffReport

FORMATS = ("text", "json", "markdown")
_FAIL_ON = ("gained", "lost", "any", "none")


Old = Annotated[
    str,
    typer.Argument(
        metavar="OLD",
        help="A file, folder or glob, `git:REVISION:PATH`, or `-` for stdin.",
        show_default=False,
    ),
]
New = Annotated[str, typer.Argument(metavar="NEW", help="The same.", show_default=False)]
FailOnOption = Annotated[
    str, typer.Option(metavar="CHANGE", help="Exit with 1 on flows: gained, lost, any, none.")
]
FirstProfile = Annotated[
    Profile, typer.Option(help="Whose readings of the specification count first: see `profiles`.")
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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Decide only: the conclusion, and one flow.")]


def command(
    old: Old,
    new: New,
    namespace: NamespaceOption = "default",
    profile: FirstProfile = DEFAULT_PROFILE,
    fail_on: FailOnOption = "gained",
    formats: Formats = None,
    timeout: Timeout = 60.0,
    memory: MemoryOption = DEFAULT_MEGABYTES,
    quiet: Quiet = False,
    no_cache: NoCacheOption = False,
) -> None:
    """Say what a change of manifests gains and loses: flows that OLD refuses and NEW allows, and the reverse.

    Flows are told in blocks, each with the rule that did it. `no flow gained` is said only where it is
    proved: for every pod that could exist, under every reading of the specification.

    Exit codes: 0 nothing that `--fail-on` names, proved; 1 there is such a flow; 2 bad usage or input; 3 that
    is not known; 4 internal error.
    """
    wanted = targets(formats or ["text"], FORMATS)
    if fail_on not in _FAIL_ON:
        raise typer.BadParameter(f"`--fail-on` is one of {', '.join(_FAIL_ON)}, not `{fail_on}`")
    if quiet and [name for name, _ in wanted] != ["text"]:
        raise typer.BadParameter("`--quiet` makes no blocks, which other formats than text tell of")
    if old == new == "-":
        raise typer.BadParameter("only one of OLD and NEW can be read from stdin")
    with exit_codes(lambda faults: print_faults(faults, wanted, _write_faults)):
        from verifier.differ import FailOn, Limits, diff

        report = diff(
            old,
            new,
            namespace=namespace,
            profile=profile,
            fail_on=FailOn(fail_on),
            limits=Limits(first_flow=quiet),
            timeout_seconds=timeout,
            memory_megabytes=memory,
            cache=store(no_cache),
        )
        for name, file in wanted:
            with ExitStack() as stack:
                _write(report, name, open_target(file, stack), quiet=quiet)
    raise typer.Exit(report.exit_code)


def _write(report: DiffReport, name: str, out: TextIO, *, quiet: bool) -> None:
    if name == "json":
        from verifier.render.diff_json import print_diff_json

        print_diff_json(report, out)
    elif name == "markdown":
        from verifier.render.diff_markdown import print_diff_markdown

        print_diff_markdown(report, out)
    else:
        from verifier.render.diff_text import print_diff

        print_diff(report, out, quiet=quiet)


def _write_faults(faults: Sequence[Diagnostic], out: TextIO) -> None:
    from verifier.render.diff_json import print_diff_faults

    print_diff_faults(faults, out)
