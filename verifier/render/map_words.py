"""The rows of a map in words, for every format that people read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.analyses.map.address_words import Block
from verifier.analyses.map.port_cells import PROTOCOLS, PortSpan
from verifier.analyses.map.reasons import Reason
from verifier.diagnostics import one_line
from verifier.flow import MAX_PORT, MIN_PORT
from verifier.mapper import ConnectionMap, MapRow, Party
from verifier.population import Workload
from verifier.render.lint_text import counted

ANY_PORT = "any port"


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
    return f"{text} except {', '.join(map(str, of.without))}" if of.without else text


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


def head(made: ConnectionMap, rows: Sequence[MapRow]) -> str:
    """Return the first line: of what it is a map."""
    population = made.cluster.population
    policies = len(made.cluster.policies) + len(made.cluster.tiers)
    parts = (
        counted(len(population.workloads), "workload"),
        counted(len(population.namespaces), "namespace"),
        counted(policies, "policy"),
    )
    return f"{', '.join(parts)}: {counted(len(rows), 'row')}"


def notes(made: ConnectionMap) -> Iterator[str]:
    """Yield what the rows leave out, and what was assumed for them."""
    cluster = made.cluster
    yield "left out: a pod and itself (NP-40), and nodes (NP-41)"
    for assumption in cluster.assumptions:
        yield f"assumed: {one_line(assumption.text, 400)} ({assumption.id})"
    if cluster.dropped_pods:
        yield f"left out: {counted(cluster.dropped_pods, 'pod')} that has run to its end (S-2)"
    for each in cluster.unmodelled:
        where = "all pods" if each.namespace is None else f"pods of {one_line(each.namespace)}"
        name = one_line(f"{each.kind} {each.name}")
        yield f"not modelled: {name}: what it says of {where} is left open (S-12)"
