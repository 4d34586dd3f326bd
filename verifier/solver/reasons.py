"""Why a counterexample is one, as what its reader has to mend; as values, and as terms to ask for others.

A flow that should be refused passes two sides. Each lets it through by a rule, or since no policy isolates
the pod: a *reason* is a pair of these, and whoever mends either of the two is rid of it. Where no policy has
a say on one side (it is no pod, say), the other side alone is the reason. A flow that should be allowed is
refused at a side: the reason is that side and a policy that isolates there. A pod that should be covered is a
reason itself, with those like it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import z3

from verifier.encodings.causes import Causes
from verifier.encodings.symbolic_flow import Role
from verifier.flow import Direction, RuleRef
from verifier.flow import Reason as Because
from verifier.solver.search import Context
from verifier.verdict import Counterexample, FlowCounterexample


@dataclass(frozen=True, slots=True)
class Gap:
    """A side that lets everything through, and why. `namespace`: the pod's; None: a new one, or no pod's."""

    direction: Direction
    because: Because
    namespace: str | None = None


Cause = RuleRef | Gap
Pair = tuple[Cause | None, Cause | None]
"""What lets a flow out, what lets it in. None: a gap that no policy could close, where the other can be."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A side that refuses, and a policy that isolates the pod there."""

    direction: Direction
    policy: str


@dataclass(frozen=True, slots=True)
class Bare:
    """Pods of one namespace with the same labels of their own (None: hypothetical ones), not isolated."""

    direction: Direction
    namespace: str
    labels: frozenset[tuple[str, str]] | None
    host_network: bool = False


Reason = Pair | Refusal | Bare
Seen = Mapping[Reason, bool]
"""Reasons, in order; true: every completion has it for sure (S-1)."""


class Reasons(Protocol):
    """The reasons of one kind of property."""

    def shown_by(self, counterexample: Counterexample) -> tuple[Reason, ...]:
        """Return every reason that a counterexample has, each once, in an order of its own."""

    def fresh(self, reasons: Iterable[Reason], seen: Seen) -> list[Reason]:
        """Return those that are worth showing after those in `seen`."""

    def others(self, seen: Seen) -> Sequence[z3.BoolRef]:
        """Return terms the disjunction of which says "what violates the property has a fresh reason".

        Those are first that have less in common with what was seen. The more is seen, the less each allows.
        """

    def same(self, reasons: Iterable[Reason], model: z3.ModelRef) -> z3.BoolRef:
        """Return the term "what violates the property does so for one of `reasons`", which `model` has."""

    def alike(self, shown: Counterexample, model: z3.ModelRef) -> Iterator[Counterexample]:
        """Yield counterexamples for other reasons that follow from `shown`, which is that of `model`."""


class Refusals:
    """The reasons of what should be allowed: a side that refuses, and a policy that isolates there."""

    def __init__(self, context: Context, causes: Causes) -> None:
        self.symbols, self.terms, self.causes = context.symbols, context.symbols.terms, causes

    def shown_by(self, counterexample: Counterexample) -> tuple[Reason, ...]:
        """Return each policy that isolates at a side that refuses."""
        assert isinstance(counterexample, FlowCounterexample)  # noqa: S101
        decision = counterexample.decision
        return tuple(
            Refusal(side.direction, policy)
            for side in (decision.egress, decision.ingress)
            if not side.allowed
            for policy in side.isolating
        )

    def fresh(self, reasons: Iterable[Reason], seen: Seen) -> list[Reason]:
        """Return those not seen."""
        return [reason for reason in reasons if reason not in seen]

    def others(self, seen: Seen) -> Sequence[z3.BoolRef]:
        """Return "a side refuses where no policy isolates that was seen", then "where another one does"."""
        either = self.terms.disjunction
        return (
            either(self._refuses(role, seen, alone=True) for role in Role),
            either(self._refuses(role, seen, alone=False) for role in Role),
        )

    def _refuses(self, role: Role, seen: Collection[Reason], *, alone: bool) -> z3.BoolRef:
        """Return "the side refuses, and a policy that is not in `seen` isolates there", `alone` or not."""
        terms = self.terms
        own = [refusal for refusal in seen if _refuses_at(refusal, role)]
        parts = [terms.negation(self.symbols.flow.side_ok(role))]
        for namespace in dict.fromkeys(refusal.policy.partition("/")[0] for refusal in own):
            old: list[z3.BoolRef] = []
            new: list[z3.BoolRef] = []
            for title, term in self.causes.isolating(namespace, role).items():
                (old if Refusal(role.direction, title) in seen else new).append(term)
            fresh = terms.negation(terms.disjunction(old)) if alone else terms.disjunction(new)
            parts.append(terms.implication(self.causes.within(namespace, role), fresh))
        return terms.conjunction(parts)

    def same(self, reasons: Iterable[Reason], model: z3.ModelRef) -> z3.BoolRef:
        """Return "one of these sides refuses, and that policy isolates there"."""
        found = []
        for reason in reasons:
            for role in Role:
                if _refuses_at(reason, role):
                    namespace = reason.policy.partition("/")[0]
                    isolates = self.causes.isolating(namespace, role)[reason.policy]
                    refuses = self.terms.negation(self.symbols.flow.side_ok(role))
                    within = self.causes.within(namespace, role)
                    found.append(self.terms.conjunction((within, refuses, isolates)))
        return self.terms.disjunction(found)

    def alike(self, shown: Counterexample, model: z3.ModelRef) -> Iterator[Counterexample]:
        """Yield none: each reason is asked for."""
        yield from ()


def _refuses_at(reason: Reason, role: Role) -> TypeGuard[Refusal]:
    return isinstance(reason, Refusal) and reason.direction is role.direction
