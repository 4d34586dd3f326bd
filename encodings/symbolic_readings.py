"""The points that the specification leaves open, as variables; a pinned one has a unit clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import z3

from verifier.encodings.terms import Terms
from verifier.readings import FREE, READINGS


@dataclass(frozen=True, slots=True)
class SymbolicReadings:
    """For each reading the variable "it has its first value"; profile `kubernetes` pins most (S-6)."""

    first: Mapping[str, z3.BoolRef]

    def __getitem__(self, name: str) -> z3.BoolRef:
        return self.first[name]


def symbolic_readings(terms: Terms) -> SymbolicReadings:
    """Return one fresh variable for each reading of the table."""
    return SymbolicReadings({row.name: terms.boolean(f"reading[{row.name}]") for row in READINGS})


def pin_readings(
    terms: Terms, readings: SymbolicReadings, choices: Mapping[str, bool | str]
) -> list[z3.BoolRef]:
    """Return "each reading has its chosen value"; missing ones have their first, `FREE` ones any.

    Raises:
        ValueError: a choice is none of its reading's values.
    """
    pinned = []
    for row in READINGS:
        choice = choices.get(row.name, row.values[0])
        if choice == FREE:
            continue
        if choice not in row.values:
            raise ValueError(f"`{row.name}` is one of {row.values} or `{FREE}`, not `{choice}`")
        first = readings[row.name]
        pinned.append(first if choice == row.values[0] else terms.negation(first))
    return pinned


def free_readings(choices: Mapping[str, bool | str]) -> tuple[str, ...]:
    """Return the names of the readings that `choices` leaves free, in the order of the table."""
    return tuple(row.name for row in READINGS if choices.get(row.name) == FREE)
