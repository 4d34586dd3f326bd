"""An explanation for people: as text, and as Markdown in which no name of a manifest can become markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from verifier.analyses.explain import AskedPolicy, AskedTier, ExplainedSide, TriedRule
from verifier.analyses.explain_rules import Part
from verifier.cluster import Cluster
from verifier.diagnostics import one_line
from verifier.explain import Case, Explanation
from verifier.flow import (
    NETWORK_POLICY_TIER,
    Address,
    Direction,
    Endpoint,
    Pod,
    Reason,
    SideDecision,
)
from verifier.render import walk, words
from verifier.verdict import Choice

_WORDS = {True: "ALLOWED", False: "DENIED", None: "DEPENDS"}
_MOST_BYSTANDERS = 5  # policies that do not select the pod
_MOST_MISSES = 8  # peers, or ports, of one rule that do not match
_LONG = 1000
_LONGEST = 8000  # of a line: what of it comes from a manifest has been cut by then
# A code span of our own wording: nothing in it can end it or mean anything.
_CODE = re.compile(r"(?<!`)`[A-Za-z0-9 ._/:()=,{}*!-]+`(?!`)")
_HARMLESS = re.compile(r"[A-Za-z0-9.,;()'\"=+/-]*:?")


@dataclass(frozen=True, slots=True)
class Item:
    """One line, so far from the margin; `code` are lines to be copied as they are."""

    depth: int
    text: str
    code: tuple[str, ...] = ()


def print_explanation(explained: Explanation, cluster: Cluster, out: TextIO) -> None:
    """Write the explanation to `out` as text."""
    out.write(f"{_WORDS[explained.allowed]}  {_title(explained)}\n")
    for item in _items(explained, cluster):
        if item.depth == 0:
            out.write("\n")
        out.write(f"{'  ' * (item.depth + 1)}{one_line(item.text, _LONGEST)}\n")
        for line in item.code:
            out.write(f"{'  ' * (item.depth + 2)}{line}\n")


def print_markdown(explained: Explanation, cluster: Cluster, out: TextIO) -> None:
    """Write the explanation to `out` as Markdown."""
    out.write(f"## {_WORDS[explained.allowed]} {markdown(_title(explained))}\n")
    for item in _items(explained, cluster):
        if item.depth == 0:
            out.write(f"\n**{markdown(item.text)}**\n\n")
        else:
            out.write(f"{'  ' * (item.depth - 1)}- {markdown(item.text)}\n")
        if item.code:
            margin = "  " * item.depth
            fence = "`" * (max([2, *map(len, re.findall("`+", "\n".join(item.code)))]) + 1)
            out.writelines(f"{margin}{line}\n" for line in ("", f"{fence}yaml", *item.code, fence))


def markdown(text: str) -> str:
    """Return one line of ours as Markdown: what may be markup stands in code spans, where nothing is."""
    text = one_line(text, _LONGEST)
    found, end = [], 0
    for span in _CODE.finditer(text):
        found += [_words_of(text[end : span.start()]), span.group()]
        end = span.end()
    return "".join([*found, _words_of(text[end:])])


def _words_of(text: str) -> str:
    return "".join(part if _is_harmless(part) else code_span(part) for part in re.split(r"(\s+)", text))


def _is_harmless(word: str) -> bool:
    if word.isspace() or word in ("->", "…"):
        return True
    linked = "://" in word or word.lower().lstrip("(").startswith("www.")
    return _HARMLESS.fullmatch(word) is not None and not linked


def code_span(word: str) -> str:
    """Return a code span: fenced by more backticks than the word has in a row."""
    fence = "`" * (max([0, *map(len, re.findall("`+", word))]) + 1)
    margin = " " if word.startswith("`") or word.endswith("`") else ""
    return f"{fence}{margin}{word}{margin}{fence}"


def _title(explained: Explanation) -> str:
    ends = f"{one_line(explained.source)} -> {one_line(explained.destination)}"
    return f"{ends} on {explained.port}/{explained.protocol}"


def _items(explained: Explanation, cluster: Cluster) -> Iterator[Item]:
    if explained.reason is not None:
        yield Item(0, one_line(explained.reason, _LONG))
    for policy in explained.unmodelled:
        name = f"{policy.namespace}/{policy.name}" if policy.namespace else policy.name
        told = f"{policy.kind} {name} ({policy.origin.span()}) is of a kind that is not modelled"
        yield Item(1, one_line(told, _LONG))
    for case in explained.cases:
        if explained.allowed is None:
            yield Item(0, f"{'allowed' if case.decision.allowed else 'denied'}, for one")
            yield from _assignment(case.assignment)
        yield from _ends(case, cluster)
        for side in case.sides:
            yield from _side(side, case, cluster)
        yield from _barrier(case, cluster) if case.decision.allowed else _remedy(case, cluster)


def _assignment(choices: Sequence[Choice]) -> Iterator[Item]:
    if choices:
        yield Item(1, "surely so if:")
    for choice in choices:
        yield Item(2, words.choice(choice))


def _ends(case: Case, cluster: Cluster) -> Iterator[Item]:
    flow = case.flow
    yield Item(0, "the two ends")
    for lead, end, address in (
        ("from", flow.source, flow.source_address),
        ("to", flow.destination, flow.destination_address),
    ):
        yield Item(1, f"{lead} {_end(end, address, cluster)}")
        if isinstance(end, Pod):
            yield Item(2, f"labels of the pod: {one_line(words.labels(end), _LONG) or 'none'}")
            yield Item(2, f"labels of its namespace: {one_line(words.namespace_labels(end), _LONG)}")


def _end(end: Endpoint, address: Address, cluster: Cluster) -> str:
    if not isinstance(end, Pod) or end.owner is None:
        return words.endpoint(end, cluster, address)
    kind, _, name = end.owner.partition("/")
    known = any(
        workload.owner == end.owner and workload.namespace == end.namespace.name
        for workload in cluster.population.by_address.get(address, ())
    )
    origin = cluster.workload_origins.get((kind, end.namespace.name, name))
    place = "" if origin is None else f" ({origin.span('metadata', 'name')})"
    shown = f"{address}" if known else f"{address}, for example"
    return f"{words.title(end)}, {kind}{place}, address {shown}"


def _side(side: ExplainedSide, case: Case, cluster: Cluster) -> Iterator[Item]:
    said = walk.side(side.decision, case.flow, cluster)
    pod = case.flow.destination if side.decision.direction is Direction.INGRESS else case.flow.source
    whose = f" at {words.title(pod)}" if isinstance(pod, Pod) else ""
    yield Item(
        0, f"{side.decision.direction.lower()}{whose}: {'allowed' if side.decision.allowed else 'denied'}"
    )
    yield Item(1, said)
    several = len(side.tiers) > 1 or any(tier.name != NETWORK_POLICY_TIER for tier in side.tiers)
    for tier in side.tiers:
        if several:
            yield Item(1, f"[{tier.name}]{'' if tier.policies else ' no policy speaks of this pod'}")
        yield from _tier(tier, 2 if several else 1, cluster)


def _tier(tier: AskedTier, depth: int, cluster: Cluster) -> Iterator[Item]:
    bystanders = [policy for policy in tier.policies if not policy.selects.matches]
    for policy in tier.policies:
        if policy.selects.matches or policy in bystanders[:_MOST_BYSTANDERS]:
            yield from _policy(policy, tier, depth, cluster)
    left = len(bystanders) - _MOST_BYSTANDERS
    if left > 0:
        noun = "policy does" if left == 1 else "policies do"
        yield Item(depth, f"{left} more {noun} not select the pod")


def _policy(policy: AskedPolicy, tier: AskedTier, depth: int, cluster: Cluster) -> Iterator[Item]:
    does = "selects the pod" if policy.selects.matches else "does not select the pod"
    at = place_of(policy.title, policy.selects, cluster)
    priority = "" if policy.priority is None else f", priority {policy.priority},"
    named = f"{words.policy(policy.title, cluster)}{priority}"
    yield Item(depth, f"{named} {does}: {one_line(policy.selects.text, _LONG)} ({at})")
    if policy.note is not None:
        yield Item(depth + 1, policy.note)
    elif policy.applies and not policy.rules:
        yield Item(depth + 1, "isolates it, and has no rule for this direction: it lets nothing through")
    for rule in policy.rules:
        yield from _rule(rule, policy, tier, depth + 1, cluster)


def _rule(
    rule: TriedRule, policy: AskedPolicy, tier: AskedTier, depth: int, cluster: Cluster
) -> Iterator[Item]:
    does = ""
    if tier.name != NETWORK_POLICY_TIER:
        does = f", {walk.action_word(rule.action, rule.ref)}"
    called = f" `{one_line(rule.name)}`" if rule.name else ""
    verdict = "matches" if rule.matches else "does not match"
    place = words.rule_span(rule.ref, cluster)
    yield Item(depth, f"{rule.ref.rule}{called} ({place}){does}: {verdict}")
    if rule.note is not None:
        yield Item(depth + 1, rule.note)
    ingress = rule.ref.direction is Direction.INGRESS
    yield from _parts(rule.peers, "from" if ingress else "to", policy, depth + 1, cluster)
    yield from _parts(rule.ports, "ports", policy, depth + 1, cluster)


def _parts(
    parts: Sequence[Part], field: str, policy: AskedPolicy, depth: int, cluster: Cluster
) -> Iterator[Item]:
    """What matches, or else what does not: where an item of a list does, the others do not matter."""
    matching = [part for part in parts if part.matches][:1]
    shown = matching or parts[:_MOST_MISSES]
    for part in shown:
        verdict = "matches" if part.matches else "fails"
        at = place_of(policy.title, part, cluster)
        yield Item(depth, f"{_field(part, field)} {verdict}: {one_line(part.text, _LONG)} ({at})")
    if len(parts) > len(shown) and not matching:
        yield Item(depth, f"{len(parts) - len(shown)} more of `{field}` fail")


def _field(part: Part, field: str) -> str:
    """The item of the list that is meant: `from[0]`."""
    if field in part.route:
        after = part.route[part.route.index(field) + 1 :]
        return f"{field}[{after[0]}]" if after else field
    return field


def place_of(title: str, part: Part, cluster: Cluster) -> str:
    """Return where a part of the policy called `title` is written."""
    return str(cluster.origins[title].span(*part.route))


def _barrier(case: Case, cluster: Cluster) -> Iterator[Item]:
    """What would refuse the flow: one side is enough."""
    sides = (case.decision.egress, case.decision.ingress)
    hints = [hint for side in sides if (hint := _closing(side, case, cluster)) is not None]
    if hints:
        yield Item(0, "to deny it" if len(hints) == 1 else "to deny it, one of these is enough")
    yield from (Item(1, hint) for hint in hints)


def _closing(side: SideDecision, case: Case, cluster: Cluster) -> str | None:
    """What would close one side; None where no policy is asked."""
    egress, section = side.direction is Direction.EGRESS, side.direction.lower()
    rules = ", ".join(words.rule(ref, cluster) for ref in side.rules)
    match side.reason:
        case Reason.NOT_ISOLATED:
            pod = words.endpoint(case.flow.source if egress else case.flow.destination, cluster)
            return (
                f"{section}: select {pod} with a NetworkPolicy of `policyTypes: [{side.direction}]`;"
                f" what its {section} rules do not list is refused"
            )
        case Reason.RULE:
            which = "this rule" if len(side.rules) == 1 else "each of these rules"
            return f"{section}: make {which} narrower: {rules}"
        case Reason.ACCEPTED:
            return f"{section}: put a rule that denies it before {rules}, or make that rule narrower"
        case _:
            return None


def _remedy(case: Case, cluster: Cluster) -> Iterator[Item]:
    yield Item(0, "to allow it")
    for change in case.changes:
        text = words.change(change, cluster)
        if change.manifest is None:
            yield Item(1, text)
        else:
            manifest = json.dumps(change.manifest, indent=2)
            yield Item(1, f"{text}:", tuple(one_line(line, _LONG) for line in manifest.splitlines()))
    if case.changes:
        return
    for side in (case.decision.egress, case.decision.ingress):
        if not side.allowed:
            yield Item(1, _hint(side, case, cluster))


def _hint(side: SideDecision, case: Case, cluster: Cluster) -> str:
    """What to look at where no change surely does it."""
    section = side.direction.lower()
    if side.reason is Reason.DENIED:
        rules = ", ".join(words.rule(ref, cluster) for ref in side.rules)
        denied_after = any(step.tier == NETWORK_POLICY_TIER for step in side.walk)
        if denied_after:
            other = "select the pod with a NetworkPolicy that lets it through, or"
        else:
            other = "no NetworkPolicy can, since the Admin tier is asked before them:"
        return f"{section}: {other} put a rule that allows it before {rules}, or make that rule narrower"
    for miss in case.nearest:
        if miss.rule.direction is side.direction:
            near = f"{words.rule(miss.rule, cluster)}: {one_line(miss.text, 400)}"
            return f"{section}: the nearest rule is {near}"
    isolating = ", ".join(words.policy(name, cluster) for name in side.isolating)
    return f"{section}: give {isolating} a rule for it, or write a NetworkPolicy that has one"
