"""Several counterexamples of one property, each for another reason: those of each of its questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import z3

from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.encodings.causes import Causes
from verifier.encodings.question import Question
from verifier.properties.spec.scope import Cover, Property, Require, Statement, World
from verifier.replay import Replay
from verifier.solver.bare import Uncovered
from verifier.solver.context import Context, Untrusted
from verifier.solver.further import Further, InWords, in_turn
from verifier.solver.passages import Passages
from verifier.solver.reasons import Reasons, Refusals
from verifier.solver.recall import Record
from verifier.solver.search import Search
from verifier.verdict import Counterexample, Depends, Refuted, Verdict


@dataclass(frozen=True, slots=True)
class Violated:
    """One question of a property that something violates: its place among them, and what violates it."""

    place: int
    verdict: Refuted | Depends
    record: Record


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdicts on a property, and what it takes to look for more of what violates it.

    `violated` and `complete` are about the property's own world; `complete`: no question is open.
    """

    prop: Property
    verdicts: Mapping[World, Verdict]
    violated: tuple[Violated, ...] = ()
    complete: bool = False
    seconds_left: float = 0.0


class Several:
    """The counterexamples `shown` so far; `exhaustive`: there is no other reason.

    `ask` gives the questions of a statement, `in_words` says an assignment as its reader would.
    """

    def __init__(
        self,
        context: Context,
        cluster: Cluster,
        ask: Callable[[Statement], tuple[Question, ...]],
        replay: Replay,
        in_words: InWords,
    ) -> None:
        self.context, self.cluster, self.ask, self.replay = context, cluster, ask, replay
        self.in_words = in_words
        self.shown: list[Counterexample] = []
        self.exhaustive = False

    def look(self, decided: Decided, most: int, deadline: Deadline) -> None:
        """Look for `most` counterexamples.

        Raises:
            LimitError: time or memory ran out; what was found by then is shown.
            InternalError: the reference reading does not confirm one.
        """
        prop = decided.prop
        if not self._tells_reasons(prop):
            return
        order = sorted(decided.violated, key=lambda each: not isinstance(each.verdict, Refuted))
        begun = [self._begun(prop, each, deadline) for each in order]
        for found in in_turn(begun):
            if len(self.shown) == most:
                return
            self.shown.append(found)
        self.exhaustive = decided.complete and all(further.exhaustive for further in begun)

    def _tells_reasons(self, prop: Property) -> bool:
        """Whether the NetworkPolicies shown decide alone: reasons are told by them."""
        alone = isinstance(prop.of_one_set, Cover) or not self.cluster.tiers
        return alone and self.context.untrusted == Untrusted() and prop.world is not World.ANY_POLICY

    def _begun(self, prop: Property, violated: Violated, deadline: Deadline) -> Further:
        question = self.ask(prop.of_one_set)[violated.place]
        search = Search(self.context, question, dict(prop.readings), deadline)
        here = [search.violating, *([search.snapshot] if prop.world is World.SNAPSHOT else [])]
        readings = prop.readings if isinstance(violated.verdict, Refuted) else None

        def show(model: z3.ModelRef) -> Counterexample:
            return self.replay.confirmed(prop.of_one_set, question, model, prop.world, deadline, readings)

        reasons = self._reasons(prop.of_one_set, question)
        return Further(search, here, reasons, show, self.in_words, violated.verdict, violated.record)

    def _reasons(self, statement: Statement, question: Question) -> Reasons:
        if isinstance(statement, Cover) and question.covers is not None:
            replayed = partial(self.replay.of_pod, statement, question)
            return Uncovered(self.context, question.covers, replayed)
        causes = Causes(self.context.symbols, self.context.sides.policies)
        kind = Refusals if isinstance(statement, Require) else Passages
        return kind(self.context, causes)
