"""The unknown facts of an input as variables: addresses, placement, labels that nobody shown sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address

import z3

from verifier.encodings.addresses import known_addresses
from verifier.encodings.peer import is_pod
from verifier.encodings.shapes import Shape
from verifier.encodings.symbolic_flow import Kind, SymbolicEndpoint
from verifier.encodings.symbols import Symbols
from verifier.encodings.terms import truth, value
from verifier.encodings.vocabulary import ABSENT
from verifier.encodings.worlds import Universe
from verifier.solver.decode import Pick


class Owner(Enum):
    """Whose fact it is."""

    SHAPE = "shape"
    NAMESPACE = "namespace"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the facts. `slot` 1 is the second of a shape's two pods; a `single` one has none."""

    owner: Owner
    index: int
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """A variable of an endpoint, by name; `key` for those in a mapping."""

    name: str
    key: str | None = None

    def of(self, end: SymbolicEndpoint) -> z3.ExprRef:
        """Return the variable."""
        found = getattr(end, self.name)
        variable: z3.ExprRef = found if self.key is None else found[self.key]
        return variable


@dataclass(frozen=True, slots=True)
class Facts:
    """The variables of one holder, by the field of an endpoint that each decides, and the words for them.

    `subject` is whose facts they are, in words; `domain` what the input says of them after all (an address
    lies in the pods' ranges). `on_host`: the addresses are those of a node.
    """

    holder: Holder
    subject: str
    variables: Mapping[Field, z3.ExprRef]
    words: Mapping[str, str]
    domain: z3.BoolRef
    on_host: bool = False

    def address(self, version: int) -> tuple[z3.BitVecRef, z3.BoolRef]:
        """Return the variables "its address of that family" and "it has one"; only if they are unknown."""
        bits, has = self.variables[Field(f"ipv{version}")], self.variables[Field(f"has_ipv{version}")]
        assert isinstance(bits, z3.BitVecRef)  # noqa: S101
        assert isinstance(has, z3.BoolRef)  # noqa: S101
        return bits, has


def not_shared(every: Iterable[Facts], model: z3.ModelRef, universe: Universe) -> Iterator[z3.BoolRef]:
    """Yield "these two share no address" for pairs, not both on the host network, that do in `model`."""
    terms = universe.symbols.terms
    first: dict[tuple[int, int], Facts] = {}
    for facts in every:
        for version in (4, 6) if Field("ipv4") in facts.variables else ():
            bits, has = facts.address(version)
            if not truth(model, has):
                continue
            other = first.setdefault((version, value(model, bits)), facts)
            if other is not facts and not (facts.on_host and other.on_host):
                its_bits, it_has = other.address(version)
                yield terms.negation(terms.conjunction((has, it_has, terms.same(bits, its_bits))))


def not_taken(facts: Facts, model: z3.ModelRef, universe: Universe) -> Iterator[z3.BoolRef]:
    """Yield "it is not that" for each unknown address that in `model` is a known one of others (S-2).

    Made when it happens, as there may be thousands of known addresses.
    """
    terms = universe.symbols.terms
    for version in (4, 6) if Field("ipv4") in facts.variables else ():
        bits, has = facts.address(version)
        if truth(model, has):
            code = value(model, bits)
            address = IPv4Address(code) if version == 4 else IPv6Address(code)
            if universe.addresses.known_address(address, on_host=facts.on_host):
                yield terms.implication(has, terms.negation(terms.equals(bits, code)))


def holders(picked: Pick, slot: int, symbols: Symbols) -> list[Holder]:
    """Return who has facts that matter to what was picked; `slot` tells which of a shape's pods it is."""
    found = []
    shown_or_not = picked.kind in (Kind.POD, Kind.HYPOTHETICAL)
    if (
        shown_or_not
        and picked.namespace < symbols.table.existing
        and symbols.table.labels[picked.namespace] is None
    ):
        found.append(Holder(Owner.NAMESPACE, picked.namespace))
    if picked.kind is Kind.POD:
        found.append(Holder(Owner.SHAPE, picked.identity, slot))
    if picked.kind is Kind.NODE and symbols.nodes.addresses(picked.identity) is None:
        found.append(Holder(Owner.NODE, picked.identity))
    return found


def facts_of(holder: Holder, symbols: Symbols, universe: Universe) -> Facts:
    """Return the variables of `holder`'s facts."""
    match holder.owner:
        case Owner.NAMESPACE:
            return _namespace_facts(holder, symbols)
        case Owner.SHAPE:
            return _pod_facts(holder, symbols, universe)
        case Owner.NODE:
            name = symbols.nodes.names[holder.index]
            end = symbols.flow.source
            return _address_facts(holder, symbols, f"node {name}", universe.addresses.unknown_node(end))


