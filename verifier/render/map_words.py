"""The rows of a map in words, for every format that people read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.analyses.lint.label_sets import label_set
from verifier.analyses.map.address_words import Block
from verifier.analyses.map.ends import MOST_NODES, tells_nodes_apart
from verifier.analyses.map.exposure import Stranger
from verifier.analyses.map.port_cells import PROTOCOLS, PortSpan
from verifier.analyses.map.reasons import Reason
from verifier.analyses.map.told import ExposedRow, Party
from verifier.analyses.selectors import all_of
from verifier.diagnostics import one_line
from verifier.flow import MAX_PORT, MIN_PORT, Direction
from verifier.manifest.labels import LabelSelector
from verifier.mapper import ConnectionMap, MapReport
from verifier.population import METADATA_NAME, Workload
from verifier.render.words import counted

ANY_PORT = "any port"
HEADINGS = ("from", "to", "ports", "depends on")


@dataclass(frozen=True, slots=True)
class Line:
    """A row in words; `shown` is False where one end is pods that no manifest shows."""

    source: Sequence[str]
    destination: Sequence[str]
    ports: Sequence[str]
    depends: Sequence[str] = ()
    shown: bool = True


def lines(report: MapReport) -> list[Line]:
    """Return all rows in words: first what is sure, then what depends, then who is not shown."""
    made = report.made
    found = [
        Line(
            party(row.source, made),
            party(row.destination, made),
            ports(row.ports),
            [reason(each) for each in row.depends],
        )
        for row in report.rows
    ]
    return [*found, *(_exposed(row, made) for row in report.exposures)]


def _exposed(row: ExposedRow, made: ConnectionMap) -> Line:
    own, others = party(row.workloads, made), [stranger(row.stranger)]
    named = [
        f"{one_line(name)}{f'/{protocol}' if protocol else ''} (by name)"
        for name, protocol in sorted(row.names, key=str)
    ]
    on = [*(ports(row.ports) if row.ports else ()), *named]
    if row.direction is Direction.INGRESS:
        return Line(others, own, on, shown=False)
    return Line(own, others, on, shown=False)


def stranger(of: Stranger) -> str:
    """Return which pods are meant: `any pod with app=x of namespaces with team=y`."""
    wanted = _labelled(of.pods)
    who = f"any pod with {wanted}" if wanted else "any pod"
    if of.block is not None:
        return f"{who} at an address in {one_line(of.block.cidr)}{_except(of.block.except_ or ())}"
    if of.namespace is not None:
        return f"{who} of namespace {one_line(of.namespace)}"
    named = label_set(of.namespaces).keys
    if named.keys() == {METADATA_NAME} and not named[METADATA_NAME].others:
        names = sorted(named[METADATA_NAME].listed)
        return f"{who} of {'namespaces' if len(names) > 1 else 'namespace'} {', '.join(map(one_line, names))}"
    there = _labelled(of.namespaces)
    return f"{who} of {f'namespaces with {there}' if there else 'any namespace'}"


def _labelled(selector: LabelSelector | None) -> str:
    return one_line(all_of(selector).replace("`", ""), 400)


def party(of: Party, made: ConnectionMap) -> list[str]:
    """Return who stands at one end of a row, one by one."""
    found = ["all workloads"] if of.everybody else []
    found += [f"all of {one_line(name)}" for name in of.namespaces]
    found += [workload(each, made) for each in of.workloads]
    if of.everywhere:
        found.append("any address outside")
    else:
        found += [block(each) for each in of.addresses]
    return found


def workload(of: Workload, made: ConnectionMap) -> str:
    """Return a workload's namespace and name, with its kind where another one has the same."""
    return one_line(f"{of.namespace}/{of.owner}" if of.title in made.ambiguous else of.title, 400)


def block(of: Block) -> str:
    """Return addresses outside the cluster: `any IPv4 address outside`, `10.0.0.0/8 except 10.1.0.0/16`."""
    text = f"any IPv{of.cidr.version} address outside" if of.cidr.prefixlen == 0 else str(of.cidr)
    return f"{text}{_except([str(hole) for hole in of.without])}"


def _except(holes: Sequence[str]) -> str:
    if not holes:
        return ""
    listed = ", ".join(map(one_line, holes))
    return f" except {listed}" if len(holes) == 1 else f" except ({listed})"


def ports(of: Sequence[PortSpan]) -> list[str]:
    """Return ports one by one, or those that are missing where that is shorter."""
    if all(PortSpan(protocol, MIN_PORT, MAX_PORT) in of for protocol in PROTOCOLS):
        return [ANY_PORT]
    missing = list(_missing(of))
    if len(missing) < len(of):
        first, *more = [_span(each) for each in missing]
        return [f"{ANY_PORT} but {first}", *more]
    return [_span(each) for each in of]


def _missing(of: Sequence[PortSpan]) -> Iterator[PortSpan]:
    for protocol in PROTOCOLS:
        begin = MIN_PORT
        for span in [each for each in of if each.protocol is protocol]:
            if begin < span.first:
                yield PortSpan(protocol, begin, span.first - 1)
            begin = span.last + 1
        if begin <= MAX_PORT:
            yield PortSpan(protocol, begin, MAX_PORT)


def _span(of: PortSpan) -> str:
    return f"any {of.protocol} port" if of.whole else str(of)


def reason(of: Reason) -> str:
    """Return what a row depends on, with its item."""
    return f"{one_line(of.text, 400)} ({of.id})"


def head(report: MapReport) -> str:
    """Return the first line: of what it is a map."""
    made = report.made
    population = made.cluster.population
    policies = len(made.cluster.policies) + len(made.cluster.tiers)
    parts = (
        counted(len(population.workloads), "workload"),
        counted(len(population.namespaces), "namespace"),
        counted(policies, "policy"),
    )
    return f"{', '.join(parts)}: {counted(len(report.rows), 'row')}"


def notes(report: MapReport) -> Iterator[str]:
    """Yield what the rows leave out, and what was assumed for them."""
    cluster = report.made.cluster
    yield "left out: a pod and itself (NP-40), and nodes (NP-41)"
    for assumption in cluster.assumptions:
        yield f"assumed: {one_line(assumption.text, 400)} ({assumption.id})"
    if cluster.dropped_pods:
        yield f"left out: {counted(cluster.dropped_pods, 'pod')} that has run to its end (S-2)"
    hosts = cluster.population.has_host_network
    if hosts and not tells_nodes_apart(cluster.population):
        yield f"not looked at: which of more than {MOST_NODES} nodes a pod runs on, where rows depend on it"
    for each in cluster.unmodelled:
        where = "all pods" if each.namespace is None else f"pods of {one_line(each.namespace)}"
        name = one_line(f"{each.kind} {each.name}")
        yield f"not modelled: {name}: what it says of {where} is left open (S-12)"


def outside(namespace: str | None) -> str:
    """Return a line's name in a matrix; None is what is outside the cluster."""
    return "addresses outside" if namespace is None else one_line(namespace)
