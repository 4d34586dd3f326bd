"""`verify map`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from verifier.cli.cache import NoCacheOption, store
from verifier.cli.edge import exit_codes
from verifier.cli.lint import Manifests
from verifier.cli.outputs import open_target, print_faults, targets
from verifier.cli.query import NamespaceOption, ReadingOption, reading_choices
from verifier.readings import DEFAULT_PROFILE, Profile

if TYPE_CHECKING:
    from verifier.diagnostics import Diagnostic
    from verifier.mapper import MapReport

FORMATS = ("text", "json", "csv", "markdown", "dot", "mermaid")


def command(
    manifests: Manifests = None,
    namespace: NamespaceOption = "default",
    focus: Annotated[
        str | None,
        typer.Option(metavar="NS/WORKLOAD", help="Only rows in which this workload takes part."),
    ] = None,
    ports: Annotated[
        list[str] | None,
        typer.Option(metavar="PORT,...", help="Only these ports: `5432`, `53/UDP`, `8000-8999`. Repeats."),
    ] = None,
    exposure: Annotated[
        bool,
        typer.Option("--exposure", help="Also who could reach whom that no manifest shows, by selectors."),
    ] = False,
    matrix: Annotated[bool, typer.Option("--matrix", help="Namespace by namespace instead of rows.")] = False,
    profile: Annotated[
        Profile, typer.Option(help="Whose readings of the specification: see `profiles`.")
    ] = DEFAULT_PROFILE,
    readings: ReadingOption = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FMT[=FILE]",
            help="text, json, csv, markdown, dot or mermaid, to stdout or to a file. Repeats.",
        ),
    ] = None,
    no_cache: NoCacheOption = False,
) -> None:
    """Say who reaches whom on what: workloads and addresses outside, with exact ports, in few rows.

    Without MANIFESTS the working directory is read. What hangs on more than the manifests say has rows of its
    own, and on what. The exit code is 0 whatever the map is.
    """
    wanted = targets(formats or ["text"], FORMATS)
    if matrix and (focus or exposure or {"dot", "mermaid"} & {name for name, _ in wanted}):
        raise typer.BadParameter("`--matrix` is a table of all namespaces: text, json, csv or markdown")
    with exit_codes(lambda faults: print_faults(faults, wanted, _write_faults)):
        from verifier.choices import named_workload, port_spans
        from verifier.mapper import MapReport, connection_map
        from verifier.reading import load

        asked = port_spans(",".join(ports).split(",") if ports else [])
        cluster = load(*(manifests or ["."]), namespace=namespace, cache=store(no_cache))
        workload = None if focus is None else named_workload(cluster, focus)
        made = connection_map(cluster, profile, reading_choices(readings or []), asked)
        report = MapReport(
            made,
            made.rows() if workload is None else made.rows_of(workload),
            made.exposures(workload) if exposure else (),
            made.matrix() if matrix else None,
        )
        for name, file in wanted:
            with ExitStack() as stack:
                _write(report, name, open_target(file, stack))


def _write(report: MapReport, name: str, out: TextIO) -> None:
    match name:
        case "json":
            from verifier.render.map_json import print_map_json as write
        case "csv":
            from verifier.render.map_tables import print_map_csv as write
        case "markdown":
            from verifier.render.map_tables import print_map_markdown as write
        case "dot":
            from verifier.render.map_graph import print_map_dot as write
        case "mermaid":
            from verifier.render.map_graph import print_map_mermaid as write
        case _:
            from verifier.render.map_text import print_map as write
    write(report, out)


def _write_faults(faults: Sequence[Diagnostic], out: TextIO) -> None:
    from verifier.render.map_json import print_map_faults

    print_map_faults(faults, out)
