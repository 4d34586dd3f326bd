"""The verdict on one question in both worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import z3

from verifier.encodings.question import Question
from verifier.population import World
from verifier.solver.completions import Always, Completions, Sometimes, Unsettled
from verifier.solver.preferences import polish
from verifier.solver.search import Context, Deadline, Sat, Search, Undecided, Unsat


@dataclass(frozen=True, slots=True)
class Holds:
    """No completion violates it. `rests_on`: titles of policies, in order; see `verdict.Proved`."""

    rests_on: tuple[str, ...] | None = None
    irreducible: bool = False


@dataclass(frozen=True, slots=True)
class Fails:
    """Every completion violates it; one model."""

    model: z3.ModelRef


@dataclass(frozen=True, slots=True)
class MayFail:
    """Some completion violates it (one model); some does not, or nobody could tell; `facts` it rests on."""

    model: z3.ModelRef
    reason: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing is in the scope, whatever the policies say."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The solver's own reason."""

    reason: str


EXPLAINING_SECONDS = 5.0

Judgement = Holds | Fails | MayFail | Empty | GaveUp


@dataclass(frozen=True, slots=True)
class Judgements:
    """The judgement in each world."""

    snapshot: Judgement
    any_pod: Judgement


class Judge:
    """Judges one question. The wider world is asked first: what holds for any pod holds in the snapshot."""

    def __init__(
        self,
        context: Context,
        question: Question,
        readings: dict[str, bool | str],
        deadline: Deadline,
        explained: World,
    ) -> None:
        """`explained` is the world whose proof is asked what it rests on."""
        self.search = Search(context, question, readings, deadline)
        self.explained = explained

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

    def _fails(self, model: z3.ModelRef, assumptions: Sequence[z3.BoolRef]) -> Judgement:
        shown = polish(self.search, model, assumptions)
        match Completions(self.search).settle(shown, assumptions):
            case Always(model=robust):
                # Where policies are not modelled, only the last one found is a violation whatever they say.
                return Fails(robust if self.search.context.untrusted.words else shown)
            case Sometimes(facts=facts):
                return MayFail(shown, "it depends on what the input leaves open", facts)
            case Unsettled(reason=reason):
                return MayFail(
                    shown, f"whether it depends on what the input leaves open is unsettled: {reason}", ()
                )

    def _holds(self, world: World, *, inhabited: bool = False) -> Judgement:
        """No model violates; say on what that rests, or that there is nothing to violate."""
        here = [self.search.snapshot] if world is World.SNAPSHOT else []
        if not inhabited:
            match self.search.run(here):
                case Unsat():
                    return Empty()
                case Undecided(reason=reason):
                    return GaveUp(reason)
                case Sat():
                    pass
        if world is not self.explained:
            return Holds()
        whole = self.search.deadline
        # The proof is done: explaining it must not take all that is left of the time.
        self.search.deadline = whole.at_most(EXPLAINING_SECONDS)
        explained = self._rests_on([*here, self.search.violating])
        self.search.deadline = whole
        return explained

    def _rests_on(self, assumptions: list[z3.BoolRef]) -> Judgement:
        """Drop one policy after the other as long as the proof stands: what is left is irreducible."""
        search = self.search
        first = search.run(assumptions, only=set(search.guards))
        if isinstance(first, Sat):
            return GaveUp("the proof could not be repeated")
        if isinstance(first, Undecided):
            return Holds()
        needed = self._titles(first)
        irreducible = True
        for title in sorted(needed):
            if title not in needed:
                continue
            outcome = search.run(assumptions, only=needed - {title})
            if isinstance(outcome, Unsat):
                needed = self._titles(outcome) & needed
            elif isinstance(outcome, Undecided):
                irreducible = False
        return Holds(tuple(sorted(needed)), irreducible)

    def _titles(self, outcome: Unsat) -> set[str]:
        return {title for title, guard in self.search.guards.items() if guard.get_id() in outcome.core}
