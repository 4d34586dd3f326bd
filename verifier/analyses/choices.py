"""Choices in words where they pick what the solver made up: a node or a label value that nobody names."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from verifier.verdict import Choice, ChoiceKind

IsSpare = Callable[[str, str, str], bool]
_NODE = re.compile(r"the node of (.+)")
_LABEL = re.compile(r"the label `([^`]+)` of (.+)")
UNSTATED_NODE = "a node of which nothing is stated"


def in_words(
    assignment: Sequence[Choice], unstated_nodes: Collection[str], is_spare: IsSpare
) -> tuple[Choice, ...]:
    """Return the choices, with words for what is made up instead of a name that reads as a literal one.

    Args:
        unstated_nodes: the names of nodes that the input neither declares nor names.
        is_spare: whether a value of a label (its key, its holder) stands for those that nobody mentions.
    """
    first: dict[tuple[str, object], str] = {}
    return tuple(_spelt(choice, unstated_nodes, is_spare, first) for choice in assignment)


def _spelt(
    choice: Choice,
    unstated_nodes: Collection[str],
    is_spare: IsSpare,
    first: dict[tuple[str, object], str],
) -> Choice:
    """`first` holds of each sort of thing and each made-up value who was said to have it."""
    if choice.kind is not ChoiceKind.FACT:
        return choice
    if (found := _NODE.fullmatch(choice.about)) is not None:
        subject = found[1]
        if choice.value not in unstated_nodes:
            return choice
        which = _which("node", choice.value, subject, first)
        said = {
            None: f"on {UNSTATED_NODE}",
            "": "on another node of which nothing is stated",
        }.get(which, f"on the node of {which}")
        return replace(choice, text=f"{subject} runs {said}")
    if (found := _LABEL.fullmatch(choice.about)) is not None:
        key, subject = found[1], found[2]
        if isinstance(choice.value, str) and is_spare(key, subject, choice.value):
            which = _which(f"label {key}", choice.value, subject, first)
            said = {
                None: "a value that nothing here names",
                "": "another value that nothing here names",
            }.get(which, f"the value that {which} has")
            choice = replace(choice, text=f"{subject} has a label `{key}`, with {said}")
    text = choice.text
    for name in unstated_nodes:
        text = text.replace(f"address of node {name} ", f"address of {UNSTATED_NODE} ")
        text = text.replace(f"node `{name}`", UNSTATED_NODE)
    return replace(choice, text=text)


def _which(sort: str, value: object, subject: str, first: dict[tuple[str, object], str]) -> str | None:
    """Return who was said to have it before; empty: somebody has a different one; None: it is the first."""
    known = first.get((sort, value))
    if known is not None:
        return known
    others = any(key[0] == sort for key in first)
    first[sort, value] = subject
    return "" if others else None
