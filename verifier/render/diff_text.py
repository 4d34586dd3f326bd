"""The report of a diff for people: what is gained, what is lost, each block with the rule that did it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TextIO

from verifier.diagnostics import one_line
from verifier.differ import DiffReport, Section
from verifier.difference import Block, Change, Extent, Version
from verifier.manifest.spelling import listed
from verifier.render import diff_words
from verifier.render.page import Page

_SIGNS = {Change.GAINED: ("+", "red"), Change.LOST: ("-", "yellow")}
_MOST_WORKLOADS = 20


class _Lines:
    """A page whose lines go on below themselves where they are too long, wherever it goes."""

    def __init__(self, out: TextIO) -> None:
        self._page = Page(out)
        self._width = 100 if self._page.width is None else max(40, min(self._page.width, 100))

    def line(self, text: str = "", lead: str = "", style: str = "") -> None:
        """Write `lead` in its style, then `text`, which goes on below itself where it is too long."""
        room = max(self._width - len(lead), 40)
        wrapped = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
        if not wrapped:
            self._page.line("", lead.rstrip(), style)
        for number, each in enumerate(wrapped):
            self._page.line("", lead if number == 0 else " " * len(lead), style, each)


def print_diff(report: DiffReport, out: TextIO, *, quiet: bool = False) -> None:
    """Write the report to `out`; `quiet`: the conclusion, and one flow each."""
    page = _Lines(out)
    if not quiet:
        for warning in report.warnings:
            page.line(f"{warning.span}: {one_line(warning.message, 400)}", "warning: ", "yellow")
        for version in Version:
            side = report.sides[version]
            page.line(
                f"{one_line(side.source, 400)}: {diff_words.inputs(side)}", f"{version.upper()}  ", "bold"
            )
        _print_workloads(page, report)
        for section in report.sections:
            _print_section(page, section, report)
        page.line()
        for note in diff_words.notes(report):
            page.line(one_line(note, 400))
    page.line(diff_words.headline(report))
    if quiet:
        for section in report.sections:
            for change in Change:
                for block in section.found[change].blocks[:1]:
                    page.line(diff_words.told(block, section.topic, report).witness, f"{change} as in  ")


def _print_workloads(page: _Lines, report: DiffReport) -> None:
    for text in workload_lines(report):
        page.line(text, "  ")


def workload_lines(report: DiffReport) -> Iterator[str]:
    """Yield what became of workloads and namespaces."""
    changes = report.workloads
    for words, workloads in (("added", changes.added), ("removed", changes.removed)):
        if workloads:
            names = [f"{each.namespace}/{each.owner}" for each in workloads]
            shown = listed(one_line(name) for name in names[:_MOST_WORKLOADS])
            more = f" and {len(names) - _MOST_WORKLOADS} more" if len(names) > _MOST_WORKLOADS else ""
            yield f"{words}: {shown}{more}"
    for change in (*changes.changed, *changes.not_compared):
        yield f"changed: {one_line(change.workload.title)}: {one_line(change.text, 400)}"
    for text in changes.namespaces:
        yield f"changed: namespace {one_line(text, 400)}"


def _print_section(page: _Lines, section: Section, report: DiffReport) -> None:
    told = False
    for change in Change:
        found = section.found[change]
        for extent in Extent:
            blocks = diff_words.of_extent(found, extent)
            if not blocks:
                continue
            if not told:
                page.line()
                page.line(diff_words.TITLES[section.topic], style="bold")
                told = True
            page.line(f"{change}, {diff_words.EXTENTS[extent]}:", "  ")
            for block in blocks:
                _print_block(page, block, section, report)
        more = diff_words.rest(section, change)
        if more is not None:
            page.line(f"{change}: {more}", "  ")
    if not told and section.topic in diff_words.ALWAYS_TOLD:
        page.line()
        page.line(f"{diff_words.TITLES[section.topic]}: {diff_words.nothing_in(section, report)}")


def _print_block(page: _Lines, block: Block, section: Section, report: DiffReport) -> None:
    told = diff_words.told(block, section.topic, report)
    sign, style = _SIGNS[block.change]
    page.line(told.source, f"  {sign} from   ", style)
    page.line(told.destination, "    to     ")
    page.line(told.on, "    on     ")
    for text in told.where:
        page.line(text, "    where  ")
    for why in told.because:
        page.line(str(why), "    by     ")
    page.line(told.witness, "    as in  ")
