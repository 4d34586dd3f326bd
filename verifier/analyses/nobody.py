"""Why an end of a property selects nobody: which labels, names and ports there are instead."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from verifier.analyses.selectors import all_of, requirements
from verifier.flow import Pod, PodNamespace
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.spelling import did_you_mean, listed, suggestion
from verifier.population import METADATA_NAME, Namespace, Population, Workload
from verifier.properties.spec.scope import Cover, Endpoints, Isolate, NamedPort, Selection, Statement
from verifier.semantics import label_selector_matches, namespace_labels, selects

_MOST_SELECTIONS = 4  # of an end that is a union


def why_nobody(statement: Statement, empty: Collection[str], population: Population) -> tuple[str, ...]:
    """Return in words what there is instead of what a property speaks of, among the pods shown.

    Args:
        empty: the ends (`from`, `to`, `pods`) that select nobody; none where the ends never meet.
    """
    match statement:
        case Isolate():
            return tuple(_no_groups(statement, population))
        case Cover():
            ends = {"pods": statement.pods}
        case _:
            ends = {"from": statement.source, "to": statement.destination}
            if not empty:
                ports = [port for port in statement.ports if isinstance(port, NamedPort)]
                undeclared = ports if len(ports) == len(statement.ports) else []
                return tuple(_undeclared(undeclared, statement.destination, population))
    found = [
        f"`{name}`: {why}"
        for name, endpoints in ends.items()
        if name in empty
        for selection in endpoints[:_MOST_SELECTIONS]
        if (why := _why(selection, population)) is not None
    ]
    return tuple(dict.fromkeys(found))


def _why(selection: Selection, population: Population) -> str | None:
    """Return the first of its fields that leaves no pod, and what there is; None: it is none of them."""
    if not selection.pods:
        return None
    pods = list(population.workloads)
    whose = ""
    if selection.namespace is not None:
        pods = [pod for pod in pods if pod.namespace == selection.namespace]
        whose = f" of namespace `{selection.namespace}`"
        if not pods:
            others = {pod.namespace for pod in population.workloads}
            return f"namespace `{selection.namespace}` has no pods" + (
                f"; those of {listed(others)} have" if others else ""
            )
    if selection.namespace_selector is not None:
        chosen = _matching(selection.namespace_selector, population)
        if not chosen:
            return _unmatched(selection.namespace_selector, _namespaces(population), "namespace")
        pods = [pod for pod in pods if pod.namespace in chosen]
        whose = f" of the namespaces with {all_of(selection.namespace_selector) or 'any label'}"
        if not pods:
            return f"there is no pod{whose}: {listed(chosen)}"
    if selection.pod_selector is not None:
        selector, candidates = selection.pod_selector, pods
        pods = [pod for pod in pods if _may_match(selector, _of_pod(pod))]
        if not pods:
            return _unmatched(selector, [_of_pod(pod) for pod in candidates], f"pod{whose}")
    return _taken_away(selection, pods, population)


def _taken_away(selection: Selection, pods: Sequence[Workload], population: Population) -> str | None:
    """Return that `workload`, `ipBlock` or `except` leaves none of `pods`."""
    if selection.workload is not None:
        kind, name = selection.workload
        named = [pod for pod in pods if pod.name == name and kind in (None, pod.kind)]
        if not named:
            return f"no workload that the other fields select is called `{name}`; there {_are(pods)}"
        pods = named
    if selection.ip_block is not None:
        return _no_address(selection, selection.ip_block.cidr, population)
    if all(selects(selection.excluded, _pod(pod, population), None) for pod in pods):
        return f"`except` takes away all of {listed(pod.title for pod in pods)}"
    return None


def _no_address(selection: Selection, cidr: str, population: Population) -> str:
    """Return that nobody whom the selection means can have an address in `cidr`."""
    block = ip_network(cidr, strict=False)
    for services in population.network.service_cidrs or ():
        if block.version == services.version and services.supernet_of(block):  # type: ignore[arg-type]
            there = f"`{cidr}` lies in `spec.network.serviceCIDRs`"
            return f"{there}: no pod, no node and nobody outside has a Service's address"
    if selection.externals or selection.nodes:
        return f"nobody can have an address in `{cidr}`"
    return f"no pod that the other fields select can have an address in `{cidr}`"


def _are(pods: Sequence[Workload]) -> str:
    names = {pod.name for pod in pods}
    return f"{'are' if len(names) > 1 else 'is'} {listed(names)}"


def _pod(workload: Workload, population: Population) -> Pod:
    namespace = PodNamespace(workload.namespace, _labels(population.namespaces[workload.namespace]))
    return Pod(
        namespace, workload.name, workload.labels, host_network=workload.host_network, owner=workload.owner
    )


def _labels(namespace: Namespace) -> dict[str, str]:
    return namespace_labels(PodNamespace(namespace.name, namespace.labels or {}))


def _matching(selector: LabelSelector, population: Population) -> list[str]:
    """The namespaces that match, or may: of one that is not declared only its name is known (S-4)."""
    return [
        namespace.name
        for namespace in population.namespaces.values()
        if all(
            (namespace.labels is None and key != METADATA_NAME)
            or label_selector_matches(alone, _labels(namespace))
            for _, key, alone in requirements(selector)
        )
    ]


@dataclass(frozen=True, slots=True)
class _Labels:
    """The labels of a pod or namespace; of `unknown` keys nobody knows the values."""

    known: Mapping[str, str]
    unknown: frozenset[str] = frozenset()


def _of_pod(pod: Workload) -> _Labels:
    return _Labels(pod.labels, pod.controller_labels)  # S-13


def _namespaces(population: Population) -> list[_Labels]:
    return [_Labels(_labels(namespace)) for namespace in population.namespaces.values()]


def _may_match(selector: LabelSelector, labels: _Labels) -> bool:
    return all(
        key in labels.unknown or label_selector_matches(alone, labels.known)
        for _, key, alone in requirements(selector)
    )


def _unmatched(selector: LabelSelector, labelled: Sequence[_Labels], who: str) -> str:
    """Return the requirement that nobody fulfils, and which labels there are."""
    for text, key, alone in requirements(selector):
        if any(_may_match(alone, labels) for labels in labelled):
            continue
        values = {labels.known[key] for labels in labelled if key in labels.known}
        if not values:
            keys = {key for labels in labelled for key in labels.known}
            known = suggestion(key, keys)
            return f"no {who} has a label `{key}`" + (f"; {known}" if known else "; none has any label")
        wanted = [value for value in _values(alone) if value not in values]
        guess = did_you_mean(wanted[0], values) if wanted else None
        meant = f" (did you mean `{guess}`?)" if guess is not None else ""
        there = f"there {'are' if len(values) > 1 else 'is'} {listed(values)}"
        return f"no {who} matches {text}; as `{key}` {there}{meant}"
    return f"no {who} matches all of {all_of(selector)}"


def _values(requirement: LabelSelector) -> Iterator[str]:
    yield from (requirement.match_labels or {}).values()
    for expression in requirement.match_expressions or ():
        yield from expression.values or ()


# --- ends that never meet -----------------------------------------------------------------------------------


def _undeclared(ports: Sequence[NamedPort], destination: Endpoints, population: Population) -> Iterator[str]:
    """Yield the ports, all of them by name, that no destination declares."""
    bare = tuple(replace(selection, ip_block=None, excluded=()) for selection in destination)
    there = [pod for pod in population.workloads if selects(bare, _pod(pod, population), None)]
    for port in ports:
        declared = {
            own.name for pod in there for own in pod.ports if own.protocol == port.protocol and own.name
        }
        if port.name not in declared:
            known = suggestion(port.name, declared)
            yield f"no destination has a {port.protocol} port called `{port.name}`" + (
                f"; {known}" if known else ""
            )


def _no_groups(statement: Isolate, population: Population) -> Iterator[str]:
    """Yield why there are no two groups of namespaces with pods to be kept apart."""
    chosen = _matching(statement.namespaces, population)
    if any(population.namespaces[name].labels is None for name in chosen):
        wanted = _only_value(statement.namespaces, statement.by)
        if wanted is not None:
            yield f"`namespaces` asks for `{statement.by}: {wanted}` alone: there is nothing to keep apart"
        return
    labels = {name: _labels(population.namespaces[name]) for name in chosen}
    if not chosen:
        yield _unmatched(statement.namespaces, _namespaces(population), "namespace")
        return
    groups = {own[statement.by] for own in labels.values() if statement.by in own}
    if len(groups) < 2:
        if not groups:
            known = suggestion(statement.by, {key for own in labels.values() for key in own})
            yield f"none of {listed(chosen)} has a label `{statement.by}`; {known}"
        else:
            yield f"as `{statement.by}` there is {listed(groups)} alone: there is nothing to keep apart"
        return
    inhabited = {pod.namespace for pod in population.workloads}
    settled = {own[statement.by] for name, own in labels.items() if statement.by in own and name in inhabited}
    if len(settled) < 2:
        where = listed(settled) if settled else "none"
        yield f"as `{statement.by}` there are {listed(groups)}, and pods in {where} of them"


def _only_value(selector: LabelSelector, key: str) -> str | None:
    """Return the one value of a label that a selector lets through, if it asks for one."""
    for _, asked, alone in requirements(selector):
        values = list(_values(alone))
        excludes = any(expression.operator is not Operator.IN for expression in alone.match_expressions or ())
        if asked == key and len(values) == 1 and not excludes:
            return values[0]
    return None
