"""What a rule of the lint finds, and what is known of each rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.population import World

Route = tuple[str | int, ...]


class Level(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that the lint looks for.

    Args:
        id: stable, kebab-case.
        world: for whom a finding is claimed: any pod that could ever exist, or the pods shown alone.
        summary: what it finds, in one line without a full stop.
        why: why that matters, in whole sentences.
        fix: what to do about it, in whole sentences.
        on_request: looked for only where `--select` names it.
    """

    id: str
    level: Level
    world: World
    summary: str
    why: str
    fix: str
    on_request: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A value in a manifest: of the policy called `owner`, or of the workload `(kind, namespace, name)`.

    `at_key` points at the key instead of the value.
    """

    owner: str | tuple[str, str, str]
    route: Route = ()
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a finding rests on: what covers, refuses or contradicts, and where that is written."""

    text: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `object` is what a waiver names: `shop/default-deny`, or a workload's `shop/web`.

    `part` is the place within the object (`ingress[0].from[1]`), empty where the whole is meant. `world` is
    for whom it is claimed, where that is not what the rule says.
    """

    rule: Rule
    object: str
    place: Place
    message: str
    part: str = ""
    evidence: tuple[Evidence, ...] = ()
    fix: str = ""
    world: World | None = None

    @property
    def claimed_for(self) -> World:
        """For whom it is claimed."""
        return self.rule.world if self.world is None else self.world

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id
