"""What the tiers around the NetworkPolicies say of one side, for every far end at once (ANP-2, CNP-2).

Within a tier the first rule that matches decides. Which of two policies of equal priority is asked first is
an order of the whole cluster that nobody knows (ANP-11): where it matters, atoms stand for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from verifier.analyses.map.bits import refined, renamed
from verifier.analyses.map.context import Context
from verifier.analyses.map.diagram import NEVER, Atom, Diagrams, Kind, Value
from verifier.analyses.map.peers import Peers
from verifier.analyses.map.rule_ports import Ports
from verifier.analyses.map.selectors import End, Meant
from verifier.flow import Action, ContainerPort, Direction
from verifier.manifest.tiers import Tier, TieredPolicy, TieredRule, UnknownPeer

_MOST_TIED = 7


class Said(NamedTuple):
    """What rules say, port by port: no port is in two of the three."""

    accepted: Value = NEVER
    denied: Value = NEVER
    passed: Value = NEVER


NOTHING = Said()


class Tiers:
    """Answers what a tier says; each rule is looked up once."""

    def __init__(self, context: Context, peers: Peers, ports: Ports) -> None:
        self.context = context
        self.diagrams = context.diagrams
        self.peers, self.ports = peers, ports
        self._rules: dict[tuple[str, Direction, int, tuple[ContainerPort, ...]], Meant] = {}

    def say(
        self,
        selected: Sequence[tuple[TieredPolicy, Value]],
        tier: Tier,
        direction: Direction,
        declared: tuple[ContainerPort, ...],
    ) -> dict[Said, int]:
        """Return what `tier` says of pods that policies select under these conditions, per far end.

        `declared`: the ports that the pods declare; for egress those of the far end count.
        """
        own = [(policy, condition) for policy, condition in selected if policy.tier == tier]
        own.sort(key=lambda each: each[0].priority)
        found: dict[Said, int] = {NOTHING: self.context.ends.all}
        for _, group in groupby(own, key=lambda each: each[0].priority):
            tied: dict[tuple[Said, ...], int] = {(): self.context.ends.all}
            titles = []
            for policy, condition in group:
                titles.append(policy.title)
                says = self._policy(policy, condition, direction, declared)
                tied = refined(tied, says, lambda before, said: (*before, said), NOTHING)
            names = tuple(titles)
            decided: dict[Said, int] = {}
            for key, bits in tied.items():
                said = self._in_any_order(names, key)
                decided[said] = decided.get(said, 0) | bits
            found = refined(found, decided, self._then, NOTHING)
        return found

    def _then(self, first: Said, second: Said) -> Said:
        d = self.diagrams
        left = d.complement(d.any_of(first))
        return Said(*(d.either(one, d.both(left, other)) for one, other in zip(first, second, strict=True)))

    def _policy(
        self,
        policy: TieredPolicy,
        selected: Value,
        direction: Direction,
        declared: tuple[ContainerPort, ...],
    ) -> dict[Said, int]:
        found: dict[Said, int] = {NOTHING: self.context.ends.all}
        for index, rule in enumerate(policy.rules(direction)):
            says: dict[Said, int] = {}
            for ports, bits in self._rule(policy, index, rule, direction, declared).items():
                said = _of_action(rule, self.diagrams.both(selected, ports))
                if said is not None:
                    says[said] = says.get(said, 0) | bits
            found = refined(found, says, self._then, NOTHING)
        return found

    def _rule(
        self,
        policy: TieredPolicy,
        index: int,
        rule: TieredRule,
        direction: Direction,
        declared: tuple[ContainerPort, ...],
    ) -> Meant:
        if _fails_closed(rule):  # ANP-12
            return {self.diagrams.full: self.context.ends.all}
        key = (policy.title, direction, index, declared)
        found = self._rules.get(key)
        if found is None:
            end = End.FROM if direction is Direction.INGRESS else End.TO
            meant, ports = self.peers.of_tiered_rule(rule.peers, end), self.ports.of_matches(rule.ports)
            if direction is Direction.EGRESS:
                found = self.ports.matched(meant, ports, NEVER)
            else:
                on = self.ports.on(ports, declared, self.diagrams.full)
                found = renamed(meant, partial(self.diagrams.both, on))
            self._rules[key] = found
        return found

    # --- equal priorities ----------------------------------------------------------------------------------

    def _in_any_order(self, titles: Sequence[str], says: Sequence[Said]) -> Said:
        """Return what policies of equal priority say together."""
        speaking = {title: said for title, said in zip(titles, says, strict=True) if said != NOTHING}
        if not self._conflict(list(speaking.values())):
            together = NOTHING
            for said in speaking.values():
                together = self._then(together, said)
            return together
        if len(speaking) > _MOST_TIED:
            return self._some(list(speaking), list(speaking.values()))
        return self._ordered(speaking, {})

    def _conflict(self, says: Sequence[Said]) -> bool:
        d = self.diagrams
        for index, one in enumerate(says):
            for other in says[index + 1 :]:
                for place, ports in enumerate(one):
                    rest = d.any_of(each for number, each in enumerate(other) if number != place)
                    if d.both(ports, rest) != NEVER:
                        return True
        return False

    def _ordered(self, says: Mapping[str, Said], known: dict[frozenset[str], Said]) -> Said:
        if not says:
            return NOTHING
        found = known.get(frozenset(says))
        if found is None:
            d, parts = self.diagrams, [NEVER, NEVER, NEVER]
            whole: list[Value] = list(parts)
            for title, said in says.items():
                others = {name: each for name, each in says.items() if name != title}
                first = d.all_of(before(d, title, other) for other in others)
                then = self._then(said, self._ordered(others, known))
                whole = [d.either(w, d.both(first, t)) for w, t in zip(whole, then, strict=True)]
            found = known[frozenset(says)] = Said(*whole)
        return found

    def _some(self, titles: Sequence[str], says: Sequence[Said]) -> Said:
        """Return what so many say that their orders are not told apart: any of them may come first."""
        d = self.diagrams
        accepted, denied, passed = (d.any_of(said[place] for said in says) for place in range(3))
        one = d.asks(Atom(Kind.ORDER, titles[0], "first of many"))
        other = d.asks(Atom(Kind.ORDER, titles[1], "first of many"))
        accepts = d.both(accepted, d.either(d.complement(d.either(denied, passed)), one))
        rest = d.complement(accepts)
        denies = d.both(d.both(denied, rest), d.either(d.complement(passed), other))
        return Said(accepts, denies, d.both(passed, d.both(rest, d.complement(denies))))


def before(diagrams: Diagrams, one: str, other: str) -> Value:
    """Return the condition "`one` is asked before `other`, of equal priority"."""
    low, high = sorted((one, other))
    asked = diagrams.asks(Atom(Kind.ORDER, low, value=high))
    return asked if low == one else diagrams.complement(asked)


def _fails_closed(rule: TieredRule) -> bool:
    return any(isinstance(peer, UnknownPeer) for peer in rule.peers)


def _of_action(rule: TieredRule, ports: Value) -> Said | None:
    if ports == NEVER:
        return None
    if _fails_closed(rule):
        return None if rule.action is Action.ACCEPT else Said(denied=ports)
    match rule.action:
        case Action.ACCEPT:
            return Said(accepted=ports)
        case Action.DENY:
            return Said(denied=ports)
        case Action.PASS:
            return Said(passed=ports)
