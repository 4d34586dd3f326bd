"""Whether a concrete flow lies in a block, read off the block alone; and random edits of policies."""

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from itertools import count
from random import Random

from tests.strategies import Vocabulary, chance, policy, rule, selector
from verifier.difference import Block, End, Rooms, Sort
from verifier.flow import Address, Direction, Endpoint, External, Flow, Node, Pod
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import (
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicySpec,
)
from verifier.population import Population
from verifier.readings import READINGS, Readings
from verifier.semantics import label_selector_matches, namespace_labels


class UnreadableError(Exception):
    """A condition of a block is about a fact that these flows do not state."""


def lies_in(block: Block, flow: Flow, readings: Readings, population: Population) -> bool:
    """Whether `block` says that it is about `flow`."""
    return (
        stands_at(block.source, flow.source, flow.source_address, population)
        and stands_at(block.destination, flow.destination, flow.destination_address, population)
        and _on_ports(block, flow)
        and all(_holds(text, flow, readings) for text in block.conditions)
    )


def stands_at(end: End, endpoint: Endpoint, address: Address, population: Population) -> bool:
    """Whether somebody who has that address is meant."""
    sort = _sort(endpoint)
    if sort not in end.sorts:
        return False
    if isinstance(endpoint, Pod):
        if end.rooms is not None and not _lives_in(end.rooms, endpoint, population):
            return False
        if not label_selector_matches(end.pods, endpoint.labels):
            return False
    if end.addresses is None:
        return True
    inside = any(
        _within(address, each.cidr) and not any(_within(address, hole) for hole in each.without)
        for each in end.addresses
    )
    return inside is not end.elsewhere


def _sort(endpoint: Endpoint) -> Sort:
    match endpoint:
        case External():
            return Sort.EXTERNAL
        case Node():
            return Sort.NODE
        case Pod(host_network=True):
            return Sort.HOST_NETWORK_POD
        case Pod():
            return Sort.POD


def _lives_in(rooms: Rooms, pod: Pod, population: Population) -> bool:
    labels = namespace_labels(pod.namespace)
    if rooms.selector is not None:
        return label_selector_matches(rooms.selector, labels)
    known = population.namespaces.get(pod.namespace.name)
    if known is not None and (pod.namespace.name in rooms.names) is rooms.all_but:
        return False
    if known is None:
        listed = pod.namespace.name in rooms.new_names
        if not rooms.new or listed is rooms.new_all_but:
            return False
    if known is not None and known.labels is not None:
        return True
    return rooms.new_labels is None or label_selector_matches(rooms.new_labels, labels)


def _within(address: Address, cidr: str) -> bool:
    network = ip_network(cidr)
    return network.version == address.version and address in network


def _on_ports(block: Block, flow: Flow) -> bool:
    spans = block.ports
    if spans is not None and not any(
        span.protocol is flow.protocol and span.first <= flow.port <= span.last for span in spans
    ):
        return False
    return all(_called(flow, *key.split("/")) for key in block.named)


def _called(flow: Flow, name: str, protocol: str) -> bool:
    ports = flow.destination.ports if isinstance(flow.destination, Pod) else ()
    return any((p.name, p.protocol, p.number) == (name, protocol, flow.port) for p in ports) and (
        flow.protocol == protocol
    )


def _holds(text: str, flow: Flow, readings: Readings) -> bool:
    for row in READINGS:
        if text in row.words:
            return bool(getattr(readings, row.name) == row.values[row.words.index(text)])
    if text.endswith("the node of the destination"):
        return _is_node_of(flow.source, flow.destination, readings) is ("is not" not in text)
    if text.endswith("the node of the source"):
        return _is_node_of(flow.destination, flow.source, readings) is ("is not" not in text)
    if text.startswith("the port is not one that the pod calls"):
        name, protocol = text.split("`")[1], text.rpartition("(")[2].rstrip(")")
        return not _called(flow, name, protocol)
    raise UnreadableError(text)


def _is_node_of(endpoint: Endpoint, pod: Endpoint, readings: Readings) -> bool:
    if not isinstance(pod, Pod):
        return False
    if isinstance(endpoint, Node):
        return endpoint.name == pod.node
    on_host = isinstance(endpoint, Pod) and endpoint.host_network and readings.host_network == "node-ip"
    return on_host and isinstance(endpoint, Pod) and endpoint.node == pod.node


