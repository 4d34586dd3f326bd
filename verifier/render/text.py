"""The report for people: aligned, readable at 80 columns, plain when it does not go to a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.text import Text

from verifier.diagnostics import Diagnostic, one_line
from verifier.properties.spec.scope import World
from verifier.render import words
from verifier.report import PropertyResult, Report, SetReport
from verifier.verdict import (
    Counterexample,
    FlowCounterexample,
    PodCounterexample,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
    Word,
)

_STYLES = {Word.PROVED: "green", Word.REFUTED: "red", Word.VACUOUS: "yellow", Word.UNKNOWN: "yellow"}
_MARGIN = 11  # where a verdict's explanation begins
_MIN_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: `lead` in its style, then `text`; what is too long goes on below `text`."""

    lead: str
    text: str = ""
    style: str = ""


def print_report(report: Report, out: TextIO, *, quiet: bool = False) -> None:
    """Write the report to `out`; `quiet`: only what is not as expected, and the summary."""
    console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for one in report.sets:
        _print(console, _set_lines(one, quiet=quiet))
    _print(console, _summary(report))


def print_diagnostics(diagnostics: Iterable[Diagnostic], out: TextIO) -> None:
    """Write faults of the input to `out`, one a line, and below each what to do about it."""
    console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for diagnostic in diagnostics:
        place, _, message = str(diagnostic).partition(f"{diagnostic.severity}[")
        style = "red" if diagnostic.severity == "error" else "yellow"
        console.print(
            Text.assemble(one_line(place, 4096), (f"{diagnostic.severity}[", style), one_line(message, 2000))
        )
        if diagnostic.help:
            console.print(Text(f"  help: {one_line(diagnostic.help, 2000)}"))


def _print(console: Console, lines: Iterable[Line]) -> None:
    width = max(_MIN_WIDTH, console.width) if console.is_terminal else None
    for line in lines:
        if width is None or len(line.lead) + len(line.text) <= width:
            console.print(Text.assemble((line.lead, line.style), line.text))
            continue
        indent = len(line.lead)
        first, *rest = textwrap.wrap(
            line.text, max(_MIN_WIDTH, width - indent), break_long_words=False, break_on_hyphens=False
        )
        console.print(Text.assemble((line.lead, line.style), first))
        for part in rest:
            console.print(Text(" " * indent + part))


def _set_lines(one: SetReport, *, quiet: bool) -> Iterator[Line]:
    shown = [result for result in one.properties if not (quiet and result.met)]
    if quiet and not shown:
        return
    yield Line("", one_line(one.file, 4096), "bold")
    cluster = one.cluster
    inputs = [
        _count(one.files, "file"),
        _count(len(cluster.population.namespaces), "namespace"),
        _count(len(cluster.population.workloads), "workload"),
        _count(len(cluster.policies), "policy"),
    ]
    yield Line("  ", ", ".join(inputs), "dim")
    for warning in one.warnings if not quiet else ():
        yield Line("  warning: ", f"{warning.span}: {one_line(warning.message, 400)}", "yellow")
    yield Line("")
    for result in shown:
        yield from _result(result, one)
    yield Line("")
    if not quiet:
        yield from _assumptions(one)


def _result(result: PropertyResult, one: SetReport) -> Iterator[Line]:
    verdict = result.verdict
    expected = result.prop.expected.get(result.world, Word.PROVED)
    note = ""
    if verdict.word != expected:
        note = f"  [expected {expected}]" if expected != Word.PROVED else ""
    elif verdict.word is not Word.PROVED:
        note = "  (as expected)"
    yield Line(f"  {verdict.word.upper():<9}", f"{one_line(result.name, 300)}{note}", _STYLES[verdict.word])
    if result.world is World.ANY_POD:
        yield _detail("any pod: ", "this world is the one asked for")
    yield from _explain(verdict, result, one)
    if result.world is World.SNAPSHOT and result.any_pod.word is not verdict.word:
        yield from _any_pod(result, one)


def _any_pod(result: PropertyResult, one: SetReport) -> Iterator[Line]:
    verdict = result.any_pod
    expected = result.prop.expected.get(World.ANY_POD)
    note = (
        ""
        if expected is None
        else " (as expected)"
        if verdict.word == expected
        else f" [expected {expected}]"
    )
    match verdict:
        case Refuted():
            yield _detail("any pod: ", f"refuted{note}; this could break it:")
        case _:
            yield _detail("any pod: ", f"{verdict.word}{note}")
    yield from _explain(verdict, result, one)


def _explain(verdict: Verdict, result: PropertyResult, one: SetReport) -> Iterator[Line]:
    match verdict:
        case Proved():
            if verdict.rests_on:
                yield _detail("rests on ", ", ".join(one_line(title) for title in verdict.rests_on))
        case Refuted():
            yield from _counterexample(verdict.counterexample, one)
        case Vacuous():
            yield _detail("", f"says nothing: {one_line(verdict.reason, 400)}")
        case Unknown():
            yield _detail("", one_line(verdict.reason, 400))
            for fact in verdict.depends_on:
                yield _detail("  - ", one_line(fact, 400))
            if verdict.counterexample is not None:
                yield _detail("", "a violation, if that is so:")
                yield from _counterexample(verdict.counterexample, one)


def _counterexample(shown: Counterexample, one: SetReport) -> Iterator[Line]:
    match shown:
        case PodCounterexample():
            yield _detail("", words.uncovered(shown.pod, shown.direction))
        case FlowCounterexample():
            source, destination = words.flow(shown.flow)
            yield _detail("", source)
            yield _detail("-> ", destination)
            for side in (shown.decision.egress, shown.decision.ingress):
                yield _detail(f"{side.direction.lower():<9}", words.side(side, shown.flow, one.cluster))


def _detail(lead: str, text: str) -> Line:
    return Line(" " * _MARGIN + lead, text)


def _assumptions(one: SetReport) -> Iterator[Line]:
    yield Line("  assumed", "", "dim")
    for assumption in one.assumptions:
        yield Line(f"    {assumption.id:<6} ", one_line(assumption.text, 400), "dim")
    ignored = ", ".join(f"{count} {one_line(kind)}" for kind, count in one.cluster.ignored.items())
    if ignored:
        yield Line("    ", f"without effect on policies, and not read: {ignored}", "dim")
    yield Line("")


def _summary(report: Report) -> Iterator[Line]:
    counts = report.counts
    said = [f"{counts[word]} {word}" for word in Word if counts[word]]
    unmet = counts["unmet"]
    ending = "all as expected" if not unmet else f"{unmet} not as expected"
    yield Line("", f"{', '.join(said)}: {ending}", "green" if not unmet else "red")


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
