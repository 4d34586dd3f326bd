"""Which readings can matter to a cluster: what nobody makes use of need not be tried both ways."""

from collections.abc import Iterator, Mapping

from verifier.cluster import Cluster
from verifier.flow import Protocol
from verifier.manifest.network_policy import IPBlock, NetworkPolicy, NetworkPolicyPort
from verifier.properties.spec.scope import Cover, Isolate, Only, Statement
from verifier.readings import FREE, READINGS


def narrowed(
    cluster: Cluster, statement: Statement, choices: Mapping[str, bool | str]
) -> dict[str, bool | str]:
    """Return the same choices, with one value for every free reading that cannot matter."""
    matter = set(_relevant(cluster, statement))
    return {
        row.name: row.values[0]
        if choices.get(row.name) == FREE and row.name not in matter
        else choices.get(row.name, row.values[0])
        for row in READINGS
    }


def _relevant(cluster: Cluster, statement: Statement) -> Iterator[str]:
    yield "self_traffic"
    entries = [entry for policy in cluster.policies for entry in _entries(policy)]
    if any(entry.end_port is not None for entry in entries):
        yield "endport_support"
    if any(entry.protocol is Protocol.SCTP for entry in entries):
        yield "sctp_support"
    if cluster.tiers or any(isinstance(entry.port, str) for entry in entries):
        yield "named_port_duplicates"
    if cluster.tiers:
        yield "baseline_handover"
    if cluster.tiers or any(_blocks(policy) for policy in cluster.policies):
        yield "cidr_matches_pods"
        yield "cidr_matches_nodes"
    on_hosts = any(workload.host_network for workload in cluster.population.workloads)
    if on_hosts:
        yield "host_network"
    if on_hosts or _means_nodes(statement):
        yield "own_node_ingress"
        yield "own_node_egress"


def _entries(policy: NetworkPolicy) -> list[NetworkPolicyPort]:
    found = [entry for rule in policy.spec.ingress or () for entry in rule.ports or ()]
    return found + [entry for rule in policy.spec.egress or () for entry in rule.ports or ()]


def _blocks(policy: NetworkPolicy) -> list[IPBlock]:
    peers = [peer for rule in policy.spec.ingress or () for peer in rule.from_ or ()]
    peers += [peer for rule in policy.spec.egress or () for peer in rule.to or ()]
    return [peer.ip_block for peer in peers if peer.ip_block is not None]


def _means_nodes(statement: Statement) -> bool:
    if isinstance(statement, Cover | Isolate):
        return False
    ends = (*statement.source, *statement.destination)
    return isinstance(statement, Only) or any(end.nodes for end in ends)
