"""What a run takes for granted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from verifier.cluster import Assumption, Cluster
from verifier.population import Network
from verifier.properties.spec.scope import Property, speaks_of_nodes
from verifier.property_file import PropertySet
from verifier.readings import DEFAULT_PROFILE, FREE, OUT_OF_SCOPE, PROFILES, READINGS

T = TypeVar("T")


def assumptions(one: PropertySet, properties: Sequence[Property]) -> tuple[Assumption, ...]:
    """Return what the verdicts on `properties` take for granted, that the input does not say."""
    found = list(of_all(one, lambda cluster: cluster.assumptions))
    pinned = {pin.reading: pin.value for pin in PROFILES[one.profile]}
    for row in READINGS:
        stated = {prop.readings[row.name] for prop in properties}
        for choice in sorted(stated, key=str):
            if choice != FREE:
                words = row.words[row.values.index(choice)]
                by_profile = choice == pinned.get(row.name)
                source = f"profile {one.profile}" if by_profile else one.document.file
                standing = by_profile and one.profile == DEFAULT_PROFILE
                found.append(Assumption(row.item, words, source, standing=standing))
    if one.cluster.population.nodes and any(map(_speaks_of_nodes, properties)):
        text = "a pod whose node is not stated may run on a node that is not declared"
        found.append(Assumption("S-1", text, "manifests"))
    found.extend(_addresses(one.cluster.population.network))
    found.append(
        Assumption(
            "S-7",
            "traffic from a pod's own node to it is left out of forbid, only and isolate",
            "netqed",
            standing=True,
        )
    )
    hypothetical = "hypothetical pods are not on the host network"
    if one.file.spec.new_namespaces == "one":
        hypothetical += "; one end of every flow is a pod of a namespace that exists already"
    found.append(Assumption("S-5", hypothetical, "netqed", standing=True))
    found.extend(Assumption(point.item, point.text, "netqed", standing=True) for point in OUT_OF_SCOPE)
    return tuple(found)


def of_all(one: PropertySet, what: Callable[[Cluster], Iterable[T]]) -> tuple[T, ...]:
    """Return what there is of the cluster, and of those that properties are held against, each once."""
    clusters = (one.cluster, *one.others.values())
    return tuple(dict.fromkeys(each for cluster in clusters for each in what(cluster)))


def _speaks_of_nodes(prop: Property) -> bool:
    return prop.relates or speaks_of_nodes(prop.of_one_set)


def _addresses(network: Network) -> list[Assumption]:
    found = []
    if network.pod_cidrs is None:
        text = (
            "pods whose address is not stated have an IPv4 address in a private or shared range,"
            " perhaps IPv6 too"
        )
        found.append(Assumption("S-2", text, "default: state spec.network.podCIDRs", standing=True))
    if network.node_cidrs is None:
        text = "nodes whose address is not stated have one in a private or shared range"
        found.append(Assumption("S-2", text, "default: state spec.network.nodeCIDRs", standing=True))
    return found
