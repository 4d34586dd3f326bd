"""The NetworkPolicies of a generated cluster: what teams write, in the shares in which they write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

Manifest = Mapping[str, object]

METRICS = "metrics"
METRICS_PORT = 9090
SCRAPER = "prometheus"
RESOLVER = "coredns"
RESOLVER_LABELS = {"k8s-app": "kube-dns"}

_ROLES = ("serving", "internal", "stateful", "edge")
_TIERS = ("frontend", "backend", "batch", "data")


@dataclass(frozen=True, slots=True)
class Room:
    """One namespace: its labels, its applications, and whether its policies let pods out to the internet."""

    name: str
    labels: dict[str, str]
    apps: list[str]
    public: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a policy is being written."""

    room: Room
    rooms: Sequence[Room]
    random: Random

    def app(self) -> str:
        """Return one of the namespace's applications."""
        return self.random.choice(self.room.apps)

    def other(self) -> Room:
        """Return a namespace, mostly another one."""
        return self.random.choice(self.rooms)


def policies_of(rooms: Sequence[Room], count: int, random: Random) -> Iterator[Manifest]:
    """Yield `count` policies, dealt out to the namespaces in turn.

    No rule but `_allow_scraping` lets anybody in on METRICS_PORT.
    """
    for index in range(count):
        room = rooms[index % len(rooms)]
        turn = index // len(rooms)
        first = (*_FIRST, _serve_names) if room.name == "kube-system" else _FIRST
        make = first[turn] if turn < len(first) else random.choice(_THEN)
        stem = make.__name__.strip("_").replace("_", "-")
        yield {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": f"{stem}-{turn}", "namespace": room.name},
            "spec": make(Scene(room, rooms, random)),
        }


# --- the first policies of every namespace ------------------------------------------------------------------


def _deny_by_default(scene: Scene) -> Manifest:
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _allow_dns(scene: Scene) -> Manifest:
    resolver = {"namespaceSelector": _name("kube-system"), "podSelector": {"matchLabels": RESOLVER_LABELS}}
    return _egress({}, [resolver], [_port(53, "UDP"), _port(53)])


def _allow_scraping(scene: Scene) -> Manifest:
    scraper = {"namespaceSelector": _name("monitoring"), "podSelector": {"matchLabels": {"app": SCRAPER}}}
    return _ingress({}, [scraper], [_port(METRICS)])


def _serve_names(scene: Scene) -> Manifest:
    """Return the policy of `kube-system` that lets everybody ask the resolver."""
    return _ingress(
        {"matchLabels": RESOLVER_LABELS}, [{"namespaceSelector": {}}], [_port(53, "UDP"), _port(53)]
    )


# --- the others ---------------------------------------------------------------------------------------------


def _app_from_app(scene: Scene) -> Manifest:
    apps = scene.random.sample(scene.room.apps, k=scene.random.randint(1, min(3, len(scene.room.apps))))
    callers = [{"podSelector": {"matchLabels": {"app": app}}} for app in apps]
    return _ingress({"matchLabels": {"app": scene.app()}}, callers, _service_ports(scene))


def _app_to_app(scene: Scene) -> Manifest:
    called = [{"podSelector": {"matchLabels": {"app": scene.app()}}}]
    return _egress({"matchLabels": {"app": scene.app()}}, called, _service_ports(scene))


def _tier_from_tier(scene: Scene) -> Manifest:
    tiers = scene.random.sample(_TIERS, k=2)
    selector = {"matchExpressions": [{"key": "tier", "operator": "In", "values": tiers}]}
    callers = [{"podSelector": {"matchLabels": {"tier": scene.random.choice(_TIERS)}}}]
    return _ingress(selector, callers, _service_ports(scene))


def _release_from_team(scene: Scene) -> Manifest:
    selector = {
        "matchLabels": {"role": scene.random.choice(_ROLES)},
        "matchExpressions": [{"key": "version", "operator": "NotIn", "values": ["canary"]}],
    }
    team = scene.other().labels["team"]
    environments = sorted({scene.room.labels["env"], "shared"})
    named = {
        "matchLabels": {"team": team},
        "matchExpressions": [{"key": "env", "operator": "In", "values": environments}],
    }
    callers = [{"namespaceSelector": named, "podSelector": {"matchLabels": {"tier": "backend"}}}]
    return _ingress(selector, callers, _service_ports(scene))


