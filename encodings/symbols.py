"""What formulas are built from, made once for all policies and properties: domains, variables, shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import z3

from verifier.encodings.ip_block import Block, cidr_bits
from verifier.encodings.namespaces import NamespaceTable, namespace_table
from verifier.encodings.shapes import BlockMembership, Shape, ShapeKey, collapse
from verifier.encodings.stated import StatedAddresses
from verifier.encodings.symbolic_flow import SymbolicFlow, Widths, symbolic_flow
from verifier.encodings.symbolic_readings import SymbolicReadings, symbolic_readings
from verifier.encodings.terms import Terms
from verifier.encodings.vocabulary import LabelDomain, Mentions, label_domain, unused
from verifier.flow import Address, Node
from verifier.population import Population


@dataclass(frozen=True, slots=True)
class NodeTable:
    """Nodes as indexes: those declared, those that a pod names only, and two that nobody names.

    `endpoints` are the indexes that can be an end of a flow: those declared or named and, where none
    is declared, the two unnamed ones.
    """

    names: tuple[str, ...]
    declared: tuple[Node, ...]
    places: Mapping[str, int] = field(repr=False)  # index by name

    @property
    def width(self) -> int:
        """Bits that an index needs."""
        return max(1, (len(self.names) - 1).bit_length())

    @property
    def shown(self) -> range:
        """The indexes of the nodes that the input declares or names."""
        return range(len(self.names) - 2)

    @property
    def endpoints(self) -> range:
        """The indexes of the nodes that can send and receive."""
        return self.shown if self.declared else range(len(self.names))

    def addresses(self, index: int) -> tuple[Address, ...] | None:
        """Return the addresses of a declared node, None where they are not known."""
        return self.declared[index].addresses or None if index < len(self.declared) else None

    def labels(self, index: int) -> Mapping[str, str] | None:
        """Return the labels of a declared node, None where they are not known."""
        return self.declared[index].labels if index < len(self.declared) else None


def node_table(population: Population) -> NodeTable:
    """Return the nodes that the input declares or names."""
    declared = [node.name for node in population.nodes]
    named = sorted({w.node for w in population.workloads if w.node is not None} - set(declared))
    taken = {*declared, *named}
    others = [unused("node", taken)]
    others.append(unused("node", taken | set(others)))
    names = (*declared, *named, *others)
    return NodeTable(names, population.nodes, {name: index for index, name in enumerate(names)})


class Variables(NamedTuple):
    """What of the symbols is made of terms."""

    flow: SymbolicFlow
    readings: SymbolicReadings
    domain_names: Mapping[str, z3.BoolRef]


@dataclass(frozen=True, slots=True)
class Symbols:
    """The variables and domains that all terms of one run share."""

    terms: Terms
    flow: SymbolicFlow
    readings: SymbolicReadings
    pod_labels: Mapping[str, LabelDomain]
    namespace_labels: Mapping[str, LabelDomain]
    table: NamespaceTable
    nodes: NodeTable
    shapes: tuple[Shape, ...]
    shapes_by_namespace: Mapping[int, tuple[Shape, ...]]
    population: Population
    blocks: frozenset[Block]  # all that a policy or a property mentions
    node_labels: Mapping[str, LabelDomain]
    domain_names: Mapping[str, z3.BoolRef]  # the address at the destination is one of the name's
    stated: StatedAddresses
    make: Callable[[Terms], Variables] = field(repr=False)

    def renewed(self) -> Symbols:
        """Return the same symbols over a context of their own, in which nothing has been built yet."""
        terms = Terms()
        return replace(self, terms=terms, **self.make(terms)._asdict())

    def node_label(self, index: int, key: str) -> z3.BitVecRef:
        """Return the label of a node whose labels nobody states; a code that is none means "other"."""
        return self.terms.bits(f"node[{self.nodes.names[index]}].label[{key}]", self.node_labels[key].width)


def build_symbols(
    population: Population, mentions: Mentions, owners: Iterable[tuple[str | None, str]] = ()
) -> Symbols:
    """Return fresh symbols for everybody in `population` and everything in `mentions`."""
    table = namespace_table(population.namespaces, mentions.namespace_names)
    pod_labels = _domains(mentions.pod_labels, [workload.labels for workload in population.workloads])
    namespace_labels = _domains(
        mentions.namespace_labels, [n.labels for n in population.namespaces.values() if n.labels is not None]
    )
    nodes = node_table(population)
    blocks = frozenset(map(cidr_bits, mentions.blocks))
    port_names = frozenset(mentions.port_names)
    key = ShapeKey(
        pod_labels,
        port_names,
        BlockMembership(blocks),
        frozenset(owners),
        nodes.places,
        table,
    )
    shapes = collapse(population.workloads, key)
    by_namespace: dict[int, list[Shape]] = {}
    for shape in shapes:
        by_namespace.setdefault(shape.namespace, []).append(shape)
    identities = max(len(shapes), len(nodes.names), 2)
    widths = Widths(identity=(identities - 1).bit_length(), namespace=table.width, node=nodes.width)
    bare = frozenset(mentions.bare_port_names)
    domains = sorted(mentions.domain_names)

    def make(terms: Terms) -> Variables:
        return Variables(
            symbolic_flow(terms, widths, pod_labels, namespace_labels, port_names, bare),
            symbolic_readings(terms),
            {name: terms.boolean(f"domain[{name}]") for name in domains},
        )

    terms = Terms()
    return Symbols(
        terms=terms,
        **make(terms)._asdict(),
        pod_labels=pod_labels,
        namespace_labels=namespace_labels,
        table=table,
        nodes=nodes,
        shapes=shapes,
        shapes_by_namespace={index: tuple(group) for index, group in by_namespace.items()},
        population=population,
        blocks=blocks,
        node_labels=_domains(
            mentions.node_labels, [node.labels for node in population.nodes if node.labels is not None]
        ),
        stated=StatedAddresses(population),
        make=make,
    )


def _domains(mentioned: Mapping[str, set[str]], maps: Sequence[Mapping[str, str]]) -> dict[str, LabelDomain]:
    return {
        key: label_domain(key, values, frozenset({labels[key] for labels in maps if key in labels}))
        for key, values in sorted(mentioned.items())
    }
