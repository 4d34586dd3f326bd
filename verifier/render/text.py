"""The report for people: aligned, readable at 80 columns, plain when it does not go to a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from verifier.diagnostics import one_line
from verifier.flow import Direction
from verifier.properties.spec.scope import World
from verifier.render import walk, words
from verifier.render.page import Page
from verifier.report import PropertyResult, Report, SetReport
from verifier.verdict import (
    DOMAIN_NAMES_ITEM,
    Choice,
    ChoiceKind,
    Counterexample,
    Depends,
    FlowCounterexample,
    PodCounterexample,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
    Word,
    WrittenPolicy,
)

_STYLES = {
    Word.PROVED: "green",
    Word.REFUTED: "red",
    Word.DEPENDS: "red",
    Word.VACUOUS: "yellow",
    Word.UNKNOWN: "yellow",
}
_WHO = {
    World.SNAPSHOT: "the pods shown: ",
    World.ANY_POD: "any pod: ",
    World.ANY_POLICY: "any NetworkPolicies: ",
}
_MARGIN = 11  # where a verdict's explanation begins
_MIN_WIDTH = 40
_PAGE = 80
_MOST_LINES = 40  # of one list of facts


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: `lead` in its style, then `text`; what is too long goes on below `text`."""

    lead: str
    text: str = ""
    style: str = ""


def print_report(
    report: Report, out: TextIO, *, quiet: bool = False, assumptions: bool = False, explain: bool = False
) -> None:
    """Write the report to `out`.

    Args:
        quiet: only what is not as expected, and the summary.
        assumptions: every assumption in words.
        explain: of every proof each rule and each isolation that it rests on, with its place.
    """
    page = Page(out)
    for one in report.sets:
        _print(page, _set_lines(one, quiet=quiet, assumptions=assumptions, explain=explain))
    _print(page, _summary(report))


def _print(page: Page, lines: Iterable[Line]) -> None:
    width = None if page.width is None else max(_MIN_WIDTH, page.width)
    for line in lines:
        if width is None or len(line.lead) + len(line.text) <= width:
            page.line("", line.lead, line.style, line.text)
            continue
        indent = len(line.lead)
        first, *rest = textwrap.wrap(
            line.text, max(_MIN_WIDTH, width - indent), break_long_words=False, break_on_hyphens=False
        )
        page.line("", line.lead, line.style, first)
        for part in rest:
            page.line(" " * indent + part)


def _set_lines(one: SetReport, *, quiet: bool, assumptions: bool, explain: bool) -> Iterator[Line]:
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
        *([_count(len(cluster.tiers), "cluster-wide policy")] if cluster.tiers else []),
    ]
    yield Line("  ", ", ".join(inputs), "dim")
    warnings = one.warnings if not quiet else ()
    for warning in warnings[:_MOST_LINES]:
        yield Line("  warning: ", f"{warning.span}: {one_line(warning.message, 400)}", "yellow")
        if warning.help:
            yield Line("    help: ", one_line(warning.help, 400))
    if len(warnings) > _MOST_LINES:
        yield Line("  warning: ", f"and {len(warnings) - _MOST_LINES} more", "yellow")
    yield from _contradictions(one) if not quiet else ()
    yield Line("")
    for result in shown:
        yield from _result(result, one, explain=explain)
    yield Line("")
    if assumptions or not quiet:
        yield from _assumptions(one, spelt_out=assumptions)


def _contradictions(one: SetReport) -> Iterator[Line]:
    for each in one.contradictions:
        (name, span), (other, place) = each.required, each.refused
        pair = (
            f"`{one_line(name)}` and `{one_line(other)}` ({place.line}:{place.column}) contradict each other"
        )
        source, destination = words.flow(each.flow, one.cluster)
        why = f"the one wants {source} -> {destination} allowed, the other refused"
        yield Line("  warning: ", f"{span}: {pair}: {why}", "yellow")
    if one.contradictions:
        yield Line("  help: ", "a property that is known to be false says `expect: refuted`", "dim")
    if not one.all_contradictions:
        yield Line("  warning: ", "more properties may contradict each other", "yellow")


def _result(result: PropertyResult, one: SetReport, *, explain: bool) -> Iterator[Line]:
    verdict = result.verdict
    note = _note(result, result.world)
    title = f"{one_line(result.name, 300)}{note}"
    yield Line(f"  {verdict.word.upper():<9}", title, _STYLES[verdict.word])
    others = [world for world in result.verdicts if world is not result.world]
    other = World.SNAPSHOT if result.world is World.ANY_POD else World.ANY_POD
    alike = verdict.word is result.verdicts[other].word and result.world is not World.ANY_POLICY
    match verdict:
        case Proved(rests_on=rests_on):
            yield _detail("", _proved(rests_on or (), result.world, alike=alike))
            if explain:
                yield from _grounds(verdict, one)
        case _:
            yield from _explain(verdict, one)
    for remark in result.notes:
        yield _detail("note: ", one_line(remark, 400))
    if not alike or other in result.unmet:
        yield from _other_world(result, other, one)
    for world in others:
        if world is not other and (world in result.unmet or world is World.ANY_POLICY):
            yield from _other_world(result, world, one)