def _tenant_egress(scene: Scene) -> Manifest:
    operator = scene.random.choice(("Exists", "DoesNotExist"))
    called = {
        "namespaceSelector": {"matchExpressions": [{"key": "tenant", "operator": operator}]},
        "podSelector": {
            "matchExpressions": [{"key": "app", "operator": "In", "values": scene.other().apps[:3]}]
        },
    }
    selector = {"matchExpressions": [{"key": "legacy", "operator": "DoesNotExist"}]}
    return _egress(selector, [called], _service_ports(scene))


def _namespace_from_namespace(scene: Scene) -> Manifest:
    rooms = scene.random.sample(scene.rooms, k=scene.random.randint(1, 2))
    callers = [{"namespaceSelector": _name(room.name)} for room in rooms]
    return _ingress({"matchLabels": {"app": scene.app()}}, callers, _service_ports(scene))


def _edge_ingress(scene: Scene) -> Manifest:
    edge = {
        "namespaceSelector": {"matchLabels": {"edge": "true"}},
        "podSelector": {"matchLabels": {"role": "edge"}},
    }
    return _ingress({"matchLabels": {"tier": "frontend"}}, [edge], [_port("http"), _port("https")])


def _offices_ingress(scene: Scene) -> Manifest:
    offices = scene.random.sample(range(0, 256, 16), k=2)
    blocks = [_block(f"198.51.100.{office}/28", f"198.51.100.{office + 4}/30") for office in offices]
    blocks.append(_block(f"2001:db8:{offices[0] + 16:x}::/48", f"2001:db8:{offices[0] + 16:x}:ff00::/56"))
    return _ingress({"matchLabels": {"role": "edge"}}, blocks, [_port(443), _port(8443)])


def _data_centre_egress(scene: Scene) -> Manifest:
    site = scene.random.randrange(64)
    blocks = [
        _block(f"10.{site}.0.0/16", f"10.{site}.128.0/20", f"10.{site}.255.0/24"),
        _block(f"fd00:{site + 1:x}::/32"),
    ]
    return _egress({"matchLabels": {"tier": "data"}}, blocks, [_port(5432), _port(30000, end=32767)])


def _partner_egress(scene: Scene) -> Manifest:
    if not scene.room.public:
        return _data_centre_egress(scene)
    partner = scene.random.randrange(0, 256, 8)
    blocks = [_block(f"203.0.113.{partner}/29"), _block(f"2001:db8:{partner + 4096:x}::/48")]
    if scene.random.random() < 0.2:
        blocks = [
            _block("0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
            _block("::/0", "fc00::/7"),
        ]
    return _egress({"matchLabels": {"app": scene.app()}}, blocks, [_port(443)])


_Maker = Callable[[Scene], Manifest]
_FIRST: tuple[_Maker, ...] = (_deny_by_default, _allow_dns, _allow_scraping)
_THEN: tuple[_Maker, ...] = (
    *(_app_from_app, _app_from_app, _app_from_app, _app_to_app, _app_to_app, _tier_from_tier),
    *(_release_from_team, _tenant_egress, _namespace_from_namespace, _namespace_from_namespace),
    *(_edge_ingress, _offices_ingress, _data_centre_egress, _partner_egress),
)


# --- pieces -------------------------------------------------------------------------------------------------


def _name(namespace: str) -> Manifest:
    return {"matchLabels": {"kubernetes.io/metadata.name": namespace}}


def _block(cidr: str, *holes: str) -> Manifest:
    return {"ipBlock": {"cidr": cidr, "except": list(holes)} if holes else {"cidr": cidr}}


def _port(port: int | str, protocol: str = "TCP", *, end: int | None = None) -> Manifest:
    entry: Manifest = {"port": port, "protocol": protocol}
    return entry if end is None else {**entry, "endPort": end}


def _service_ports(scene: Scene) -> list[Manifest]:
    choices: list[list[Manifest]] = [
        [_port(8080)],
        [_port("http")],
        [_port("http"), _port("https")],
        [_port("db"), _port("cache")],
        [_port(8000, end=8999)],
        [_port(scene.random.choice((3000, 5432, 6379, 8443)))],
    ]
    return scene.random.choice(choices)


def _ingress(selector: Manifest, peers: Sequence[Manifest], ports: Sequence[Manifest]) -> Manifest:
    rule = {"from": peers, "ports": ports}
    return {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [rule]}


def _egress(selector: Manifest, peers: Sequence[Manifest], ports: Sequence[Manifest]) -> Manifest:
    rule = {"to": peers, "ports": ports}
    return {"podSelector": selector, "policyTypes": ["Egress"], "egress": [rule]}
