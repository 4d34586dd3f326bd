"""What a property asks of the solver: one formula, unsatisfiable iff the property holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import z3

from verifier.encodings.network_policy import Guarded
from verifier.encodings.symbolic_flow import Kind, Role
from verifier.flow import Direction


@dataclass(frozen=True, slots=True)
class Question:
    """A violation in parts: with world and policies *unsatisfiable iff the property holds*.

    Args:
        scope: what the property speaks of; no policy occurs in it, so that a scope that is empty can be told
            from a property that holds (S-2).
        violation: over `egress_ok` and `ingress_ok` of the flow.
        guarded: what the proof rests on, the policies' isolation or their rules.
        harmless: the answer of a side, were it ours to choose, that is furthest from a violation (S-12).
        kinds: for each end in use, what sort of endpoint the scope allows at all.
        covers: None for flows; for `cover` the direction in which the pod at `Role.DESTINATION` is to be
            isolated: `ingress_ok` then means "not isolated in that direction".
        itself: the flow is from a pod to itself; every property leaves these out (S-7), a query may ask.
        namespaces: for an end, the existing namespaces in which the scope has pods at most: only a hint, what
            to look at next.
    """

    scope: z3.BoolRef
    violation: z3.BoolRef
    guarded: Guarded
    harmless: bool
    kinds: tuple[tuple[Role, frozenset[Kind]], ...]
    covers: Direction | None = None
    itself: bool = False
    namespaces: Mapping[Role, frozenset[int]] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[Role, ...]:
        """The ends in use."""
        return tuple(role for role, _ in self.kinds)