def _proved(rests_on: Sequence[str], world: World, *, alike: bool) -> str:
    """Return for whom it is proved, and what the proof in the property's own world rests on."""
    titles = words.first_of(rests_on, one_line)
    if world is World.ANY_POLICY:
        whoever = "for any pod and any NetworkPolicies"
        return f"{whoever}, rests on {titles}" if titles else whoever
    if world is World.ANY_POD:
        return f"for any pod, rests on {titles}" if titles else "for any pod"
    if not alike:
        return f"for the pods shown, rests on {titles}" if titles else "for the pods shown"
    return f"for any pod; for the pods shown it rests on {titles}" if titles else "for any pod"


def _grounds(proof: Proved, one: SetReport) -> Iterator[Line]:
    """Return what a proof rests on, a line each, the sides in the order of a flow."""
    if proof.grounds is None:
        yield _detail("", "time ran out before it was known what the proof rests on")
        return
    for direction in (Direction.EGRESS, Direction.INGRESS):
        lead = f"{direction.lower():<9}"
        for basis in proof.grounds:
            if basis.ground.direction is direction:
                yield _detail(lead, words.basis(basis, one.cluster))
        for side in proof.open_sides:
            if side.direction is direction:
                yield _detail(lead, words.open_side(side))
    if not proof.irreducible:
        yield _detail("", "time ran out: perhaps it does not need them all")


def _note(result: PropertyResult, world: World) -> str:
    """Return what a verdict has to do with the one expected; the bare default is not worth a word."""
    word, expected = result.verdicts[world].word, result.prop.expected.get(world)
    if expected is None or word == expected == Word.PROVED:
        return ""
    if word == expected:
        return " (as expected)"
    return "" if expected == Word.PROVED and world is result.world else f" [expected {expected}]"


def _other_world(result: PropertyResult, world: World, one: SetReport) -> Iterator[Line]:
    verdict, note = result.verdicts[world], _note(result, world)
    who = _WHO[world]
    if result.world is World.ANY_POLICY:
        who = f"with the NetworkPolicies shown, {who}"
        if world not in result.unmet:
            yield _detail(who, f"{verdict.word}{note}")
            return
    match verdict:
        case Refuted():
            yield _detail(who, f"refuted{note}; this could break it:")
        case _:
            yield _detail(who, f"{verdict.word}{note}")
    yield from _explain(verdict, one)


def _explain(verdict: Verdict, one: SetReport) -> Iterator[Line]:
    match verdict:
        case Proved():
            return
        case Refuted():
            yield from _counterexamples(verdict, one)
        case Depends():
            yield from _where("refuted", verdict.assignment)
            if not verdict.irreducible:
                yield _detail("", "time ran out: perhaps fewer of these would do")
            yield from _counterexamples(verdict, one)
            yield from _settled_by(verdict.assignment)
        case Vacuous():
            yield _detail("", f"says nothing: {one_line(verdict.reason, 400)}")
            for hint in verdict.hints:
                yield _detail("", one_line(hint, 600))
        case Unknown():
            yield _detail("", one_line(verdict.reason, 400))
            yield from _several("  - ", [one_line(fact, 400) for fact in verdict.depends_on])
            if verdict.counterexample is not None:
                yield _detail("", "a violation, if that is so:")
                yield from _counterexample(verdict.counterexample, one)


def _several(lead: str, texts: Sequence[str]) -> Iterator[Line]:
    for text in texts[:_MOST_LINES]:
        yield _detail(lead, text)
    if len(texts) > _MOST_LINES:
        yield _detail(lead, f"and {len(texts) - _MOST_LINES} more")


def _settled_by(assignment: Sequence[Choice]) -> Iterator[Line]:
    """What the reader can state to settle it."""
    names = sorted({choice.about for choice in assignment if choice.kind is ChoiceKind.READING})
    if names:
        yield _detail("to settle it: ", f"pin the reading in `readings` ({', '.join(names)})")
    if any(choice.kind is ChoiceKind.ORDER for choice in assignment):
        yield _detail("to settle it: ", "give these policies different priorities")
    facts = [choice for choice in assignment if choice.kind is ChoiceKind.FACT]
    if any(choice.item == DOMAIN_NAMES_ITEM for choice in facts):
        yield _detail("to settle it: ", "write `networks` for `domainNames`: nobody knows a name's addresses")
    stated = [choice.about for choice in facts if choice.item != DOMAIN_NAMES_ITEM]
    for where in dict.fromkeys(_stated_in(about) for about in stated):
        yield _detail("to settle it: ", f"state {where}")


def _stated_in(about: str) -> str:
    if "address" in about:
        return "the pod's address or `spec.network.podCIDRs`"
    if about.startswith("the node of "):
        return "`spec.nodeName` of the pod"
    if about.startswith("the label ") and " of namespace " in about:
        return "the labels of the namespace, in its manifest or in `spec.namespaces`"
    return "it in the manifests"


