"""`verify explain`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from verifier.cli.cache import NoCacheOption, store
from verifier.cli.check import MemoryOption
from verifier.cli.edge import exit_codes, pipes
from verifier.cli.query import NamespaceOption, ReadingOption, print_faults, reading_choices
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS
from verifier.readings import DEFAULT_PROFILE, Profile

if TYPE_CHECKING:
    from verifier.cluster import Cluster
    from verifier.explain import Explanation


class Format(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def command(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="Who opens the connection.", show_default=False)
    ],
    destination: Annotated[str, typer.Argument(metavar="TO", help="Who is to take it.", show_default=False)],
    port: Annotated[
        str, typer.Argument(metavar="PORT", help="`5432`, `53/UDP`, or the name of a port that TO declares.")
    ],
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MANIFESTS]...", help="Files, folders or globs; `-` reads stdin."),
    ] = None,
    manifests: Annotated[
        list[str] | None,
        typer.Option("--manifests", "-f", metavar="PATH", help="The same, as an option. Repeats."),
    ] = None,
    namespace: NamespaceOption = "default",
    profile: Annotated[
        Profile, typer.Option(help="Whose readings of the specification: see `profiles`.")
    ] = DEFAULT_PROFILE,
    readings: ReadingOption = None,
    output: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    timeout: Annotated[
        float, typer.Option(min=0.001, metavar="SECONDS", help="For the answer.")
    ] = DEFAULT_SECONDS,
    memory: MemoryOption = DEFAULT_MEGABYTES,
    no_cache: NoCacheOption = False,
) -> None:
    """Say why a connection is allowed or denied: each policy, each rule, and the part of it that decides.

    An endpoint is `namespace/name` of a pod or workload (`namespace/Kind/name` where names clash),
    `ip:ADDRESS` or `node:NAME`. Without MANIFESTS the working directory is read. The exit code is 0 whatever
    the answer is.
    """
    with exit_codes(print_faults):
        from verifier.explain import explain
        from verifier.reading import load

        sources = [*(paths or []), *(manifests or [])] or ["."]
        cluster = load(*sources, namespace=namespace, cache=store(no_cache))
        explained = explain(
            cluster,
            source,
            destination,
            port,
            profile=profile,
            readings=reading_choices(readings or []),
            timeout_seconds=timeout,
            memory_megabytes=memory,
        )
        with pipes():
            _write(explained, cluster, output)


def _write(explained: Explanation, cluster: Cluster, output: Format) -> None:
    from verifier.render.explanation import print_explanation, print_markdown
    from verifier.render.explanation_json import explanation

    match output:
        case Format.TEXT:
            print_explanation(explained, cluster, sys.stdout)
        case Format.MARKDOWN:
            print_markdown(explained, cluster, sys.stdout)
        case Format.JSON:
            sys.stdout.write(f"{json.dumps(explanation(explained, cluster), indent=2)}\n")
