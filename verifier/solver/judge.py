"""The verdict on one question in both worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import z3

from verifier.population import World
from verifier.solver.answers import Sat, Undecided, Unsat
from verifier.solver.completions import Always, Completions, Sometimes, Unsettled
from verifier.solver.preferences import polish
from verifier.solver.search import Search
from verifier.verdict import Choice


@dataclass(frozen=True, slots=True)
class Holds:
    """No completion violates it."""


@dataclass(frozen=True, slots=True)
class Fails:
    """Every completion violates it; one model, which is a violation where all that it `supposes` is so."""

    model: z3.ModelRef
    supposes: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class DependsOn:
    """Some completions violate it, those of `assignment` among them, and some do not; one model."""

    model: z3.ModelRef
    assignment: tuple[Choice, ...]
    irreducible: bool


@dataclass(frozen=True, slots=True)
class MayFail:
    """Some completion violates it (one model), and nobody could tell whether all do; `facts` it rests on."""

    model: z3.ModelRef
    reason: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing is in the scope, whatever the policies say."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """Nobody knows, for a reason in words."""

    reason: str


Judgement = Holds | Fails | DependsOn | MayFail | Empty | GaveUp


@dataclass(frozen=True, slots=True)
class Judgements:
    """The judgement in each world."""

    snapshot: Judgement
    any_pod: Judgement


class Judge:
    """Judges one question. The wider world is asked first: what holds for any pod holds in the snapshot."""

    def __init__(self, search: Search) -> None:
        self.search = search

    def judge(self) -> Judgements:
        """Return the judgements."""
        search = self.search
        wide = search.run([search.violating])
        if isinstance(wide, Unsat):
            snapshot = self._holds(World.SNAPSHOT)
            # Who exists in the snapshot exists in the wider world.
            inhabited = isinstance(snapshot, Holds)
            return Judgements(snapshot, self._holds(World.ANY_POD, inhabited=inhabited))
        narrow = search.run([search.violating, search.snapshot])
        match narrow:
            case Sat(model=model):
                snapshot = self._fails(model, [search.violating, search.snapshot])
                if isinstance(snapshot, Fails):
                    return Judgements(snapshot, snapshot)
            case Unsat():
                snapshot = self._holds(World.SNAPSHOT)
            case Undecided(reason=reason):
                snapshot = GaveUp(reason)
        if isinstance(wide, Sat):
            return Judgements(snapshot, self._fails(wide.model, [search.violating]))
        return Judgements(snapshot, GaveUp(wide.reason))

    def judge_snapshot(self) -> Judgement:
        """Return the judgement on the pods shown alone."""
        here = [self.search.violating, self.search.snapshot]
        match self.search.run(here):
            case Unsat():
                return self._holds(World.SNAPSHOT)
            case Sat(model=model):
                return self._fails(model, here)
            case Undecided(reason=reason):
                return GaveUp(reason)

    def judge_any_pod(self) -> Judgement:
        """Return the judgement on the wider world alone."""
        match self.search.run([self.search.violating]):
            case Unsat():
                return self._holds(World.ANY_POD)
            case Sat(model=model):
                return self._fails(model, [self.search.violating])
            case Undecided(reason=reason):
                return GaveUp(reason)

    def _fails(self, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> Judgement:
        shown = polish(self.search, model, assumptions)
        match Completions(self.search).settle(shown, assumptions):
            case Always(model=robust, under=under):
                # Where policies are not modelled, only the last one found is a violation whatever they say.
                if self.search.context.untrusted.words:
                    return Fails(shown if robust is None else robust)
                if robust is None or under is None:
                    return Fails(shown)
                return self._supposing_least(shown, polish(self.search, robust, [*assumptions, under]))
            case Sometimes(assignment=assignment, irreducible=irreducible):
                return DependsOn(shown, assignment, irreducible)
            case Unsettled(reason=reason, facts=facts):
                return MayFail(shown, reason, facts)

    def _supposing_least(self, shown: z3.ModelRef, other: z3.ModelRef) -> Fails:
        """Return the first, unless it rests on what the input leaves open and the other does not."""
        supposes = Completions(self.search).supposed_by(shown)
        if supposes and Completions(self.search).supposed_by(other) == ():
            return Fails(other)
        return Fails(shown, supposes or ())

    def _holds(self, world: World, *, inhabited: bool = False) -> Judgement:
        """No model violates: is there anything to violate?"""
        here = [self.search.snapshot] if world is World.SNAPSHOT else []
        if not inhabited:
            match self.search.run(here):
                case Unsat():
                    return Empty()
                case Undecided(reason=reason):
                    return GaveUp(reason)
                case Sat():
                    pass
        return Holds()
