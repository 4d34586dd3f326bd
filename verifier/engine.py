"""Deciding properties of one cluster: terms built once, each question judged, every answer replayed."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import cached_property, partial

from verifier.analyses.choices import in_words
from verifier.analyses.contradictions import SECONDS, Contradictions, contradictions
from verifier.analyses.nobody import why_nobody
from verifier.analyses.selectors import pods_of, subject_of
from verifier.cluster import Cluster
from verifier.deadline import DEFAULT_MEGABYTES, OUT_OF_MEMORY, Deadline, LimitError
from verifier.diagnostics import InternalError
from verifier.digests import digest_of_mentions
from verifier.encodings.network_policy import PolicySides
from verifier.encodings.question import Question
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.tiers import TierSides
from verifier.encodings.vocabulary import OTHER, Mentions
from verifier.encodings.worlds import Universe
from verifier.manifest.by_namespace import PoliciesByNamespace
from verifier.properties.registry import Written, ends, mention, owners, questions
from verifier.properties.spec.scope import (
    Forbid,
    Isolate,
    Only,
    Property,
    Statement,
    World,
)
from verifier.replay import Replay
from verifier.several import Decided, Several, Violated
from verifier.solver.answers import Unsat
from verifier.solver.context import Context, Untrusted
from verifier.solver.judge import DependsOn, Empty, Fails, GaveUp, Holds, Judge, Judgement, MayFail
from verifier.solver.proof import grounds
from verifier.solver.recall import Record, recorded
from verifier.solver.search import Search
from verifier.solver.watch import Memory, Watch, watching
from verifier.verdict import (
    Basis,
    Choice,
    Depends,
    More,
    OpenSide,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
)

Choices = Mapping[str, bool | str]


class Engine:
    """One cluster with everything that some statements mention; decides statements about it."""

    def __init__(
        self,
        cluster: Cluster,
        statements: Iterable[Statement],
        *,
        new_namespaces_both: bool = False,
        megabytes: float = DEFAULT_MEGABYTES,
    ) -> None:
        self.cluster = cluster
        mentions, self._written = Mentions(), Written()
        for taken_in in (mentions, self._written):
            taken_in.policies(cluster.policies)
            taken_in.tiers(cluster.tiers)
        named: set[tuple[str | None, str]] = set()
        for statement in statements:
            for taken_in in (mentions, self._written):
                mention(statement, cluster.population, taken_in)
            named |= owners(statement)
        self._mentions, self._owners = mentions, named
        self._both = new_namespaces_both
        self._memory = Memory(megabytes)
        self._pods_of = {tier.title: partial(subject_of, tier.subject) for tier in cluster.tiers}
        for policy in cluster.policies:
            self._pods_of[policy.title] = partial(pods_of, policy.spec.pod_selector)
        self._build(build_symbols(cluster.population, mentions, named), PoliciesByNamespace(cluster.grouping))

    @cached_property
    def vocabulary(self) -> str:
        """The digest of everything that policies and statements mention."""
        return digest_of_mentions((self._mentions, self._written), self._owners)

    def _build(self, symbols: Symbols, policies: PoliciesByNamespace) -> None:
        """Begin with terms and policies that nobody has asked anything about yet."""
        cluster = self.cluster
        self.symbols, self.policies = symbols, policies
        self.context = Context(
            symbols,
            PolicySides(symbols, policies),
            TierSides(symbols, cluster.tiers),
            Universe(symbols),
            _untrusted(cluster, symbols),
            self._both,
        )
        self.any_policy = replace(self.context, any_policy=True)
        self.replay = Replay(cluster, self.context, policies)
        self._asked: dict[int, tuple[Statement, tuple[Question, ...]]] = {}
        self.watch = Watch(symbols.terms, self._memory)
        self._pristine = True
        self._deadlines: list[Deadline] = []
        self._cut_short = False

    def begin(self) -> None:
        """Have what comes next hang on nothing that was decided before, and give back the memory of that.

        What a context has been asked moves what is found in it next: another counterexample, as good as the
        one found otherwise.
        """
        if not self._pristine:
            symbols = self.symbols.renewed()
            policies = self.policies.anew()
            del self.symbols, self.context, self.any_policy, self.replay, self.watch, self._asked
            self._build(symbols, policies)

    @property
    def had_time(self) -> bool:
        """Whether no limit has cut anything short since the last `begin`: more time would find the same."""
        return not self._cut_short and not any(deadline.was_met for deadline in self._deadlines)

    def _deadline(self, seconds: float) -> Deadline:
        self._deadlines.append(Deadline(seconds))
        return self._deadlines[-1]

    def _start_over(self) -> None:
        """Give the memory back that the terms hold: they live as long as their context."""
        before, deadlines = self.policies, self._deadlines
        self.begin()
        self.policies.asked |= before.asked
        self.policies.compared |= before.compared
        self._deadlines = deadlines
        gc.collect()

    def at_work(self) -> AbstractContextManager[None]:
        """Keep from one statement to the next what watches over them: worth it where there are many."""
        return watching()

    def decide(self, prop: Property, timeout_seconds: float) -> Mapping[World, Verdict]:
        """Return the verdict on a property in each world; in `any-policy` only if the property asks for it.

        Raises:
            InternalError: the reference reading does not confirm a counterexample.
        """
        return self.decided(prop, timeout_seconds).verdicts

    def decided(self, prop: Property, timeout_seconds: float) -> Decided:
        """Return what `decide` does, and what `with_more` goes on with."""
        deadline = self._deadline(timeout_seconds)
        decided = self._decided(prop, deadline)
        if deadline.reason == OUT_OF_MEMORY:
            self._start_over()
        return decided

    def _decided(self, prop: Property, deadline: Deadline) -> Decided:
        any_policy = World.ANY_POLICY in (prop.world, *prop.expected)
        asked = [World.ANY_POLICY] if any_policy else []
        found: dict[World, list[Verdict]] = {world: [] for world in (*asked, World.SNAPSHOT, World.ANY_POD)}
        searches: list[Search] = []
        violated: list[Violated] = []
        try:
            with self.watch.over(deadline):
                for place, question in enumerate(self._questions(prop.of_one_set)):
                    for context in (self.any_policy, self.context) if any_policy else (self.context,):
                        judge = Judge(Search(context, question, dict(prop.readings), deadline))
                        if context.any_policy is (prop.world is World.ANY_POLICY):
                            searches.append(judge.search)
                        for world, verdict, record in self._judged(prop, question, judge, deadline):
                            found[world].append(verdict)
                            if world is prop.world and isinstance(verdict, Refuted | Depends) and record:
                                violated.append(Violated(place, verdict, record))
                verdicts = {world: _joined(each) for world, each in found.items()}
                if isinstance(verdicts[prop.world], Proved):
                    verdicts[prop.world] = self._explained(searches, prop.world)
                complete = not any(isinstance(verdict, Unknown) for verdict in found[prop.world])
                left = deadline.milliseconds_left() / 1000
                return Decided(prop, verdicts, tuple(violated), complete, left)
        except LimitError as limit:
            unknown = Unknown(limit.reason)
            return Decided(prop, {world: _joined([*each, unknown]) for world, each in found.items()})

    def _judged(
        self, prop: Property, question: Question, judge: Judge, deadline: Deadline
    ) -> Iterator[tuple[World, Verdict, Record | None]]:
        """Yield the verdict in each world, and the record of a violation."""

        def verdict(judgement: Judgement, world: World) -> Verdict:
            return self._verdict(prop.of_one_set, question, judgement, world, prop.readings, deadline)

        if judge.search.context.any_policy:
            yield World.ANY_POLICY, verdict(judge.judge_any_pod(), World.ANY_POLICY), None
            return
        judgements = judge.judge()
        snapshot = verdict(judgements.snapshot, World.SNAPSHOT)
        yield World.SNAPSHOT, snapshot, self._record(judgements.snapshot)
        # A violation in the snapshot is one in the wider world too.
        same = judgements.any_pod is judgements.snapshot
        wide = snapshot if same else verdict(judgements.any_pod, World.ANY_POD)
        yield World.ANY_POD, wide, self._record(judgements.any_pod)

    def _record(self, judgement: Judgement) -> Record | None:
        return recorded(judgement.model, self.symbols) if isinstance(judgement, Fails | DependsOn) else None

    def _questions(self, statement: Statement) -> tuple[Question, ...]:
        """Return the questions of a statement, made once."""
        self._pristine = False
        known, found = self._asked.get(id(statement), (None, ()))
        if known is not statement:
            found = questions(statement, self.symbols)
            self._asked[id(statement)] = statement, found
        return found

    # --- more of what violates a property -------------------------------------------------------------------

    def with_more(self, decided: Decided, most: int) -> Mapping[World, Verdict]:
        """Return the verdicts with `most` counterexamples, if there are so many, each for another reason.

        They are those of the property's own world. What is asked of a context moves what is found in it next,
        so this comes after all properties are decided, in what is left of their time.
        """
        prop, verdict = decided.prop, decided.verdicts[decided.prop.world]
        if not isinstance(verdict, Refuted | Depends):
            return decided.verdicts
        deadline = self._deadline(decided.seconds_left)
        several = Several(self.context, self.cluster, self._questions, self.replay, self._in_words)
        with suppress(LimitError), self.watch.over(deadline):
            several.look(decided, most, deadline)
        if deadline.reason == OUT_OF_MEMORY:
            self._start_over()
        more = More(tuple(several.shown) or (verdict.counterexample,), several.exhaustive)
        return {**decided.verdicts, prop.world: replace(verdict, more=more)}

    def contradictions(self, properties: Sequence[Property]) -> Contradictions:
        """Return which of `properties` cannot hold together, whatever the policies say."""
        found, deadline = Contradictions(exhaustive=False), self._deadline(SECONDS)
        with suppress(LimitError), self.watch.over(deadline):
            found = contradictions(self.context, properties, lambda one: self._questions(one)[0], deadline)
        if deadline.reason == OUT_OF_MEMORY:
            self._start_over()
        return found

    def _explained(self, searches: Sequence[Search], world: World) -> Proved:
        try:
            found = grounds(searches, world, self.policies.plain)
        except LimitError:
            found = None
        if found is None:
            self._cut_short = True
            return Proved()
        bases = (Basis(item, self._pods_of[item.policy]()) for item in found.items)
        sides = (OpenSide(direction, unisolated) for direction, unisolated in found.without_rule)
        return Proved(tuple(bases), found.irreducible, tuple(sides))

    def notes(
        self, prop: Property, verdicts: Mapping[World, Verdict], timeout_seconds: float
    ) -> tuple[str, ...]:
        """Return what a reader of the verdict should know besides: an `only` that nobody can make use of."""
        statement = prop.of_one_set
        if not isinstance(statement, Only) or not isinstance(verdicts[World.SNAPSHOT], Proved):
            return ()
        allowed = Forbid(statement.source, statement.destination, statement.ports)
        question = questions(allowed, self.symbols)[0]
        deadline = self._deadline(timeout_seconds)
        with suppress(LimitError), self.watch.over(deadline):
            search = Search(self.context, question, dict(prop.readings), deadline)
            if isinstance(search.run([search.violating, search.snapshot]), Unsat):
                return ("nobody can make use of it: of the pods shown, not even `from` reaches `to` there",)
        return ()

    # --- one judgement -------------------------------------------------------------------------------------

    def _verdict(
        self,
        statement: Statement,
        question: Question,
        judgement: Judgement,
        world: World,
        readings: Choices,
        deadline: Deadline,
    ) -> Verdict:
        match judgement:
            case Holds():
                return Proved()
            case Empty():
                return self._nobody(statement, world, readings, deadline)
            case GaveUp(reason=reason):
                return Unknown(reason)
            case Fails(model=model, supposes=supposes):
                shown = self.replay.confirmed(statement, question, model, world, deadline, readings)
                return Refuted(replace(shown, supposes=self._in_words(supposes)) if supposes else shown)
            case DependsOn(model=model, assignment=assignment, irreducible=irreducible):
                shown = self.replay.confirmed(statement, question, model, world, deadline)
                return Depends(self._in_words(assignment), shown, irreducible)
            case MayFail(model=model, reason=reason, facts=facts):
                perhaps = self.replay.counterexample(statement, question, model, world, deadline)
                if perhaps is None and self.context.untrusted == Untrusted():
                    raise InternalError("the reference reading does not confirm the counterexample found")
                return Unknown(reason, perhaps, facts)

    def _in_words(self, assignment: Sequence[Choice]) -> tuple[Choice, ...]:
        nodes = self.symbols.nodes
        return in_words(assignment, nodes.names[len(nodes.shown) :], self._is_spare)

    def _is_spare(self, key: str, subject: str, value: str) -> bool:
        """Return whether a label value stands for all those that nobody mentions (S-3)."""
        if subject.startswith("namespace "):
            domain = self.symbols.namespace_labels[key]
            return value == domain.value(OTHER) or value not in self._written.namespace_labels[key]
        labels = self.symbols.node_labels if subject.startswith("node ") else self.symbols.pod_labels
        return value == labels[key].value(OTHER)

    def _nobody(self, statement: Statement, world: World, readings: Choices, deadline: Deadline) -> Vacuous:
        """Return why the scope is empty: which end selects nobody, or that the two never meet."""
        empty = []
        for name, question in ends(statement, self.symbols):
            search = Search(self.context, question, dict(readings), deadline)
            if isinstance(search.run([search.snapshot] if world is World.SNAPSHOT else []), Unsat):
                empty.append(name)
        # In the wider world it is not for want of a label that nobody bears.
        shown = world is World.SNAPSHOT or isinstance(statement, Isolate)
        hints = why_nobody(statement, empty, self.cluster.population) if shown else ()
        if not empty:
            return Vacuous("no flow is in its scope", hints)
        named = " and ".join(f"`{name}`" for name in empty)
        return Vacuous(f"{named} {'selects' if len(empty) == 1 else 'select'} nobody", hints)


def _untrusted(cluster: Cluster, symbols: Symbols) -> Untrusted:
    names = frozenset(
        symbols.table.index(policy.namespace)
        for policy in cluster.unmodelled
        if policy.namespace is not None and policy.namespace in cluster.population.namespaces
    )
    words = tuple(
        f"what {policy.kind} `{policy.namespace + '/' if policy.namespace else ''}{policy.name}` says"
        f" ({policy.origin.span()}: this kind is not modelled)"
        for policy in cluster.unmodelled
    )
    return Untrusted(names, any(policy.namespace is None for policy in cluster.unmodelled), words)


def _joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on a property from those on its questions: it holds iff each of them does."""
    for kind in (Refuted, Depends, Unknown, Vacuous):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Proved()
