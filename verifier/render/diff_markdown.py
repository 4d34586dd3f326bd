"""The report of a diff as Markdown, for a comment on a change: nothing in a manifest can become markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from verifier.diagnostics import one_line
from verifier.differ import DiffReport, Section
from verifier.difference import Block, Change, Extent, Found
from verifier.render import diff_words
from verifier.render.diff_text import workload_lines
from verifier.render.explanation import code_span, markdown
from verifier.render.words import counted

_DOES = {Change.GAINED: "OLD refuses and NEW allows", Change.LOST: "OLD allows and NEW refuses"}
_MOST_WARNINGS = 50
_FOLDED = (Extent.ANY_POD, Extent.ANY_READING)


def print_diff_markdown(report: DiffReport, out: TextIO) -> None:
    """Write the report to `out`: what concerns the pods shown first, the rest folded away below."""
    out.writelines(f"{line}\n" for line in _lines(report))


def _lines(report: DiffReport) -> Iterator[str]:
    yield f"### netqed diff: {markdown(diff_words.verdict(report))}"
    yield ""
    old, new = report.sides.values()
    yield f"{markdown(f'from {old.source}')} {markdown(f'to {new.source}')}"
    lines = list(workload_lines(report))
    if lines:
        yield ""
        yield from (f"- {markdown(line)}" for line in lines)
    for section in report.sections:
        yield from _section(section, report)
    if report.warnings:
        number = counted(len(report.warnings), "warning")
        yield from ("", f"<details><summary>{number} about the manifests</summary>", "")
        for warning in report.warnings[:_MOST_WARNINGS]:
            yield f"- {code_span(one_line(str(warning.span), 4096))}: {markdown(warning.message)}"
        yield from ("", "</details>")
    for note in diff_words.notes(report):
        yield ""
        yield markdown(note)
    for change in Change:
        if not report.blocks(change):
            yield ""
            yield f"**{markdown(_sentence(diff_words.conclusion(change, report)))}**"


def _section(section: Section, report: DiffReport) -> Iterator[str]:
    if not any(found.blocks or found.undecided for found in section.found.values()):
        if section.topic in diff_words.ALWAYS_TOLD:
            yield ""
            text = f"{diff_words.TITLES[section.topic]}: {diff_words.nothing_in(section, report)}"
            yield markdown(_sentence(text))
        return
    if section.topic is not diff_words.FIRST or section is not report.sections[0]:
        yield ""
        yield f"#### {markdown(_sentence(diff_words.TITLES[section.topic]))}"
    for change in Change:
        found = section.found[change]
        if found.blocks:
            yield ""
            yield f"#### {change.capitalize()}: {_DOES[change]}"
        for extent in Extent:
            yield from _extent(found, extent, section, report)
        more = diff_words.rest(section, change)
        if more is not None:
            yield ""
            yield markdown(_sentence(more))


def _extent(found: Found, extent: Extent, section: Section, report: DiffReport) -> Iterator[str]:
    blocks = diff_words.of_extent(found, extent)
    if not blocks:
        return
    folded = extent in _FOLDED
    yield ""
    if folded:
        number = diff_words.blocks(len(blocks))
        yield f"<details><summary>{number} {diff_words.EXTENTS[extent]}</summary>"
        yield ""
    for block in blocks:
        yield from _block(block, section, report)
    if folded:
        yield ""
        yield "</details>"


def _block(block: Block, section: Section, report: DiffReport) -> Iterator[str]:
    told = diff_words.told(block, section.topic, report)
    yield f"- **from** {markdown(told.source)}<br>"
    yield f"  **to** {markdown(told.destination)}<br>"
    yield f"  **on** {markdown(told.on)}"
    yield from (f"  - where {markdown(text)}" for text in told.where)
    for why in told.because:
        yield f"  - {markdown(why.name)} ({why.version}: {code_span(why.place)}) {markdown(why.text)}"
    yield f"  - for instance {markdown(told.witness)}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
