"""Random policies, clusters and properties: small, and full of the corners where two readings part.

Everything is drawn from a `random.Random`, so that the same code makes volume from a seed and, through
`drawn`, examples that Hypothesis can shrink.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from verifier.flow import Address, ContainerPort, Direction, Node, Protocol
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicy
from verifier.population import METADATA_NAME, Cidr, Namespace, Network, Population, Workload
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Forbid,
    Isolate,
    NamedPort,
    Only,
    PortRange,
    Ports,
    Require,
    Selection,
    Statement,
)
from verifier.readings import FREE, READINGS

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True)
class Vocabulary:
    """What the random objects are made of; the smaller, the more they have to do with each other."""

    namespaces: tuple[str, ...]
    pod_labels: Mapping[str, tuple[str, ...]]
    namespace_labels: Mapping[str, tuple[str, ...]]
    port_names: tuple[str, ...]
    ports: tuple[int, ...]
    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    """CIDRs, each with what may be cut out of it."""
    addresses: tuple[str, ...]
    """For pods that state theirs."""
    nodes: tuple[tuple[str, tuple[str, ...]], ...]


RICH = Vocabulary(
    namespaces=("a", "b", "c"),
    pod_labels={"app": ("x", "y", ""), "tier": ("f", "g"), "example.com/role": ("x",)},
    namespace_labels={"team": ("p", "q", ""), "env": ("x",), METADATA_NAME: ("a", "b", "z")},
    port_names=("web", "dns"),
    ports=(1, 53, 80, 8080, 65535),
    blocks=(
        ("0.0.0.0/0", ("10.0.0.0/8", "128.0.0.0/1", "10.1.0.1/32", "0.0.0.0/1")),
        ("10.0.0.0/8", ("10.1.0.0/16", "10.1.0.0/24", "10.1.0.1/32", "10.128.0.0/9")),
        ("10.1.0.0/16", ("10.1.0.0/31", "10.1.0.2/32")),
        ("10.1.0.7/24", ("10.1.0.9/29",)),
        ("10.1.0.1/32", ()),
        ("203.0.113.0/24", ("203.0.113.128/25", "203.0.113.7/32")),
        ("::ffff:10.1.0.0/112", ()),
        ("::/0", ("fd00::/8", "2001:db8::/32", "8000::/1")),
        ("fd00:1::/32", ("fd00:1:0:1::/64", "fd00:1::1/128")),
        ("fd00:1::1/128", ()),
        ("2001:db8::/32", ("2001:db8::/127",)),
    ),
    addresses=(
        *("10.1.0.1", "10.1.0.2", "10.1.0.8", "10.2.0.1", "10.128.0.0", "172.16.0.1"),
        *("fd00:1::1", "fd00:1::2", "fd00:1:0:1::1", "fd01::1"),
    ),
    nodes=(("n1", ("10.9.0.1", "fd00:9::1")), ("n2", ("10.1.0.3",)), ("n3", ())),
)


NODE_LABELS: Mapping[str, tuple[str, ...]] = {"zone": ("a", "b"), "gpu": ("",)}
DOMAIN_NAMES = ("api.example.com", "*.example.org")


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def drawn(draw: Callable[[Random], T]) -> st.SearchStrategy[T]:
    """The strategy whose examples `draw` makes."""
    return st.randoms(use_true_random=False).map(draw)


def some(dice: Random, things: Sequence[T], most: int) -> list[T]:
    """At most `most` different ones, in any order."""
    return dice.sample(things, dice.randrange(min(most, len(things)) + 1))


def chance(dice: Random, one_in: int) -> bool:
    return dice.randrange(one_in) == 0


# --- policies --------------------------------------------------------------------------------------


def selector(dice: Random, labels: Mapping[str, tuple[str, ...]]) -> Json:
    match_labels = {key: dice.choice(labels[key]) for key in some(dice, list(labels), 1)}
    expressions = [_expression(dice, labels) for _ in range(dice.choice((0, 0, 1, 1, 2)))]
    return dice.choice(
        (
            {},
            {"matchLabels": match_labels},
            {"matchExpressions": expressions},
            {"matchLabels": match_labels, "matchExpressions": expressions},
        )
    )


def _expression(dice: Random, labels: Mapping[str, tuple[str, ...]]) -> Json:
    key = dice.choice(list(labels))
    operator = dice.choice(("In", "NotIn", "Exists", "DoesNotExist"))
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    values = dice.sample(labels[key], dice.randint(1, len(labels[key])))
    return {"key": key, "operator": operator, "values": values}


def ip_block(dice: Random, words: Vocabulary) -> Json:
    cidr, holes = dice.choice(words.blocks)
    excepted = some(dice, holes, 2)
    return {"cidr": cidr, "except": excepted} if excepted or dice.randrange(2) else {"cidr": cidr}


def peer(dice: Random, words: Vocabulary) -> Json:
    pods, namespaces = selector(dice, words.pod_labels), selector(dice, words.namespace_labels)
    return dice.choice(
        (
            {"podSelector": pods},
            {"namespaceSelector": namespaces},
            {"podSelector": pods, "namespaceSelector": namespaces},
            {"ipBlock": ip_block(dice, words)},
        )
    )


def port_entry(dice: Random, words: Vocabulary) -> Json:
    protocol = dice.choice(({}, {"protocol": "TCP"}, {"protocol": "UDP"}, {"protocol": "SCTP"}))
    low, high = sorted((dice.choice(words.ports), dice.choice(words.ports)))
    port = dice.choice(
        (
            {},
            {"port": low},
            {"port": low, "endPort": high},
            {"port": dice.choice(words.port_names)},
        )
    )
    return {**protocol, **port}


def rule(dice: Random, words: Vocabulary, side: str) -> Json:
    peers = [peer(dice, words) for _ in range(dice.randint(1, 2))]
    ports = [port_entry(dice, words) for _ in range(dice.randint(1, 2))]
    return {
        **dice.choice(({}, {side: None}, {side: []}, {side: peers}, {side: peers}, {side: peers})),
        **dice.choice(({}, {"ports": None}, {"ports": []}, {"ports": ports}, {"ports": ports})),
    }


def policy(dice: Random, words: Vocabulary, name: str) -> NetworkPolicy:
    spec: Json = {}
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules = [rule(dice, words, side) for _ in range(dice.randint(1, 2))]
        spec |= dice.choice(({}, {direction: None}, {direction: []}, {direction: rules}, {direction: rules}))
    types = dice.choice(
        (
            None,
            [],
            ["Ingress"],
            ["Egress"],
            ["Ingress", "Egress"],
            ["Egress", "Ingress"],
            ["Egress", "Egress"],
        )
    )
    spec |= dice.choice(({}, {"policyTypes": types}, {"policyTypes": types}))
    chosen = {"podSelector": selector(dice, words.pod_labels)}
    spec |= dice.choice(({}, {"podSelector": None}, {"podSelector": {}}, chosen))
    return NetworkPolicy.model_validate(
        {"name": name, "namespace": dice.choice(words.namespaces), "spec": spec}
    )


def policies(dice: Random, words: Vocabulary, most: int) -> tuple[NetworkPolicy, ...]:
    """At most `most`, and for every other namespace one that denies by default."""
    closed = [default_deny(name) for name in words.namespaces if chance(dice, 2)]
    return (*(policy(dice, words, f"p{number}") for number in range(dice.randint(0, most))), *closed)


def default_deny(namespace: str) -> NetworkPolicy:
    spec = {"policyTypes": ["Ingress", "Egress"]}
    return NetworkPolicy.model_validate({"name": "deny", "namespace": namespace, "spec": spec})


# --- who exists ------------------------------------------------------------------------------------


def labels(dice: Random, keys: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Some of the keys, with values that somebody may mention, or one that nobody does."""
    chosen = some(dice, [key for key in keys if key != METADATA_NAME], len(keys))
    return {key: dice.choice((*keys[key], "unsaid")) for key in chosen}