# --- edits -------------------------------------------------------------------------------------------------

Policies = tuple[NetworkPolicy, ...]
Edit = Callable[[Random, Vocabulary, Policies], Policies]


def edited(dice: Random, words: Vocabulary, policies: Policies) -> Policies:
    """One or two small changes, as a person would make them."""
    for _ in range(dice.choice((1, 1, 2))):
        policies = dice.choice(EDITS)(dice, words, policies)
    return policies


def _without_one(dice: Random, words: Vocabulary, policies: Policies) -> Policies:
    gone = dice.randrange(len(policies)) if policies else -1
    return tuple(each for number, each in enumerate(policies) if number != gone)


def _one_more(dice: Random, words: Vocabulary, policies: Policies) -> Policies:
    names = {each.name for each in policies}
    number = next(
        n for n in count(len(policies)) if f"more{n}" not in names
    )  # titles are unique in any input
    return (*policies, policy(dice, words, f"more{number}"))


def _one_changed(change: Callable[[Random, Vocabulary, NetworkPolicySpec], dict[str, object]]) -> Edit:
    def edit(dice: Random, words: Vocabulary, policies: Policies) -> Policies:
        if not policies:
            return policies
        number = dice.randrange(len(policies))
        old = policies[number]
        spec = old.spec.model_copy(update=change(dice, words, old.spec))
        return (*policies[:number], old.model_copy(update={"spec": spec}), *policies[number + 1 :])

    return edit


def _other_pods(dice: Random, words: Vocabulary, spec: NetworkPolicySpec) -> dict[str, object]:
    return {"pod_selector": LabelSelector.model_validate(selector(dice, words.pod_labels))}


def _other_types(dice: Random, words: Vocabulary, spec: NetworkPolicySpec) -> dict[str, object]:
    both = tuple(Direction)
    return {"policy_types": dice.choice((both[:1], both[1:], both))}


def _rule_more(dice: Random, words: Vocabulary, spec: NetworkPolicySpec) -> dict[str, object]:
    if dice.randrange(2):
        ingress = NetworkPolicyIngressRule.model_validate(rule(dice, words, "from"))
        return {"ingress": (*(spec.ingress or ()), ingress)}
    egress = NetworkPolicyEgressRule.model_validate(rule(dice, words, "to"))
    return {"egress": (*(spec.egress or ()), egress)}


def _rule_less(dice: Random, words: Vocabulary, spec: NetworkPolicySpec) -> dict[str, object]:
    side, own = dice.choice((("ingress", spec.ingress or ()), ("egress", spec.egress or ())))
    gone = dice.randrange(len(own)) if own else -1
    return {side: tuple(each for number, each in enumerate(own) if number != gone)}


EDITS = (
    _without_one,
    _one_more,
    _one_changed(_other_pods),
    _one_changed(_other_types),
    _one_changed(_rule_more),
    _one_changed(_rule_less),
)


def said_otherwise(dice: Random, policies: Sequence[NetworkPolicy]) -> Policies:
    """The same policies in another order, under other names, some split in two, their lists shuffled."""
    found = []
    for number, each in enumerate(policies):
        spec = each.spec
        if not spec.policy_types:
            types = tuple(Direction) if spec.egress else (Direction.INGRESS,)
            spec = spec.model_copy(update={"policy_types": types})
        ingress = dice.sample(spec.ingress or (), len(spec.ingress or ()))
        egress = dice.sample(spec.egress or (), len(spec.egress or ()))
        cut, other = dice.randint(0, len(ingress)), dice.randint(0, len(egress))
        parts = [(ingress, egress)]
        if chance(dice, 2):
            parts = [(ingress[:cut], egress[:other]), (ingress[cut:], egress[other:])]
        for place, (ins, outs) in enumerate(parts):
            own = spec.model_copy(update={"ingress": tuple(ins), "egress": tuple(outs)})
            found.append(each.model_copy(update={"name": f"n{number}-{place}", "spec": own}))
    dice.shuffle(found)
    return tuple(found)
