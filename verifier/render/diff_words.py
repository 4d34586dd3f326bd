"""Blocks of flows in words, for every format that people read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.analyses.selectors import all_of
from verifier.cluster import Cluster
from verifier.diagnostics import Span, one_line
from verifier.differ import DiffReport, Section, Side, Topic
from verifier.difference import (
    Addresses,
    Block,
    Cause,
    Change,
    End,
    Extent,
    Found,
    PortSpan,
    Rooms,
    Sort,
    Version,
)
from verifier.flow import MAX_PORT, MIN_PORT
from verifier.manifest.labels import LabelSelector
from verifier.render import words
from verifier.render.words import counted

_MOST = 6
TITLES = {
    Topic.POLICIES_OVER_NEW: "policies",
    Topic.POLICIES_OVER_OLD: "policies, over the pods and namespaces of OLD",
    Topic.WORKLOADS: "workloads with other labels or ports, under the policies of NEW",
    Topic.AS_DEPLOYED: "all changes together, for the workloads that both versions have",
}
_PROVED = "proved for every pod that could exist, under every reading"
_PROVED_SHOWN = "proved for the pods shown, under every reading"


@dataclass(frozen=True, slots=True)
class Why:
    """What brought a block about: a policy or a rule, in which version and where, and what it does."""

    name: str
    version: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.name} ({self.version}: {self.place}) {self.text}"


@dataclass(frozen=True, slots=True)
class Told:
    """A block in words: who, to whom, on what; what it hangs on, what brought it about, a witness."""

    source: str
    destination: str
    on: str
    where: tuple[str, ...]
    because: tuple[Why, ...]
    witness: str


def told(block: Block, topic: Topic, report: DiffReport) -> Told:
    """Return a block in words."""
    by_name = topic in (Topic.WORKLOADS, Topic.AS_DEPLOYED)
    cluster = report.sides[Version.OLD if topic is Topic.POLICIES_OVER_OLD else Version.NEW].cluster
    source, destination = words.flow(block.witness.flow, cluster)
    return Told(
        source=_by_name(block.source) if by_name else end(block.source),
        destination=_by_name(block.destination) if by_name else end(block.destination),
        on=_on(block),
        where=tuple(one_line(text, 400) for text in block.conditions),
        because=tuple(dict.fromkeys(cause(each, topic, report) for each in block.witness.causes)),
        witness=f"{source} -> {destination}",
    )


# --- who ---------------------------------------------------------------------------------------------------


def end(of: End) -> str:
    """Return who stands at an end."""
    whole = of.rooms is None and of.addresses is None and not all_of(of.pods)
    if whole and set(of.sorts) == set(Sort):
        return "anybody"
    parts = []
    shown = "" if of.rooms is None and not all_of(of.pods) else _shown(of.workloads)
    if Sort.POD in of.sorts:
        parts.append(f"{_pods(of)}{shown}")
        if Sort.HOST_NETWORK_POD in of.sorts:
            parts.append("those on the host network")
    elif Sort.HOST_NETWORK_POD in of.sorts:
        parts.append(f"{_pods(of)} on the host network{shown}")
    if Sort.EXTERNAL in of.sorts:
        parts.append("addresses outside the cluster")
    if Sort.NODE in of.sorts:
        parts.append("nodes")
    who = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"{who}{_at(of)}"


def _at(of: End) -> str:
    if of.addresses is None:
        return ""
    listed = f"{'not ' if of.elsewhere else ''}in {words.first_of(of.addresses, _address)}"
    if of.sorts == (Sort.EXTERNAL,):
        return f" {listed}"
    return f", if the address {f'does not lie{listed[3:]}' if of.elsewhere else f'lies {listed}'}"


def _pods(of: End) -> str:
    labels = all_of(of.pods)
    pods = f"pods with {labels}" if labels else "every pod"
    return f"{pods}{'' if of.rooms is None else f' of {_rooms(of.rooms)}'}"


def _rooms(rooms: Rooms) -> str:
    if rooms.selector is not None:
        wanted = all_of(rooms.selector)
        return f"namespaces with {wanted}" if wanted else "every namespace"
    names = ", ".join(one_line(name) for name in rooms.names)
    if rooms.all_but:
        existing = f"every namespace but {names}" if names else "every existing namespace"
    else:
        existing = f"namespace{'' if len(rooms.names) == 1 else 's'} {names}" if names else ""
    if not rooms.new:
        return existing if not rooms.all_but or not names else f"every existing namespace but {names}"
    wanted = all_of(rooms.new_labels or LabelSelector())
    called = ", ".join(one_line(name) for name in rooms.new_names)
    if rooms.all_but and not wanted and not called and rooms.new_all_but:
        return existing if names else "every namespace"
    new = f"new namespaces{f' with {wanted}' if wanted else ''}"
    if called:
        new += f" {'not ' if rooms.new_all_but else ''}called {called}"
    return f"{existing} and {new}" if existing else new


def _shown(workloads: Sequence[str]) -> str:
    return f" ({_named(workloads)})" if workloads else ""


def _named(workloads: Sequence[str]) -> str:
    """Return workloads as `shop/web, shop/db and 3 more`."""
    names = list(dict.fromkeys("/".join(each.split("/")[::2]) for each in workloads))
    named = ", ".join(one_line(name) for name in names[:_MOST])
    return named if len(names) <= _MOST else f"{named} and {len(names) - _MOST} more"


def _by_name(of: End) -> str:
    parts = [_named(of.workloads)] if of.workloads else []
    if Sort.EXTERNAL in of.sorts:
        parts.append(f"addresses outside the cluster{_at(replace(of, sorts=(Sort.EXTERNAL,)))}")
    if Sort.NODE in of.sorts:
        parts.append("nodes")
    return " and ".join(parts)


def _address(of: Addresses) -> str:
    if not of.without:
        return of.cidr
    holes = ", ".join(of.without[:_MOST])
    more = len(of.without) - _MOST
    return f"{of.cidr} except {holes}{f' and {more} more' if more > 0 else ''}"


# --- on what -----------------------------------------------------------------------------------------------


def _on(block: Block) -> str:
    spans = block.ports
    if block.named:
        names = ", ".join(f"`{one_line(key)}`" for key in block.named)
        protocols = {key.rpartition("/")[2] for key in block.named}
        rest = [span for span in spans or () if span.protocol in protocols and not _is_whole(span)]
        among = f", one of {', '.join(map(port, rest))}" if rest else ""
        return f"the port called {names}{among}"
    if spans is None:
        return "every port"
    return ", ".join(map(port, spans))


def port(span: PortSpan) -> str:
    """Return ports as `443/TCP`, `8000-8999/TCP`, `every UDP port`."""
    if _is_whole(span):
        return f"every {span.protocol} port"
    if span.first == span.last:
        return f"{span.first}/{span.protocol}"
    return f"{span.first}-{span.last}/{span.protocol}"


def _is_whole(span: PortSpan) -> bool:
    return (span.first, span.last) == (MIN_PORT, MAX_PORT)


# --- why ---------------------------------------------------------------------------------------------------


def cause(of: Cause, topic: Topic, report: DiffReport) -> Why:
    """Return what brought it about, with its place."""
    version = of.version
    if topic is Topic.WORKLOADS:
        version = Version.NEW
    cluster = report.sides[version].cluster
    name = words.rule_name(of.rule) if of.rule is not None else one_line(of.policy)
    return Why(name, version.upper(), one_line(str(cause_span(of, cluster)), 4096), one_line(of.text, 400))


def cause_span(of: Cause, cluster: Cluster) -> Span | None:
    """Return where it is written."""
    return words.policy_span(of.policy, cluster) if of.rule is None else words.rule_span(of.rule, cluster)


# --- what is proved ----------------------------------------------------------------------------------------


def conclusion(change: Change, report: DiffReport) -> str:
    """Return in one sentence what is known of flows gained, or lost."""
    number = len(report.blocks(change))
    if report.nothing(change):
        return f"no flow {change}: {_PROVED}"
    if not number:
        reasons = report.unsettled or tuple(dict.fromkeys(undecided(change, report)))
        return f"whether a flow is {change} is not known: {'; '.join(one_line(r, 400) for r in reasons)}"
    more = any(section.found[change].more for section in report.sections)
    return f"flows {change}: {blocks(number)}{' or more' if more else ''}"


def undecided(change: Change, report: DiffReport) -> Iterator[str]:
    """Yield why nobody knows whether there is more."""
    for section in report.sections:
        reason = section.found[change].undecided
        if reason is not None:
            yield reason


def blocks(number: int) -> str:
    """Return `1 block`, `2 blocks`."""
    return f"{number} block{'' if number == 1 else 's'}"


def rest(section: Section, change: Change) -> str | None:
    """Return what a section leaves untold of one change."""
    found = section.found[change]
    if found.undecided is not None:
        return f"there may be more: {one_line(found.undecided, 400)}"
    return "there are more: these are the first" if found.more else None


def of_extent(found: Found, extent: Extent) -> list[Block]:
    """Return the blocks of one extent."""
    return [block for block in found.blocks if block.extent is extent]


EXTENTS = {
    Extent.SHOWN: "between the pods shown, nodes and addresses outside",
    Extent.ANY_POD: "from or to pods that could exist, and are not shown",
    Extent.ANY_READING: "under other readings of the specification alone",
}


def headline(report: DiffReport) -> str:
    """Return the change in a line."""
    if all(report.nothing(change) for change in Change):
        return "equivalent: both say the same of every pod that could exist, under every reading"
    return "; ".join(conclusion(change, report) for change in Change)


ALWAYS_TOLD = (Topic.WORKLOADS, Topic.AS_DEPLOYED)
"""Topics of which it is said too that nothing was found."""


def nothing_in(section: Section, report: DiffReport) -> str:
    """Return that a section tells of no flow, or why nobody knows."""
    reasons = [found.undecided for found in section.found.values() if found.undecided is not None]
    reasons += report.unsettled
    if reasons:
        return f"not known: {one_line(reasons[0], 400)}"
    return f"no flow gained, no flow lost: {_PROVED_SHOWN}"


def inputs(side: Side) -> str:
    """Return how much was read of one version."""
    cluster = side.cluster
    policies = counted(len(cluster.policies) + len(cluster.tiers), "policy")
    workloads = counted(len(cluster.population.workloads), "workload")
    return f"{policies}, {workloads} in {counted(side.files, 'file')}"


FIRST = Topic.POLICIES_OVER_NEW


def verdict(report: DiffReport) -> str:
    """Return the change in a few words."""
    if all(report.nothing(change) for change in Change):
        return "equivalent"
    parts = []
    for change in Change:
        number = len(report.blocks(change))
        known = "no flow" if report.nothing(change) else "perhaps flows"
        parts.append(f"{blocks(number) if number else known} {change}")
    return ", ".join(parts)


ASSUMED = (
    "Pods and nodes whose addresses nobody states have some in private or shared ranges (S-2), and pods that"
    " nobody shows are not on the host network (S-5)."
)
"""What "every pod that could exist" means."""


def assumed(report: DiffReport) -> str | None:
    """Return what is assumed where it is proved that nothing changes; None: that is not said."""
    return ASSUMED if any(report.nothing(change) for change in Change) else None


def unmodelled_note(report: DiffReport) -> str | None:
    """Return that policies of other kinds may undo some of the blocks; None: they cannot."""
    if all(report.surely(block) for change in Change for block in report.blocks(change)):
        return None
    names = words.first_of(list(dict.fromkeys(f"{each.kind} {each.name}" for each in report.unmodelled)), str)
    return f"So say the policies that are modelled; whether {names} undoes some of it is not known."


def notes(report: DiffReport) -> list[str]:
    """Return what a reader should know of all blocks."""
    each = (readings_note(report), unmodelled_note(report), assumed(report))
    return [note for note in each if note is not None]


def readings_note(report: DiffReport) -> str | None:
    """Return whose readings blocks hang on; None: on nobody's."""
    if all(block.every_reading for change in Change for block in report.blocks(change)):
        return None
    return f"The specification is read as profile {report.profile} reads it; others may find more or less."