def container_ports(dice: Random, words: Vocabulary) -> tuple[ContainerPort, ...]:
    """Named and unnamed; a name may stand there twice, with one protocol or two."""
    return tuple(
        ContainerPort(
            dice.choice(words.ports), dice.choice(tuple(Protocol)), dice.choice((None, *words.port_names))
        )
        for _ in range(dice.choice((0, 1, 1, 2, 3)))
    )


def one_of_each_family(dice: Random, left: list[Address]) -> tuple[Address, ...]:
    """Take an address of IPv4, IPv6 or both out of `left`."""
    found = []
    for version in dice.choice(((4,), (6,), (4, 6), (4, 6))):
        own = [address for address in left if address.version == version]
        if own:
            found.append(dice.choice(own))
            left.remove(found[-1])
    return tuple(found)


def workload(dice: Random, words: Vocabulary, name: str, left: list[Address]) -> Workload:
    """A template or a bare Pod; `left` are the addresses that nobody has yet."""
    host_network, single = chance(dice, 5), chance(dice, 2)
    node = dice.choice((None, None, *(node for node, _ in words.nodes), "n9"))
    addresses = None
    if single and dice.randrange(2) and not host_network:
        addresses = one_of_each_family(dice, left) or None
    return Workload(
        kind="Pod" if single else dice.choice(("Deployment", "StatefulSet")),
        namespace=dice.choice(words.namespaces),
        name=name,
        labels=labels(dice, words.pod_labels),
        ports=container_ports(dice, words),
        host_network=host_network,
        node=node,
        addresses=addresses,
        single=single,
        controller_labels=frozenset() if single else frozenset(some(dice, list(words.pod_labels), 1)),
    )


def network(dice: Random) -> Network:
    def ranges(*texts: str) -> tuple[Cidr, ...]:
        return tuple(ip_network(text) for text in texts)

    return Network(
        pod_cidrs=dice.choice((None, None, ranges("10.1.0.0/16"), ranges("10.1.0.0/16", "fd00:1::/64"))),
        service_cidrs=dice.choice((None, None, ranges("10.96.0.0/12"))),
        node_cidrs=dice.choice((None, None, ranges("10.9.0.0/16", "fd00:9::/32"))),
    )


