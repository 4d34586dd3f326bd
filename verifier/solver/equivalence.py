"""Does one side of a namespace admit the same flows when something is taken out of its policies?

Everything that can be taken out (a policy, a rule, a peer, a port, an `except`) has a literal "it is kept";
one solver answers for every set of them. The question is asked of any pod, whatever its labels, of any other
end, and under every reading at once (S-14).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import z3

from verifier.deadline import Deadline
from verifier.encodings.ip_block import encode_cidr
from verifier.encodings.network_policy import effective_types, rules_of
from verifier.encodings.peer import encode_peer, encode_pod_selector
from verifier.encodings.ports import encode_port_entry
from verifier.encodings.symbolic_flow import PROTOCOLS, Kind, Role, SymbolicEndpoint
from verifier.encodings.symbols import Symbols, build_symbols
from verifier.encodings.vocabulary import Mentions
from verifier.flow import MAX_PORT, MIN_PORT, Direction
from verifier.manifest.network_policy import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)
from verifier.manifest.tiers import TieredPolicy
from verifier.population import Namespace, Population
from verifier.solver.answers import is_unsatisfiable
from verifier.solver.fewest import fewest
from verifier.solver.search import LOGIC, truth


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """Something that can be taken out of the policies of a namespace.

    A whole policy, unless `rule` is its index in `direction`; then that rule, or one peer, one port entry or
    one `except` of a peer of it.
    """

    policy: str
    direction: Direction | None = None
    rule: int | None = None
    peer: int | None = None
    port: int | None = None
    hole: int | None = None

    def holds(self, other: Part) -> bool:
        """Return whether `other` is this part, or lies in it."""
        mine = (self.policy, self.direction, self.rule, self.peer, self.port, self.hole)
        theirs = (other.policy, other.direction, other.rule, other.peer, other.port, other.hole)
        return all(field is None or field == its for field, its in zip(mine, theirs, strict=True))


@dataclass(frozen=True, slots=True)
class Difference:
    """A flow, by the policies that isolate its pod and, of these, those with a rule that admits it.

    Those that are gone count too, with what is left of their rules.
    """

    isolating: frozenset[str]
    admitting: frozenset[str]


def side_symbols(
    namespaces: Mapping[str, Namespace],
    policies: Iterable[NetworkPolicy],
    tiers: Iterable[TieredPolicy] = (),
) -> Symbols:
    """Return symbols in which any pod can be spoken of, and no pod is shown."""
    mentions = Mentions()
    mentions.policies(policies)
    mentions.tiers(tiers)
    return build_symbols(Population(namespaces), mentions)


def any_pod_of(
    symbols: Symbols, namespace: int, subject: SymbolicEndpoint, far: SymbolicEndpoint
) -> Iterable[z3.BoolRef]:
    """Yield what holds where any pod of the namespace stands at one end, and anybody at the other (S-5)."""
    terms = symbols.terms
    yield terms.equals(subject.namespace, namespace)
    yield from (terms.negation(end.host_network) for end in (subject, far))
    yield from any_pod(symbols, subject, far)


def any_pod(symbols: Symbols, subject: SymbolicEndpoint, far: SymbolicEndpoint) -> Iterable[z3.BoolRef]:
    """Yield what holds where any pod stands at one end, and anybody at the other; on the host network too."""
    terms, flow = symbols.terms, symbols.flow
    yield terms.equals(subject.kind, Kind.HYPOTHETICAL)
    yield terms.between(subject.namespace, 0, symbols.table.size - 1)
    yield terms.one_of(far.kind, (Kind.HYPOTHETICAL, Kind.EXTERNAL, Kind.NODE))
    yield terms.between(far.namespace, 0, symbols.table.size - 1)
    for end in (subject, far):
        yield from (
            terms.between(end.labels[key], 0, domain.size - 1) for key, domain in symbols.pod_labels.items()
        )
        yield from (
            terms.between(end.namespace_labels[key], 0, domain.size - 1)
            for key, domain in symbols.namespace_labels.items()
        )
    yield terms.between(flow.port, MIN_PORT, MAX_PORT)
    yield terms.between(flow.protocol, 0, len(PROTOCOLS) - 1)
    yield from (terms.implication(first, flow.named_any[n]) for n, first in flow.named_first.items())
    yield from (terms.implication(lead, flow.named_first[n]) for n, lead in flow.named_lead.items())
    # One namespace has one set of labels, known or not (S-4).
    alike = [
        terms.same(subject.namespace_labels[key], far.namespace_labels[key])
        for key in symbols.namespace_labels
    ]
    elsewhere = terms.negation(terms.same(subject.namespace, far.namespace))
    yield terms.disjunction((elsewhere, terms.conjunction(alike)))


class SideEquivalence:
    """One direction of one namespace: its policies as they are, and with parts taken out."""

    def __init__(
        self,
        symbols: Symbols,
        namespace: str,
        direction: Direction,
        policies: Sequence[NetworkPolicy],
        deadline: Deadline,
        *,
        isolation_counts: bool = False,
    ) -> None:
        """Prepare the question.

        `isolation_counts`: a pod that is isolated no more is not the same, even if it was admitted
        everything: what no NetworkPolicy isolates is handed to the baseline tier (CNP-4).
        """
        self._symbols = symbols
        self._terms = symbols.terms
        self._deadline = deadline
        self._direction = direction
        self._namespace = symbols.table.index(namespace)
        subject = Role.DESTINATION if direction is Direction.INGRESS else Role.SOURCE
        self._subject = symbols.flow.end(subject)
        self._far = symbols.flow.end(Role.SOURCE if subject is Role.DESTINATION else Role.DESTINATION)
        self._kept: dict[Part, z3.BoolRef] = {}
        self._uncovering: dict[Part, z3.BoolRef] = {}
        self._solver = self._terms.solver(LOGIC)
        self._solver.add(*any_pod_of(symbols, self._namespace, self._subject, self._far))
        self._selected: dict[str, z3.BoolRef] = {}
        self._rules: dict[Part, z3.BoolRef] = {}
        self._still: dict[Part, z3.BoolRef] = {}
        whole, pruned = [], []
        isolated, isolated_still = [], []
        for policy in policies:
            if direction not in effective_types(policy):
                continue
            selected = self._selects(policy)
            isolated.append(selected)
            isolated_still.append(self._terms.conjunction((self._keep(Part(policy.title)), selected)))
            for index, rule in enumerate(rules_of(policy, direction)):
                whole.append(self._matches(policy, index, *rule))
                pruned.append(self._matches_still(policy, index, *rule))
                self._still[Part(policy.title, direction, index)] = pruned[-1]
        self._differs = self._terms.boolean(f"differs[{namespace} {direction}]")
        before = self._allows(isolated, whole)
        after = self._allows(isolated_still, pruned)
        apart = self._terms.negation(self._terms.same_truth(before, after))
        if isolation_counts:
            kept = self._terms.same_truth(
                self._terms.disjunction(isolated), self._terms.disjunction(isolated_still)
            )
            apart = self._terms.disjunction((apart, self._terms.negation(kept)))
        self._solver.add(self._terms.implication(self._differs, apart))

    # --- asking --------------------------------------------------------------------------------------------

    def same_without(self, removed: Collection[Part]) -> bool:
        """Return whether this side admits the same flows when `removed` are taken out.

        Raises:
            LimitError: nobody knows.
        """
        return is_unsatisfiable(self._solver, self._deadline, self._without(removed))

    def difference(self, removed: Collection[Part]) -> Difference | None:
        """Return one flow that `removed` make a difference to; None: there is none.

        Raises:
            LimitError: nobody knows.
        """
        if self.same_without(removed):
            return None
        model = self._solver.model()
        policies = {part.policy for part in removed if part.rule is None}
        admitting = set()
        for part, still in self._still.items():
            gone = part in removed if part.policy in policies else not truth(model, still)
            if not gone and truth(model, self._rules[part]):
                admitting.add(part.policy)
        isolating = (title for title, selected in self._selected.items() if truth(model, selected))
        return Difference(frozenset(isolating), frozenset(admitting))

    def _without(self, removed: Collection[Part]) -> list[z3.BoolRef]:
        literals = [
            self._terms.negation(literal) if part in removed else literal
            for part, literal in self._kept.items()
        ]
        return [self._differs, *literals]

    def covers(self, box: Part, candidates: Sequence[Part]) -> tuple[Part, ...] | None:
        """Return the fewest needed of the rules `candidates` whose union holds `box`; None: not even all do.

        `box` is a rule, a peer of one or a port entry of one. No part of what is returned can be left out.

        Raises:
            LimitError: nobody knows.
        """
        outside = {part: self._uncovers(part) for part in candidates if part in self._rules}
        return fewest(self._solver, self._deadline, [self._inside(box)], outside)

    # --- terms ---------------------------------------------------------------------------------------------

    def _allows(self, isolated: Iterable[z3.BoolRef], admitted: Iterable[z3.BoolRef]) -> z3.BoolRef:
        open_ = self._terms.negation(self._terms.disjunction(isolated))
        return self._terms.disjunction((open_, self._terms.disjunction(admitted)))

    def _keep(self, part: Part) -> z3.BoolRef:
        found = self._kept.get(part)
        if found is None:
            found = self._kept[part] = self._terms.boolean(f"keep[{part}]")
        return found

    def _uncovers(self, rule: Part) -> z3.BoolRef:
        found = self._uncovering.get(rule)
        if found is None:
            found = self._uncovering[rule] = self._terms.boolean(f"uncovers[{rule}]")
            self._solver.add(self._terms.implication(found, self._terms.negation(self._rules[rule])))
        return found

    def _selects(self, policy: NetworkPolicy) -> z3.BoolRef:
        selector = policy.spec.pod_selector
        found = (
            self._terms.true
            if selector is None
            else encode_pod_selector(self._symbols, selector, self._subject)
        )
        self._selected[policy.title] = found
        return found

    def _inside(self, box: Part) -> z3.BoolRef:
        literal = self._terms.boolean(f"inside[{box}]")
        self._solver.add(self._terms.implication(literal, self._rules[box]))
        return literal

    def _matches(
        self,
        policy: NetworkPolicy,
        index: int,
        peers: Sequence[NetworkPolicyPeer],
        ports: Sequence[NetworkPolicyPort],
    ) -> z3.BoolRef:
        """Return the term of the rule as it is; notes it, and its peers and ports, as boxes."""
        terms = self._terms
        rule = Part(policy.title, self._direction, index)
        selected = self._selected[policy.title]
        each_peer = [encode_peer(self._symbols, peer, self._namespace, self._far) for peer in peers]
        each_port = [encode_port_entry(self._symbols, entry) for entry in ports]
        admitted = terms.disjunction(each_peer) if peers else terms.true
        on_port = terms.disjunction(each_port) if ports else terms.true
        for number, term in enumerate(each_peer):
            box = Part(rule.policy, rule.direction, index, peer=number)
            self._rules[box] = terms.conjunction((selected, term, on_port))
            self._holes(box, peers[number].ip_block, terms.conjunction((selected, on_port)))
        for number, term in enumerate(each_port):
            box = Part(rule.policy, rule.direction, index, port=number)
            self._rules[box] = terms.conjunction((selected, admitted, term))
        found = self._rules[rule] = terms.conjunction((selected, admitted, on_port))
        return found

    def _holes(self, box: Part, block: IPBlock | None, besides: z3.BoolRef) -> None:
        """Note, for each `except`, the flows that only it keeps out of the peer."""
        if block is None:
            return
        for number, _ in enumerate(block.except_ or ()):
            without = [hole for at, hole in enumerate(block.except_ or ()) if at != number]
            wider = block.model_copy(update={"except_": tuple(without)})
            terms = self._terms
            peers = [
                encode_peer(self._symbols, NetworkPolicyPeer(ipBlock=each), self._namespace, self._far)
                for each in (wider, block)
            ]
            cut = terms.conjunction((peers[0], terms.negation(peers[1])))
            part = Part(box.policy, box.direction, box.rule, peer=box.peer, hole=number)
            self._rules[part] = terms.conjunction((besides, cut))

    def _matches_still(
        self,
        policy: NetworkPolicy,
        index: int,
        peers: Sequence[NetworkPolicyPeer],
        ports: Sequence[NetworkPolicyPort],
    ) -> z3.BoolRef:
        """Return the term of the rule with its parts behind their literals; the last one gone, so is it."""
        terms = self._terms
        title, direction = policy.title, self._direction
        each_peer = [
            terms.conjunction(
                (
                    self._keep(Part(title, direction, index, peer=number)),
                    self._peer_still(peer, Part(title, direction, index, peer=number), self._far),
                )
            )
            for number, peer in enumerate(peers)
        ]
        each_port = [
            terms.conjunction(
                (
                    self._keep(Part(title, direction, index, port=number)),
                    encode_port_entry(self._symbols, entry),
                )
            )
            for number, entry in enumerate(ports)
        ]
        return terms.conjunction(
            (
                self._keep(Part(title)),
                self._keep(Part(title, direction, index)),
                self._selected[title],
                terms.disjunction(each_peer) if peers else terms.true,
                terms.disjunction(each_port) if ports else terms.true,
            )
        )

    def _peer_still(self, peer: NetworkPolicyPeer, part: Part, far: SymbolicEndpoint) -> z3.BoolRef:
        block = peer.ip_block
        if block is None or not block.except_:
            return encode_peer(self._symbols, peer, self._namespace, far)
        terms, is_ipv6 = self._terms, self._symbols.flow.is_ipv6
        bare = NetworkPolicyPeer(ipBlock=IPBlock(cidr=block.cidr))
        cut = [
            terms.conjunction(
                (
                    self._keep(Part(part.policy, part.direction, part.rule, peer=part.peer, hole=number)),
                    encode_cidr(terms, hole, far, is_ipv6),
                )
            )
            for number, hole in enumerate(block.except_)
        ]
        return terms.conjunction(
            (
                encode_peer(self._symbols, bare, self._namespace, far),
                terms.negation(terms.disjunction(cut)),
            )
        )