def _where(what: str, choices: Sequence[Choice]) -> Iterator[Line]:
    yield _detail("", f"{what} where, whatever else is so,")
    yield from _several("  - ", [words.choice(choice) for choice in choices])


def _counterexamples(verdict: Refuted | Depends, one: SetReport) -> Iterator[Line]:
    """The one that every verdict has or, where more were asked for, those, and whether there are others."""
    if verdict.more is None:
        yield from _counterexample(verdict.counterexample, one)
        return
    for place, shown in enumerate(verdict.more.counterexamples):
        what = "another reason" if place else "one reason"
        if shown.conditions:
            yield from _where(what, shown.conditions)
        elif place:
            yield _detail("", f"{what}:")
        yield from _counterexample(shown, one)
    yield _detail("", "no other reason" if verdict.more.exhaustive else "there may be other reasons")


def _counterexample(shown: Counterexample, one: SetReport) -> Iterator[Line]:
    match shown:
        case PodCounterexample():
            yield _detail("", words.uncovered(shown.pod, shown.direction, one.cluster))
            yield from _overlooked(shown, shown.direction, one)
            yield from _supposed(shown.supposes)
        case FlowCounterexample():
            source, destination = words.flow(shown.flow, one.cluster)
            yield _detail("", source)
            yield _detail("-> ", destination)
            for side in (shown.decision.egress, shown.decision.ingress):
                yield _detail(
                    f"{side.direction.lower():<9}", walk.side(side, shown.flow, one.cluster, shown.written)
                )
                yield from _of_side(shown, side.direction, one)
            for contrast in shown.contrasts:
                yield _detail(f"{contrast.version:<9}", one_line(contrast.text, 600))
            yield from _supposed(shown.supposes)
            if shown.changes:
                changes = "; and ".join(words.change(change, one.cluster) for change in shown.changes)
                yield _detail("to allow it: ", changes)
            yield from _written(shown.written)


def _supposed(supposes: Sequence[Choice]) -> Iterator[Line]:
    if supposes:
        yield from _several("supposes ", [words.choice(choice) for choice in supposes])
        yield _detail("", "otherwise something else violates the property")


def _of_side(shown: FlowCounterexample, direction: Direction, one: SetReport) -> Iterator[Line]:
    """What a reader of a side should look at: the rule that comes nearest, what admits, what is missing."""
    for miss in shown.nearest:
        if miss.rule.direction is direction:
            near = f"{words.rule(miss.rule, one.cluster, shown.written)}: {one_line(miss.text, 400)}"
            yield _detail("nearest  ", near)
    admitting = [admission for admission in shown.admissions if admission.rule.direction is direction]
    for admission in admitting:
        which = f"{words.rule_name(admission.rule)}: " if len(admitting) > 1 else ""
        yield _detail("admits   ", f"{which}{one_line(admission.text, 400)}")
    yield from _overlooked(shown, direction, one)


def _overlooked(shown: Counterexample, direction: Direction, one: SetReport) -> Iterator[Line]:
    for policy in shown.overlooked:
        if policy.direction is direction:
            text = f"{words.policy(policy.policy, one.cluster)} {one_line(policy.text, 400)}"
            yield _detail("but      ", text)


def _written(policies: Sequence[WrittenPolicy] | None) -> Iterator[Line]:
    """The policies that nobody has written yet, as manifests."""
    if policies is None:
        return
    if not policies:
        yield _detail("", "without any NetworkPolicy")
    for policy in policies:
        yield _detail("", "with this NetworkPolicy, were it written:")
        for line in policy.text.splitlines():
            yield _detail("    ", one_line(line, 400))


def _detail(lead: str, text: str) -> Line:
    return Line(" " * _MARGIN + lead, text)


def _assumptions(one: SetReport, *, spelt_out: bool) -> Iterator[Line]:
    """What this input made us assume is said in words; what every run assumes by number, unless asked."""
    particular = [found for found in one.assumptions if spelt_out or not found.standing]
    standing = sorted({found.id for found in one.assumptions if found.standing}, key=_in_order)
    yield Line("  assumed", "", "dim")
    for assumption in particular:
        yield Line(f"    {assumption.id:<6} ", one_line(assumption.text, 400), "dim")
    if not spelt_out:
        always = f"as always: {', '.join(standing)} (`--assumptions` spells them out)"
        for line in textwrap.wrap(always, _PAGE - 4, break_on_hyphens=False):
            yield Line("    ", line, "dim")
    kinds = list(one.cluster.ignored.items())
    ignored = words.first_of(kinds, lambda counted: f"{counted[1]} {one_line(counted[0])}")
    if ignored:
        yield Line("    ", f"without effect on policies, and not read: {ignored}", "dim")
    yield Line("")


def _in_order(item: str) -> tuple[str, int]:
    group, _, number = item.partition("-")
    return group, int(number)


def _summary(report: Report) -> Iterator[Line]:
    counts = report.counts
    said = [f"{counts[word]} {word}" for word in Word if counts[word]]
    unmet = counts["unmet"]
    ending = "all as expected" if not unmet else f"{unmet} not as expected"
    yield Line("", f"{', '.join(said)}: {ending}", "green" if not unmet else "red")


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