def population(dice: Random, words: Vocabulary, most: int = 4) -> Population:
    """At most `most` workloads; declared and undeclared namespaces; nodes with and without addresses."""
    declared = dice.choice((words.nodes, words.nodes[:1], (), ()))
    nodes = tuple(
        Node(
            name,
            tuple(ip_address(text) for text in texts),
            None if chance(dice, 3) else labels(dice, NODE_LABELS),
        )
        for name, texts in declared
    )
    left = [ip_address(text) for text in words.addresses]
    return Population(
        namespaces={
            name: Namespace(name, None if chance(dice, 4) else labels(dice, words.namespace_labels))
            for name in words.namespaces
        },
        workloads=tuple(workload(dice, words, f"w{number}", left) for number in range(dice.randint(1, most))),
        nodes=nodes,
        network=network(dice),
    )


def choices(dice: Random, *, free: int = 0) -> dict[str, bool | str]:
    """A value for some readings, and at most `free` of them left free."""
    pinned: dict[str, bool | str] = {
        row.name: dice.choice(row.values) for row in READINGS if dice.randrange(3) == 0
    }
    return {**pinned, **{row.name: FREE for row in some(dice, READINGS, free)}}


# --- properties ------------------------------------------------------------------------------------


def selection(
    dice: Random, words: Vocabulary, population: Population, *, pods_only: bool = False, depth: int = 1
) -> Selection:
    """One endpoint of a property; `depth` times may something be taken out of it."""
    excluded: tuple[Selection, ...] = ()
    if depth and chance(dice, 4):
        excluded = (selection(dice, words, population, depth=depth - 1),)
    block = IPBlock.model_validate(ip_block(dice, words)) if chance(dice, 5) else None
    sort = "pods" if pods_only else dice.choice(("pods", "pods", "pods", "bare", "block"))
    if sort == "pods":
        return _pods(dice, words, population, block, excluded)
    if sort == "bare":
        nodes = [node.name for node in population.nodes]
        return dice.choice(
            (
                Selection(pods=True, externals=True, ip_block=block, excluded=excluded),
                Selection(externals=True, ip_block=block, excluded=excluded),
                Selection(externals=True, internet=True, ip_block=block, excluded=excluded),
                Selection(nodes=True, ip_block=block, excluded=excluded),
                Selection(nodes=True, node=dice.choice(nodes) if nodes else None, excluded=excluded),
            )
        )
    whole = IPBlock.model_validate(ip_block(dice, words))
    return Selection(pods=True, externals=True, nodes=True, ip_block=whole, excluded=excluded)


def _pods(
    dice: Random,
    words: Vocabulary,
    population: Population,
    block: IPBlock | None,
    excluded: tuple[Selection, ...],
) -> Selection:
    owned = [(dice.choice((None, w.kind)), w.name) for w in population.workloads]
    pod_selector, namespace_selector = (
        LabelSelector.model_validate(selector(dice, keys))
        for keys in (words.pod_labels, words.namespace_labels)
    )
    return Selection(
        pods=True,
        namespace=dice.choice(list(population.namespaces)) if chance(dice, 3) else None,
        namespace_selector=namespace_selector if chance(dice, 3) else None,
        pod_selector=pod_selector if chance(dice, 3) else None,
        workload=dice.choice(owned) if chance(dice, 5) else None,
        ip_block=block,
        excluded=excluded,
    )


def endpoints(dice: Random, words: Vocabulary, population: Population) -> Endpoints:
    return tuple(selection(dice, words, population) for _ in range(dice.choice((1, 1, 1, 2))))


def property_ports(dice: Random, words: Vocabulary) -> Ports:
    low, high = sorted((dice.choice(words.ports), dice.choice(words.ports)))
    protocol = dice.choice((None, *Protocol))
    named = NamedPort(dice.choice(words.port_names), dice.choice(tuple(Protocol)))
    return dice.choice(
        (
            (),
            (PortRange(protocol),),
            (PortRange(protocol, low, low),),
            (PortRange(protocol, low, high), PortRange(Protocol.UDP, 53, 53)),
            (named,),
        )
    )


KINDS = ("forbid", "only", "require", "isolate", "cover")


def statement(dice: Random, words: Vocabulary, population: Population, kind: str) -> Statement:
    if kind == "cover":
        pods = tuple(selection(dice, words, population, pods_only=True) for _ in range(dice.randint(1, 2)))
        both = (Direction.INGRESS, Direction.EGRESS)
        return Cover(pods, dice.choice((both, both[:1], both[1:])))
    ports = property_ports(dice, words)
    if kind == "isolate":
        by = dice.choice(list(words.namespace_labels))
        namespaces = selector(dice, words.namespace_labels) if chance(dice, 3) else {}
        return Isolate(LabelSelector.model_validate(namespaces), by, ports)
    ends = endpoints(dice, words, population), endpoints(dice, words, population)
    kinds: dict[str, type[Forbid] | type[Only] | type[Require]] = {
        "forbid": Forbid,
        "only": Only,
        "require": Require,
    }
    return kinds[kind](*ends, ports)
