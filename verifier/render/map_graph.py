"""A map as a graph, in the languages of Graphviz and Mermaid.

An edge is a row's ports. A row between several and several goes through a point of its own, so that there are
as many edges as there are ends, and not as many as there are pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from verifier.analyses.map.told import Party
from verifier.flow import Direction
from verifier.mapper import ConnectionMap, MapReport
from verifier.render.map_words import Line, block, lines, stranger, workload

_MANY_EDGES = 3


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two nodes; `certain` is False where the row depends on something."""

    source: str
    destination: str
    label: str
    certain: bool


@dataclass(slots=True)
class Graph:
    """Nodes by their names here, each with its label, by namespace (None: of no single one)."""

    nodes: dict[str | None, dict[str, str]] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    _names: dict[tuple[str | None, str], str] = field(default_factory=dict)

    def node(self, namespace: str | None, label: str) -> str:
        """Return the name of the node with that label."""
        key = (namespace, label)
        if key not in self._names:
            self._names[key] = f"n{len(self._names)}"
            self.nodes.setdefault(namespace, {})[self._names[key]] = label
        return self._names[key]


def graph_of(report: MapReport) -> Graph:
    """Return the graph of the rows, and of whom no manifest shows."""
    graph, made = Graph(), report.made
    every = lines(report)
    for row, line in zip(report.rows, every, strict=False):
        ends = [list(_nodes(graph, end, made)) for end in (row.source, row.destination)]
        _join(graph, ends[0], ends[1], line)
    for exposed, line in zip(report.exposures, every[len(report.rows) :], strict=True):
        own = list(_nodes(graph, exposed.workloads, made))
        others = [graph.node(None, stranger(exposed.stranger))]
        ingress = exposed.direction is Direction.INGRESS
        _join(graph, others if ingress else own, own if ingress else others, line)
    return graph


def _join(graph: Graph, sources: Sequence[str], destinations: Sequence[str], line: Line) -> None:
    certain = line.shown and not line.depends
    label = ", ".join(line.ports)
    if line.depends:
        label += f" if: {'; '.join(line.depends)}"
    if len(sources) * len(destinations) <= len(sources) + len(destinations) + _MANY_EDGES:
        graph.edges += (Edge(one, other, label, certain) for one in sources for other in destinations)
        return
    point = f"p{len(graph.points)}"
    graph.points.append(point)
    graph.edges += (Edge(one, point, label, certain) for one in sources)
    graph.edges += (Edge(point, other, "", certain) for other in destinations)


def _nodes(graph: Graph, end: Party, made: ConnectionMap) -> Iterator[str]:
    if end.everybody:
        yield graph.node(None, "all workloads")
    for name in end.namespaces:
        yield graph.node(name, f"all of {name}")
    for each in end.workloads:
        yield graph.node(each.namespace, workload(each, made))
    if end.everywhere:
        yield graph.node(None, "any address outside")
    else:
        for addresses in end.addresses:
            yield graph.node(None, block(addresses))


# --- Graphviz ----------------------------------------------------------------------------------------------


def print_map_dot(report: MapReport, out: TextIO) -> None:
    """Write the graph for Graphviz: a box around each namespace, dashed arrows for what is not certain."""
    graph = graph_of(report)
    out.write('digraph map {\n  rankdir="LR"\n  node [shape="box"]\n')
    for number, (namespace, nodes) in enumerate(graph.nodes.items()):
        lines = [f"{name} [label={_dot(label)}]" for name, label in nodes.items()]
        if namespace is None:
            out.writelines(f"  {line}\n" for line in lines)
            continue
        out.write(f"  subgraph cluster_{number} {{\n    label={_dot(namespace)}\n")
        out.writelines(f"    {line}\n" for line in lines)
        out.write("  }\n")
    out.writelines(f'  {point} [shape="point"]\n' for point in graph.points)
    for edge in graph.edges:
        said = [f"label={_dot(edge.label)}"] if edge.label else []
        said += [] if edge.certain else ['style="dashed"']
        attributes = f" [{', '.join(said)}]" if said else ""
        out.write(f"  {edge.source} -> {edge.destination}{attributes}\n")
    out.write("}\n")


def _dot(text: str) -> str:
    """Return a quoted string, in which nothing is an escape but what is written so here."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# --- Mermaid -----------------------------------------------------------------------------------------------


def print_map_mermaid(report: MapReport, out: TextIO) -> None:
    """Write the graph for Mermaid, as it is drawn in Markdown on many sites."""
    graph = graph_of(report)
    out.write("flowchart LR\n")
    for number, (namespace, nodes) in enumerate(graph.nodes.items()):
        lines = [f'{name}["{_mermaid(label)}"]' for name, label in nodes.items()]
        if namespace is None:
            out.writelines(f"  {line}\n" for line in lines)
            continue
        out.write(f'  subgraph s{number}["{_mermaid(namespace)}"]\n')
        out.writelines(f"    {line}\n" for line in lines)
        out.write("  end\n")
    out.writelines(f'  {point}((" "))\n' for point in graph.points)
    for edge in graph.edges:
        arrow = "-->" if edge.certain else "-.->"
        label = f'|"{_mermaid(edge.label)}"|' if edge.label else ""
        out.write(f"  {edge.source} {arrow}{label} {edge.destination}\n")


def _mermaid(text: str) -> str:
    """Return text in which every letter that could mean something is written by its number."""
    return "".join(c if _is_plain(c) else f"#{ord(c)};" for c in text)


def _is_plain(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in " -./,:")
