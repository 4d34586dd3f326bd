"""Verdicts of earlier runs, by the digest of what they hang on (S-10)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

from verifier import flow, verdict
from verifier.cache import Codec, Store
from verifier.digests import PolicyDigests, digest, digest_of_others, digest_of_people
from verifier.pieces import Contradictory, Found, Outcome, Piece, Task
from verifier.population import World
from verifier.properties.spec.scope import Property
from verifier.readings import Readings
from verifier.recheck import Recheck

_ALL: Final = "verdicts"
_BATCH: Final = "batch"


class _Kept(NamedTuple):
    """What was found of a piece, and the digest of the policies that were asked about."""

    outcome: Outcome
    policies: str


_CODEC: Final = Codec(
    (
        *(_Kept, Outcome, Found, Contradictory, World, Readings),
        *(IPv4Address, IPv6Address),
        *(flow.Action, flow.ContainerPort, flow.Decision, flow.Direction, flow.External, flow.Flow),
        *(flow.Isolation, flow.Node, flow.Pod, flow.PodNamespace, flow.Protocol, flow.Reason, flow.RuleRef),
        *(flow.SideDecision, flow.Surroundings, flow.TierStep),
        *(verdict.Admission, verdict.Basis, verdict.Change, verdict.Choice, verdict.ChoiceKind),
        *(verdict.Depends, verdict.FlowCounterexample, verdict.More, verdict.NearMiss, verdict.OpenSide),
        *(verdict.Operation, verdict.Overlooked, verdict.PodCounterexample, verdict.Proved, verdict.Refuted),
        *(verdict.Vacuous, verdict.Word, verdict.WrittenPolicy),
    )
)


class Remembered:
    """What earlier runs found of the properties of one file.

    An outcome is taken only where everything that it hangs on is the same, and every counterexample is
    replayed by the reference reading. What ran out of time, or of memory, is not kept.
    """

    def __init__(self, store: Store, task: Task) -> None:
        self._store, self._task = store, task
        cluster = task.one.cluster
        self._policies = PolicyDigests(cluster.policies)
        self._recheck = Recheck(cluster, both=task.new_namespaces_both)
        self._asked = {prop.index: _asked(prop) for prop in task.properties}
        self._always = (
            digest_of_people(cluster.population),
            digest_of_others(cluster),
            task.new_namespaces_both,
            task.limits,
        )

    # --- everything at once ----------------------------------------------------------------------

    def all(self, pieces: Sequence[Piece]) -> Sequence[Outcome | None]:
        """Return what is known of each piece if nothing at all has changed."""
        kept = _CODEC.from_bytes(self._store.get(_ALL, self._of_all))
        if not isinstance(kept, list) or len(kept) != len(pieces):
            return [None] * len(pieces)
        return [self._sound(piece, outcome) for piece, outcome in zip(pieces, kept, strict=True)]

    def keep_all(self, pieces: Sequence[Piece], outcomes: Sequence[Outcome]) -> None:
        """Keep what was found of all pieces."""
        settled = [outcome if self._is_settled(outcome) else None for outcome in outcomes]
        if any(settled):
            self._store.put(_ALL, self._of_all, _CODEC.as_bytes(settled))

    @cached_property
    def _of_all(self) -> str:
        asked = [(prop.name, prop.index, self._asked[prop.index]) for prop in self._task.properties]
        return digest(self._always, self._policies.of_all(), asked)

    # --- piece by piece ----------------------------------------------------------------------

    def each(self, pieces: Sequence[Piece], vocabulary: str) -> list[Outcome | None]:
        """Return what is known of each piece if nothing has changed that it hangs on.

        Args:
            vocabulary: the digest of what policies and properties mention.
        """
        kept = self._store.get_each(_BATCH, [self._of(piece, vocabulary) for piece in pieces])
        return [
            self._unchanged(piece, _CODEC.from_bytes(one)) for piece, one in zip(pieces, kept, strict=True)
        ]

    def _unchanged(self, piece: Piece, kept: object) -> Outcome | None:
        if not isinstance(kept, _Kept) or kept.outcome.asked is None:
            return None
        same = kept.policies == self._hung_on(kept.outcome)
        return self._sound(piece, kept.outcome) if same else None

    def _hung_on(self, outcome: Outcome) -> str:
        """Return the digest of what an outcome hangs on of the policies there are now."""
        return digest(self._policies.of(outcome.asked or ()), self._openness if outcome.compared else None)

    @cached_property
    def _openness(self) -> str:
        return digest(list(self._task.one.cluster.grouping.openness.values()))

    def keep(self, piece: Piece, vocabulary: str, outcome: Outcome) -> None:
        """Keep what was found of a piece."""
        if self._is_settled(outcome) and outcome.asked is not None:
            kept = _Kept(outcome, self._hung_on(outcome))
            self._store.put(_BATCH, self._of(piece, vocabulary), _CODEC.as_bytes(kept))

    def _of(self, piece: Piece, vocabulary: str) -> str:
        every = self._task.of_one_set if piece.contradictions else ()
        asked = [self._asked[prop.index] for prop in piece.batch]
        return digest(
            self._always, vocabulary, asked, [(each.index, self._asked[each.index]) for each in every]
        )

    # --- what may be kept, and taken ----------------------------------------------------------------------

    def _is_settled(self, outcome: Outcome) -> bool:
        """Return whether another run with the same input would find the same."""
        pairs = ((found, world) for found in outcome.found for world in found.verdicts)
        known = not any(self._is_open(found.verdicts[world]) for found, world in pairs)
        told = outcome.contradictory is None or outcome.contradictory.exhaustive
        return outcome.asked is not None and known and told

    def _is_open(self, found: verdict.Verdict) -> bool:
        if isinstance(found, verdict.Refuted | verdict.Depends) and found.more is not None:
            shown = len(found.more.counterexamples)
            return not found.more.exhaustive and shown < self._task.limits.counterexamples
        return isinstance(found, verdict.Unknown)

    def _sound(self, piece: Piece, outcome: Outcome | None) -> Outcome | None:
        """Return an outcome if its counterexamples are some, as fast as it was found now."""
        if outcome is None or len(outcome.found) != len(piece.batch):
            return None
        pairs = zip(piece.batch, outcome.found, strict=True)
        if not all(self._stands(prop, found) for prop, found in pairs):
            return None
        return outcome._replace(found=[found._replace(seconds=0.0) for found in outcome.found])

    def _stands(self, prop: Property, found: Found) -> bool:
        # What violates in the snapshot does so in the wider world.
        narrow = found.verdicts.get(World.SNAPSHOT)
        return all(
            self._recheck.stands(prop, each, world)
            for world, each in found.verdicts.items()
            if world is not World.ANY_POD or each is not narrow
        )


def _asked(prop: Property) -> str:
    """Return the digest of what is asked, in a property: not its name, place and description."""
    return digest(prop.statement, prop.world, prop.readings, prop.expected)
