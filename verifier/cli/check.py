"""`verify check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from verifier.cli.cache import NoCacheOption, store
from verifier.cli.edge import exit_codes
from verifier.cli.outputs import open_target, print_faults, targets
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS
from verifier.population import World
from verifier.readings import Profile

if TYPE_CHECKING:
    from verifier.cache import Store
    from verifier.diagnostics import Diagnostic
    from verifier.property_file import Overrides
    from verifier.report import Report

FORMATS = ("text", "json")

ProfileOption = Annotated[
    Profile | None,
    typer.Option(help="Whose readings of the specification, whatever the files say: see `profiles`."),
]
WorldOption = Annotated[
    World | None,
    typer.Option(help="Who exists, whatever the files ask for: the pods shown, any pod, or any policy too."),
]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Decide only the properties whose name matches. Repeats."),
]
MemoryOption = Annotated[
    float, typer.Option(min=1, metavar="MB", help="What deciding may use, besides what the input takes.")
]
AssumptionsOption = Annotated[
    bool, typer.Option("--assumptions", help="Spell out everything that is assumed.")
]
ExplainOption = Annotated[
    bool,
    typer.Option("--explain", help="Say of every proof on which rules and isolations it rests, and where."),
]
CounterexamplesOption = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="For a property that fails: up to N, each for another reason."
        " Not of `equivalent` and `refines`: `verify diff` tells all.",
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, metavar="N", help="Processes that decide at once. Default: one a processor."
    ),
]


def command(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Property files, folders or globs; `-` reads stdin. Default: properties.yaml",
            show_default=False,
        ),
    ] = None,
    manifests: Annotated[
        list[str] | None,
        typer.Option(
            "--manifests",
            "-f",
            metavar="PATH",
            help="Manifests to read instead of `spec.manifests`: a file, folder, glob or `-`. Repeats.",
        ),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace",
            "-n",
            help="The namespace of objects that state none. Default: `spec.namespace`, else `default`.",
        ),
    ] = None,
    profile: ProfileOption = None,
    world: WorldOption = None,
    only: OnlyOption = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="FMT[=FILE]", help="text or json, to stdout or to a file. Repeats."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=0.001, metavar="SECONDS", help="For each property.")
    ] = DEFAULT_SECONDS,
    memory: MemoryOption = DEFAULT_MEGABYTES,
    counterexamples: CounterexamplesOption = 1,
    jobs: JobsOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show only what is not as expected.")] = False,
    assumptions: AssumptionsOption = False,
    explain: ExplainOption = False,
    no_cache: NoCacheOption = False,
) -> None:
    """Prove or refute every property of the given files.

    Exit codes: 0 every property has its expected verdict, 1 one has not, 2 bad usage or input, 3 nobody knows
    (unknown, time-out), 4 internal error.
    """
    wanted = targets(formats or ["text"], FORMATS)
    with exit_codes(lambda faults: print_faults(faults, wanted, _write_faults)):
        from verifier.property_file import Overrides

        overrides = Overrides(tuple(manifests) if manifests else None, namespace, world, profile)
        limits = (timeout, memory, counterexamples, jobs)
        report = _checked(
            files or ["properties.yaml"], overrides, only or [], *limits, quiet=quiet, cache=store(no_cache)
        )
        _write(report, wanted, quiet=quiet, assumptions=assumptions, explain=explain)
    raise typer.Exit(report.exit_code)


def _checked(
    files: list[str],
    overrides: Overrides,
    only: list[str],
    timeout: float,
    memory: float,
    counterexamples: int,
    jobs: int | None,
    *,
    quiet: bool,
    cache: Store | None,
) -> Report:
    from verifier.verify import check
    from verifier.workers import default_jobs

    watched = sys.stderr.isatty() and not quiet
    try:
        return check(
            *files,
            overrides=overrides,
            only=only,
            timeout_seconds=timeout,
            memory_megabytes=memory,
            progress=_progress if watched else None,
            counterexamples=counterexamples,
            jobs=jobs or default_jobs(),
            cache=cache,
        )
    finally:
        if watched:
            sys.stderr.write("\r\x1b[K")


def _progress(done: int, total: int, name: str) -> None:
    from verifier.diagnostics import one_line

    sys.stderr.write(f"\r\x1b[K[{done + 1}/{total}] {one_line(name, 60)}")
    sys.stderr.flush()


def _write(
    report: Report, wanted: list[tuple[str, str | None]], *, quiet: bool, assumptions: bool, explain: bool
) -> None:
    from verifier.render.json_report import print_json
    from verifier.render.text import print_report

    for name, file in wanted:
        with ExitStack() as stack:
            out = open_target(file, stack)
            if name == "json":
                print_json(report, out)
            else:
                print_report(report, out, quiet=quiet, assumptions=assumptions, explain=explain)


def _write_faults(faults: Sequence[Diagnostic], out: TextIO) -> None:
    from verifier.render.json_report import diagnostics_only, print_json

    print_json(diagnostics_only(faults), out)