def where(holder: Holder, end: SymbolicEndpoint, second: z3.BoolRef, symbols: Symbols) -> z3.BoolRef:
    """Return the term "`end` is `holder`, or a pod in it"; `second`: it is the second pod of its shape."""
    terms = symbols.terms
    match holder.owner:
        case Owner.NAMESPACE:
            return terms.conjunction((is_pod(symbols, end), terms.equals(end.namespace, holder.index)))
        case Owner.NODE:
            return terms.conjunction(
                (terms.equals(end.kind, Kind.NODE), terms.equals(end.identity, holder.index))
            )
        case Owner.SHAPE:
            here = terms.conjunction(
                (terms.equals(end.kind, Kind.POD), terms.equals(end.identity, holder.index))
            )
            return terms.conjunction((here, second if holder.slot else terms.negation(second)))


def _namespace_facts(holder: Holder, symbols: Symbols) -> Facts:
    terms, name = symbols.terms, symbols.table.names[holder.index]
    variables: dict[Field, z3.ExprRef] = {}
    words, domain = {}, []
    for key, labels in symbols.namespace_labels.items():
        fact = f"fact[namespace {name}].label[{key}]"
        variable = terms.bits(fact, labels.width)
        variables[Field("namespace_labels", key)] = variable
        words[fact] = f"the label `{key}` of namespace `{name}`"
        domain.append(terms.between(variable, 0, labels.size - 1))
    return Facts(holder, f"namespace `{name}`", variables, words, terms.conjunction(domain))


def _pod_facts(holder: Holder, symbols: Symbols, universe: Universe) -> Facts:
    terms, shape = symbols.terms, symbols.shapes[holder.index]
    workload, end = shape.workload, symbols.flow.source
    stem = f"fact[shape {holder.index}.{holder.slot}]"
    variables: dict[Field, z3.ExprRef] = {}
    words, domain = {}, []
    subject = _in_words(shape, holder.slot)
    for key, code in shape.label_codes:
        if code is None:
            labels = symbols.pod_labels[key]
            variable = terms.bits(f"{stem}.label[{key}]", labels.width)
            variables[Field("labels", key)] = variable
            words[f"{stem}.label[{key}]"] = f"the label `{key}` of {subject}"
            domain.append(terms.between(variable, ABSENT + 1, labels.size - 1))
    if workload.node is None:
        node = terms.bits(f"{stem}.node", symbols.nodes.width)
        variables[Field("node")] = node
        words[f"{stem}.node"] = f"the node that {subject} runs on"
        domain.append(terms.between(node, 0, len(symbols.nodes.names) - 1))
    if known_addresses(symbols, workload) is None:
        addresses = _address_facts(holder, symbols, subject, universe.addresses.of_shape(end, shape), stem)
        variables.update(addresses.variables)
        words.update(addresses.words)
        domain.append(addresses.domain)
    # On the host network, where the address can be depends on the node.
    known = terms.substituted(terms.conjunction(domain), ((f.of(end), fact) for f, fact in variables.items()))
    return Facts(holder, subject, variables, words, known, workload.host_network)


def _in_words(shape: Shape, slot: int) -> str:
    """The workload whose pod is shown; a second pod of a template is told apart from the first."""
    if slot == 0:
        return f"`{shape.workload.title}`"
    second = shape.pod_on(next(iter(shape.nodes), 0), besides=shape.workload)
    return f"another pod of `{second.title}`" if second is shape.workload else f"`{second.title}`"


def _address_facts(
    holder: Holder, symbols: Symbols, title: str, lies: z3.BoolRef, stem: str | None = None
) -> Facts:
    """`lies` says over the source's variables where the address can be."""
    terms, end = symbols.terms, symbols.flow.source
    stem = stem or f"fact[{title}]"
    variables: dict[Field, z3.ExprRef] = {}
    words = {}
    for family in ("4", "6"):
        address = terms.bits(f"{stem}.ipv{family}", 32 if family == "4" else 128)
        present = terms.boolean(f"{stem}.has_ipv{family}")
        variables[Field(f"ipv{family}")] = address
        variables[Field(f"has_ipv{family}")] = present
        words[f"{stem}.ipv{family}"] = f"the IPv{family} address of {title}"
    words[f"{stem}.has_ipv6"] = "whether pods and nodes have IPv6 addresses"
    domain = terms.substituted(lies, ((field.of(end), variable) for field, variable in variables.items()))
    return Facts(holder, title, variables, words, domain, holder.owner is Owner.NODE)
