"""The reasons of `forbid`, `only` and `isolate`: what lets a flow out, and what lets it in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import z3

from verifier.encodings.causes import Causes
from verifier.encodings.network_policy import exempt
from verifier.encodings.peer import governed, is_pod
from verifier.encodings.symbolic_flow import Role
from verifier.flow import Endpoint, Pod, RuleRef, SideDecision
from verifier.flow import Reason as Because
from verifier.solver.reasons import Cause, Gap, Pair, Reason, Seen
from verifier.solver.search import Context
from verifier.verdict import Counterexample, FlowCounterexample


class Passages:
    """Pairs of causes. A side is *guarded* if a policy can refuse what passes it: it is a pod they govern.

    Where only one side is guarded its cause has to be mended. What else lets through flows beside that cause
    is not worth a word, then: of the pairs with it, the one without a second cause is shown.
    """

    def __init__(self, context: Context, causes: Causes) -> None:
        self.symbols, self.terms = context.symbols, context.symbols.terms
        self.universe, self.causes = context.universe, causes

    def shown_by(self, counterexample: Counterexample) -> tuple[Reason, ...]:
        """Return each pair: a flow may be let through by several rules."""
        assert isinstance(counterexample, FlowCounterexample)  # noqa: S101
        flow, decision = counterexample.flow, counterexample.decision
        out = self._causes(decision.egress, flow.source)
        into = self._causes(decision.ingress, flow.destination)
        return tuple(dict.fromkeys(_said(*pair) for pair in product(out, into)))

    def _causes(self, side: SideDecision, end: Endpoint) -> list[Cause]:
        match side.reason:
            case Because.RULE:
                return list(side.rules)
            case Because.NOT_ISOLATED | Because.HOST_NETWORK if isinstance(end, Pod):
                exists = end.namespace.name in self.symbols.population.namespaces
                return [Gap(side.direction, side.reason, end.namespace.name if exists else None)]
            case _:
                return [Gap(side.direction, side.reason)]

    def fresh(self, reasons: Iterable[Reason], seen: Seen) -> list[Reason]:
        """Return those not seen, of causes that need not be mended anyhow."""
        sure = [pair for pair in _pairs(seen) if seen[pair]]
        out, into = _beside_nothing(sure)
        return [
            (one, other)
            for one, other in _pairs(reasons)
            if (one, other) not in seen and not (None not in (one, other) and (one in out or other in into))
        ]

    def others(self, seen: Seen) -> Sequence[z3.BoolRef]:
        """Return "a cause beside nothing", "two causes not seen", "one", "a pair of causes not seen".

        Then "no policy has a say", where that was not so in the same way.
        """
        terms, pairs = self.terms, _pairs(seen)
        guarded = [self._guarded(role) for role in Role]
        open_ = [terms.negation(guard) for guard in guarded]
        out, into = _beside_nothing(pairs)
        alone = terms.disjunction(
            (
                terms.conjunction((guarded[0], open_[1], self._other(Role.SOURCE, out))),
                terms.conjunction((open_[0], guarded[1], self._other(Role.DESTINATION, into))),
            )
        )
        known = terms.negation(self._one_of(pair for pair in pairs if not any(map(_mendable, pair))))
        both = [terms.conjunction((*guarded, part)) for part in self._of_two(seen)]
        return (alone, *both, terms.conjunction((*open_, known)))

    def _of_two(self, seen: Seen) -> Iterator[z3.BoolRef]:
        """Yield what is new of flows that both sides guard, the more new the earlier."""
        terms, pairs = self.terms, _pairs(seen)
        needed = _beside_nothing(pair for pair in pairs if seen[pair])
        free = [self._other(role, causes) for role, causes in zip(Role, needed, strict=True)]
        met = [dict.fromkeys(pair[place] for pair in pairs) for place in (0, 1)]
        new = [self._other(role, causes) for role, causes in zip(Role, met, strict=True)]
        yield terms.conjunction(new)
        yield terms.disjunction(terms.conjunction(each) for each in ((new[0], free[1]), (free[0], new[1])))
        crossed = ((one, other) for one, other in product(*met) if _mendable(one) and _mendable(other))
        yield self._one_of(_pairs(self.fresh(crossed, seen)))

    def same(self, reasons: Iterable[Reason], model: z3.ModelRef) -> z3.BoolRef:
        """Return "one of these pairs lets it through"."""
        return self._one_of(_pairs(reasons))

    def alike(self, shown: Counterexample, model: z3.ModelRef) -> Iterator[Counterexample]:
        """Yield none: each reason is asked for."""
        yield from ()

    # --- terms ---------------------------------------------------------------------------------------------

    def _one_of(self, pairs: Iterable[Pair]) -> z3.BoolRef:
        return self.terms.disjunction(
            self.terms.conjunction((self._cause(Role.SOURCE, out), self._cause(Role.DESTINATION, into)))
            for out, into in pairs
        )

    def _guarded(self, role: Role) -> z3.BoolRef:
        """Return "a policy can refuse what passes at `role`"."""
        symbols, terms = self.symbols, self.terms
        end = symbols.flow.end(role)
        new, free = self.universe.is_new(end), exempt(symbols, role)
        return terms.conjunction((is_pod(symbols, end), terms.negation(free), terms.negation(new)))

    def _cause(self, role: Role, cause: Cause | None) -> z3.BoolRef:
        """Return "that lets the flow through at `role`"."""
        if cause is None:
            return self.terms.negation(self._guarded(role))
        namespace = _namespace(cause)
        if namespace is None:
            assert isinstance(cause, Gap)  # noqa: S101
            return self._open(role, cause)
        if isinstance(cause, RuleRef):
            lets_through = self.causes.rules(namespace, role)[cause]
        else:
            lets_through = self._unselected(namespace, role)
        return self.terms.conjunction((self.causes.within(namespace, role), lets_through))

    def _open(self, role: Role, cause: Gap) -> z3.BoolRef:
        """Return "the side at `role` is open for that reason", which no policy can change.

        Raises:
            ValueError: no flow between two endpoints is open for that reason.
        """
        symbols, terms, end = self.symbols, self.terms, self.symbols.flow.end(role)
        pod, ordinary = is_pod(symbols, end), governed(symbols, end)
        match cause.because:
            case Because.NOT_A_POD:
                return terms.negation(pod)
            case Because.HOST_NETWORK if cause.namespace is not None:
                there = terms.equals(end.namespace, symbols.table.index(cause.namespace))
                return terms.conjunction((pod, terms.negation(ordinary), there))
            case Because.OWN_NODE:
                return terms.conjunction((ordinary, exempt(symbols, role)))
            case Because.NOT_ISOLATED:
                return terms.conjunction((self.universe.is_new(end), terms.negation(exempt(symbols, role))))
            case _:
                raise ValueError(f"no gap: {cause}")

    def _other(self, role: Role, causes: Iterable[Cause | None]) -> z3.BoolRef:
        """Return "something else than `causes` lets the flow through" of a guarded side that says yes."""
        causes = list(causes)
        parts = []
        namespaces = (_namespace(cause) for cause in causes)
        for namespace in dict.fromkeys(name for name in namespaces if name is not None):
            rules = self.causes.rules(namespace, role)
            left = [term for rule, term in rules.items() if rule not in causes]
            if Gap(role.direction, Because.NOT_ISOLATED, namespace) not in causes:
                left.append(self._unselected(namespace, role))
            within = self.causes.within(namespace, role)
            parts.append(self.terms.implication(within, self.terms.disjunction(left)))
        return self.terms.conjunction(parts)

    def _unselected(self, namespace: str, role: Role) -> z3.BoolRef:
        isolating = self.causes.isolating(namespace, role).values()
        return self.terms.negation(self.terms.disjunction(isolating))


def _pairs(reasons: Iterable[Reason]) -> list[Pair]:
    return [reason for reason in reasons if isinstance(reason, tuple)]


def _beside_nothing(pairs: Iterable[Pair]) -> tuple[list[Cause], list[Cause]]:
    """Return what lets out, and what lets in, where no policy has a say on the other side."""
    pairs = list(pairs)
    out = [one for one, other in pairs if one is not None and other is None]
    return out, [other for one, other in pairs if one is None and other is not None]


def _namespace(cause: Cause | None) -> str | None:
    """Return the namespace whose policies could be mended to stop it; None: no policy could."""
    if isinstance(cause, RuleRef):
        return cause.policy.partition("/")[0]
    if cause is not None and cause.because is Because.NOT_ISOLATED:
        return cause.namespace
    return None


def _mendable(cause: Cause | None) -> bool:
    return _namespace(cause) is not None


def _said(out: Cause, into: Cause) -> Pair:
    """Return the pair, without what no policy can change where it can change the other."""
    if _mendable(out) or _mendable(into):
        return (out if _mendable(out) else None, into if _mendable(into) else None)
    return out, into
