"""What a row hangs on, in words: the readings and the facts behind the atoms that decide (S-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from verifier.analyses.map.address_cells import beyond, whole
from verifier.analyses.map.address_words import blocks_of
from verifier.analyses.map.diagram import Atom, Kind
from verifier.analyses.map.facts import asked_ranges
from verifier.analyses.map.selectors import End
from verifier.cluster import Cluster
from verifier.diagnostics import one_line
from verifier.readings import reading_row

_MOST_NAMED = 3


class ReasonKind(StrEnum):
    """What sort of thing decides."""

    READING = "reading"
    FACT = "fact"
    ORDER = "order"
    FAMILY = "family"
    UNMODELLED = "unmodelled"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that decides; `id` is the item of the specification, `text` completes "depends on …"."""

    kind: ReasonKind
    id: str
    text: str


def reasons_of(deciding: Iterable[Atom], cluster: Cluster) -> tuple[Reason, ...]:
    """Return the reasons behind some atoms, in their order; those about one thing are one."""
    about: dict[tuple[Kind, str, str], list[Atom]] = {}
    for atom in sorted(deciding):
        key = atom.key if atom.kind is not Kind.ADDRESS else ""
        about.setdefault((atom.kind, atom.who, key), []).append(atom)
    found = (_reason(group, cluster) for group in about.values())
    return tuple(dict.fromkeys(found))


def _reason(group: list[Atom], cluster: Cluster) -> Reason:
    first = group[0]
    who, key = one_line(str(first.who)), one_line(first.key)
    match first.kind:
        case Kind.FAMILY:
            return Reason(ReasonKind.FAMILY, "NP-33", "the IP version: IPv4 and IPv6 are not treated alike")
        case Kind.READING:
            row = reading_row(first.who)
            text = f"the reading `{row.name}`: {row.words[0]}, or {row.words[1]}"
            return Reason(ReasonKind.READING, row.item, text)
        case Kind.POLICIES:
            return Reason(ReasonKind.UNMODELLED, "S-12", _unmodelled(who, cluster))
        case Kind.ORDER:
            item = "CNP-11" if first.who.startswith("ClusterNetworkPolicy/") else "ANP-11"
            if key:
                return Reason(ReasonKind.ORDER, item, f"the order of {who} and more of equal priority")
            others = ", ".join(one_line(atom.value) for atom in group)
            return Reason(ReasonKind.ORDER, item, f"the order of {who} and {others}, of equal priority")
        case Kind.NAMESPACE_LABEL:
            text = f"the label `{key}` of namespace `{who}`, which is not declared"
            return Reason(ReasonKind.FACT, "S-4", text)
        case Kind.NODE_LABEL:
            node = f"node `{who}`" if who else "a node of which nothing is stated"
            return Reason(ReasonKind.FACT, "CNP-10", f"the label `{key}` of {node}")
        case Kind.LABEL:
            return Reason(ReasonKind.FACT, "S-13", f"the label `{key}` of {who}, which a controller sets")
        case Kind.NODE:
            return Reason(ReasonKind.FACT, "CNP-10", f"the node that {who} runs on")
        case Kind.SAME_NODE:
            return Reason(ReasonKind.FACT, "NP-41", "whether FROM and TO run on one node")
        case Kind.ADDRESS:
            text = f"the address of {who}: whether it lies in {', '.join(dict.fromkeys(_cidrs(group)))}"
            return Reason(ReasonKind.FACT, "S-1", text)
        case Kind.TOO_MUCH:
            return Reason(ReasonKind.FACT, "S-1", "more facts together than are gone through here")
        case Kind.DOMAIN_NAME:
            names = ", ".join(f"`{one_line(atom.value)}`" for atom in group)
            return Reason(ReasonKind.FACT, "CNP-9", f"which addresses {names} stands for")


def _cidrs(group: Iterable[Atom]) -> Iterator[str]:
    """Yield the addresses that are asked for, the way a policy would write them."""
    for atom in group:
        parts = asked_ranges(atom)
        others = [whole(parts[0].version)]
        for part in parts:
            others = list(beyond(others, part.low, part.high))
        for block in blocks_of(parts, others):
            holes = " and ".join(f"`{hole}`" for hole in block.without)
            yield f"`{block.cidr}` except {holes}" if holes else f"`{block.cidr}`"


def _unmodelled(who: str, cluster: Cluster) -> str:
    titles = [
        one_line(f"{each.kind} {each.name if each.namespace is None else f'{each.namespace}/{each.name}'}")
        for each in cluster.unmodelled
    ]
    more = f" and {len(titles) - _MOST_NAMED} more" if len(titles) > _MOST_NAMED else ""
    which = f"{', '.join(titles[:_MOST_NAMED])}{more}"
    side = "egress" if who == End.FROM else "ingress"
    return f"policies that are not modelled, on {side} of {who}: {which}"
