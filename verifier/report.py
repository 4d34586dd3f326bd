"""What a run found, as values: what renderers print and programs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verifier.diagnostics import Diagnostic, Span
from verifier.exit_code import ExitCode
from verifier.flow import Flow
from verifier.properties.spec.scope import Property, World
from verifier.verdict import Counterexample, Depends, Refuted, Unknown, Verdict, Word

if TYPE_CHECKING:  # the command line knows the exit codes without loading pydantic
    from verifier.cluster import Assumption, Cluster


@dataclass(frozen=True, slots=True)
class PropertyResult:
    """The verdict on one property, in the world that its file asks for and in both worlds."""

    prop: Property
    location: Span
    verdicts: Mapping[World, Verdict]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The property's name."""
        return self.prop.name

    @property
    def world(self) -> World:
        """The world that the exit code follows."""
        return self.prop.world

    @property
    def verdict(self) -> Verdict:
        """The verdict in the property's own world."""
        return self.verdicts[self.prop.world]

    @property
    def any_pod(self) -> Verdict:
        """The verdict for every pod that could ever exist."""
        return self.verdicts[World.ANY_POD]

    @property
    def counterexample(self) -> Counterexample | None:
        """The violation shown, in the property's own world."""
        return self.verdict.counterexample if isinstance(self.verdict, Refuted | Depends | Unknown) else None

    @property
    def counterexamples(self) -> tuple[Counterexample, ...]:
        """All violations shown, in the property's own world, each for another reason."""
        more = self.verdict.more if isinstance(self.verdict, Refuted | Depends) else None
        if more is not None:
            return more.counterexamples
        return () if self.counterexample is None else (self.counterexample,)

    @property
    def met(self) -> bool:
        """Whether every expectation is met; expecting nothing means `proved` in the property's own world."""
        return not self.unmet

    @property
    def unmet(self) -> tuple[World, ...]:
        """The worlds in which the verdict is not the one expected."""
        return tuple(world for world, word in self.prop.expected.items() if self.verdicts[world].word != word)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two properties, by name and place, that no policies can satisfy together.

    The one wants `flow` allowed, the other refused.
    """

    required: tuple[str, Span]
    refused: tuple[str, Span]
    flow: Flow


@dataclass(frozen=True, slots=True)
class SetReport:
    """One property file: its inputs, what was assumed, and the verdicts.

    `all_contradictions`: there are no others.
    """

    file: str
    files: int
    cluster: Cluster
    assumptions: tuple[Assumption, ...]
    warnings: tuple[Diagnostic, ...]
    properties: tuple[PropertyResult, ...]
    contradictions: tuple[Contradiction, ...] = ()
    all_contradictions: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `diagnostics` are the faults of the input; where there are any, nothing was decided."""

    sets: tuple[SetReport, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default_factory=tuple)

    @property
    def results(self) -> tuple[PropertyResult, ...]:
        """All results of all sets, in order."""
        return tuple(result for one in self.sets for result in one.properties)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many properties have each verdict in their own world, and how many expectations are unmet."""
        counts = {str(word): 0 for word in Word}
        for result in self.results:
            counts[result.verdict.word] += 1
        return {**counts, "unmet": sum(not result.met for result in self.results)}

    @property
    def exit_code(self) -> ExitCode:
        """2 for bad input, then 1 for a verdict that is not the expected one, then 3 for one nobody knows."""
        if self.diagnostics:
            return ExitCode.BAD_INPUT
        surprising = [result.verdicts[world] for result in self.results for world in result.unmet]
        if any(verdict.word != Word.UNKNOWN for verdict in surprising):
            return ExitCode.FAILED
        return ExitCode.INCONCLUSIVE if surprising else ExitCode.HELD
