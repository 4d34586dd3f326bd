"""The reasons of `cover`: who is not isolated, pods with the same labels once.

A shape may hold workloads that only a person tells apart: where no policy mentions `app`, web and db are one.
Both are to be named, so a shape that is found stands for all its members.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import z3

from verifier.diagnostics import InternalError
from verifier.encodings.shapes import Shape, own_labels
from verifier.encodings.symbolic_flow import Kind
from verifier.encodings.vocabulary import ABSENT
from verifier.flow import Direction, Pod
from verifier.population import Workload
from verifier.readings import Readings
from verifier.solver.context import Context
from verifier.solver.decode import decode_pod_of, pick
from verifier.solver.reasons import Bare, Reason, Seen
from verifier.verdict import Counterexample, PodCounterexample

Replayed = Callable[[Pod, Readings], Counterexample | None]


class Uncovered:
    """The reasons of a `cover` in one direction; `replayed` returns what a pod shows, None if nothing."""

    def __init__(self, context: Context, direction: Direction, replayed: Replayed) -> None:
        self._replayed = replayed
        self.symbols, self.terms, self.direction = context.symbols, context.symbols.terms, direction
        self._settled: set[int] = set()  # shapes by index

    def shown_by(self, counterexample: Counterexample) -> tuple[Reason, ...]:
        """Return the one reason of a pod: itself, and those like it."""
        assert isinstance(counterexample, PodCounterexample)  # noqa: S101
        pod = counterexample.pod
        if pod.owner is None:
            return (Bare(self.direction, pod.namespace.name, None),)
        there = self.symbols.population.by_namespace.get(pod.namespace.name, ())
        return tuple(self._of(workload) for workload in there if workload.owner == pod.owner)

    def _of(self, workload: Workload) -> Bare:
        return Bare(self.direction, workload.namespace, own_labels(workload), workload.host_network)

    def alike(self, shown: Counterexample, model: z3.ModelRef) -> Iterator[Counterexample]:
        """Yield one for each other reason that members of the same shape have; `model` is that of `shown`.

        Raises:
            InternalError: the reference reading tells a member from the others.
        """
        end = self.symbols.flow.destination
        picked = pick(model, end)
        if picked.kind is not Kind.POD or not isinstance(shown, PodCounterexample):
            return
        self._settled.add(picked.identity)
        done = set(self.shown_by(shown))
        for workload in self.symbols.shapes[picked.identity].members:
            if self._of(workload) not in done:
                done.add(self._of(workload))
                pod = decode_pod_of(workload, model, self.symbols, end)
                other = self._replayed(pod, shown.readings)
                if other is None:
                    raise InternalError("the reference reading tells apart pods of one shape")
                yield other

    def fresh(self, reasons: Iterable[Reason], seen: Seen) -> list[Reason]:
        """Return those not seen."""
        return [reason for reason in reasons if reason not in seen]

    def others(self, seen: Seen) -> Sequence[z3.BoolRef]:
        """Return "a shown pod of another namespace", "another shown pod", "one that nobody shows"."""
        terms, symbols, end = self.terms, self.symbols, self.symbols.flow.destination
        bare = [reason for reason in seen if isinstance(reason, Bare)]
        namespaces = sorted({symbols.table.index(reason.namespace) for reason in bare})
        unnamed = [symbols.table.index(reason.namespace) for reason in bare if reason.labels is None]
        known = [shape for n in namespaces for shape in self._shapes(n) if self._is_seen(shape, bare)]
        shown = terms.equals(end.kind, Kind.POD)
        another = terms.negation(terms.one_of(end.identity, (shape.index for shape in known)))
        elsewhere = terms.negation(terms.one_of(end.namespace, namespaces))
        like_shown = (self._is_like(shape) for shape in known)
        anew = terms.negation(terms.disjunction((terms.one_of(end.namespace, unnamed), *like_shown)))
        return (
            terms.conjunction((shown, elsewhere)),
            terms.conjunction((shown, another)),
            terms.conjunction((terms.negation(shown), anew)),
        )

    def _is_like(self, shape: Shape) -> z3.BoolRef:
        """Return "the hypothetical pod has the labels of that shape", and so what selects it by them."""
        terms, end = self.terms, self.symbols.flow.destination
        parts = [terms.equals(end.namespace, shape.namespace)]
        for key, code in shape.label_codes:
            if code is None:
                return terms.false
            if code != ABSENT:
                parts.append(terms.equals(end.labels[key], code))
        return terms.false if shape.workload.host_network else terms.conjunction(parts)

    def _shapes(self, namespace: int) -> Sequence[Shape]:
        return self.symbols.shapes_by_namespace.get(namespace, ())

    def _is_seen(self, shape: Shape, seen: Collection[Bare]) -> bool:
        return shape.index in self._settled or all(self._of(workload) in seen for workload in shape.members)

    def same(self, reasons: Iterable[Reason], model: z3.ModelRef) -> z3.BoolRef:
        """Return "it is a pod of the shape of `model`", or a hypothetical one of the same namespace."""
        terms, end = self.terms, self.symbols.flow.destination
        picked = pick(model, end)
        whose = (
            (end.identity, picked.identity) if picked.kind is Kind.POD else (end.namespace, picked.namespace)
        )
        return terms.conjunction((terms.equals(end.kind, picked.kind), terms.equals(*whose)))
