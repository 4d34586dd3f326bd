"""`verify query`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verifier.cli.cache import NoCacheOption, store
from verifier.cli.check import MemoryOption
from verifier.cli.edge import exit_codes, pipes
from verifier.deadline import DEFAULT_MEGABYTES, DEFAULT_SECONDS

if TYPE_CHECKING:
    from verifier.ask import Answer
    from verifier.cluster import Cluster
    from verifier.diagnostics import Diagnostic

NamespaceOption = Annotated[
    str, typer.Option("--namespace", "-n", help="The namespace of objects that state none.")
]
ReadingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reading",
        metavar="NAME=VALUE",
        help="A reading of the specification, such as `cidr_matches_pods=false`, or `=free`. Repeats.",
    ),
]


def command(
    manifests: Annotated[
        list[str], typer.Argument(metavar="MANIFESTS...", help="Files, folders or globs; `-` reads stdin.")
    ],
    flows: Annotated[
        str,
        typer.Option(
            "--flows",
            metavar="FILE.jsonl",
            help='One flow a line: {"source": "shop/web", "destination": "shop/db", "protocol": "TCP",'
            ' "port": 5432}; `-` reads stdin.',
        ),
    ],
    namespace: NamespaceOption = "default",
    readings: ReadingOption = None,
    timeout: Annotated[
        float, typer.Option(min=0.001, metavar="SECONDS", help="For each flow.")
    ] = DEFAULT_SECONDS,
    memory: MemoryOption = DEFAULT_MEGABYTES,
    no_cache: NoCacheOption = False,
) -> None:
    """Say of single flows whether they are allowed: one JSON object a line, in and out.

    An endpoint is `namespace/name` of a pod or workload (`namespace/Kind/name` where names clash),
    `ip:ADDRESS` or `node:NAME`. `allowed` is true, false, or null: it depends on something left open. The
    exit code is 0 whatever the answers are.
    """
    with exit_codes(print_faults):
        from verifier.ask import query
        from verifier.reading import load

        asked = _read(flows)
        cluster = load(*manifests, namespace=namespace, cache=store(no_cache))
        answers = query(cluster, asked, reading_choices(readings or []), timeout, memory)
        with pipes():
            for answer in answers:
                sys.stdout.write(json.dumps(_plain(answer, cluster)) + "\n")


def _read(file: str) -> list[tuple[str, str, str, int]]:
    from verifier.diagnostics import Diagnostic, InputError, Span

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError([Diagnostic("cannot-read", Span(file), f"cannot be read: {reason}")]) from None
    asked: list[tuple[str, str, str, int]] = []
    faults = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            asked.append(
                (str(data["source"]), str(data["destination"]), data.get("protocol", "TCP"), data["port"])
            )
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            message = 'expected {"source": …, "destination": …, "protocol": "TCP", "port": 443}'
            faults.append(Diagnostic("invalid-flow", Span(file, number, 1), message))
    if faults:
        raise InputError(faults)
    return asked


def reading_choices(readings: list[str]) -> dict[str, bool | str]:
    """Return what each `NAME=VALUE` chooses."""
    truth = {"true": True, "false": False}
    pairs = (entry.partition("=") for entry in readings)
    return {name: truth.get(value, value) for name, _, value in pairs}


def _plain(answer: Answer, cluster: Cluster) -> dict[str, Any]:
    from verifier.render import walk
    from verifier.render.json_report import change, flow

    found: dict[str, Any] = {
        "source": answer.source,
        "destination": answer.destination,
        "protocol": answer.protocol,
        "port": answer.port,
        "allowed": answer.allowed,
        "reason": answer.reason,
    }
    if answer.flow is not None and answer.decision is not None:
        found["flow"] = flow(answer.flow, cluster)
        for side in (answer.decision.egress, answer.decision.ingress):
            found[side.direction.lower()] = walk.side(side, answer.flow, cluster)
        found["change"] = [change(each, cluster) for each in answer.changes]
    return found


def print_faults(faults: tuple[Diagnostic, ...]) -> None:
    """Write faults of the input to standard error."""
    from verifier.render.diagnostics import print_diagnostics

    print_diagnostics(faults, sys.stderr)
