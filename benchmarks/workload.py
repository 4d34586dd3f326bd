"""Realistic clusters of any size, the same for the same seed, as `kubectl get -o yaml` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice, product
from random import Random

import yaml

from benchmarks.policies import METRICS, RESOLVER, RESOLVER_LABELS, SCRAPER, Manifest, Room, policies_of

SYSTEM_NAMESPACES = {
    "kube-system": {"team": "platform", "env": "shared"},
    "monitoring": {"team": "platform", "env": "shared", "scrapes": "true"},
    "ingress": {"team": "platform", "env": "shared", "edge": "true"},
}
TEAMS = ("shop", "payments", "search", "billing", "identity", "media", "data", "mobile")
ENVIRONMENTS = ("prod", "staging", "dev")
TENANTS = ("acme", "globex", "initech")

APPS = tuple(
    f"{stem}-{part}"
    for part, stem in product(
        ("api", "web", "worker", "cache", "db", "gateway"),
        ("cart", "orders", "users", "catalog", "reports", "mail", "audit", "quotes"),
    )
)
TIERS = {"api": "backend", "web": "frontend", "worker": "batch", "cache": "data", "db": "data"}
ROLES = ("serving", "internal", "stateful", "edge")
VERSIONS = ("v1", "v1", "v1", "v2", "v2", "canary")
PODS_OF_AN_APP = 8
_SAFE_LETTERS = "bcdfghjklmnpqrstvwxz"  # as in the names that Kubernetes makes up

DEFAULT_SEED = 1


class Kind(Enum):
    """What the manifests of the pods are; a Deployment counts as one pod, as it is one to the program."""

    POD = "Pod"
    DEPLOYMENT = "Deployment"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class App:
    """What all pods of one application in one namespace have in common."""

    name: str
    tier: str
    role: str
    ports: tuple[tuple[str, int], ...]


def generate(
    *,
    pods: int = 1000,
    policies: int = 500,
    namespaces: int = 20,
    seed: int = DEFAULT_SEED,
    siblings: int = 1,
    kind: Kind = Kind.POD,
) -> str:
    """Return the manifests of a cluster: one YAML document for each object, in block style.

    Args:
        pods: objects that bear pods, before they are multiplied.
        policies: NetworkPolicies; the first of each namespace denies everything by default.
        namespaces: at least 3: `kube-system`, `monitoring`, `ingress`, then those of the teams.
        seed: the same seed gives the same text.
        siblings: pods of each make, all with the same labels and ports; policies stay as they are.
        kind: what the pods' manifests are.
    """
    rooms = list(islice(_rooms(namespaces, pods, seed), namespaces))
    documents = [_namespace(room) for room in rooms]
    documents.extend(_pods(rooms, pods, siblings, kind, seed))
    documents.extend(policies_of(rooms, policies, Random(f"policies {seed}")))
    text: str = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, default_flow_style=False)
    return text


def namespace_names(count: int) -> list[str]:
    """Return the names of the first `count` namespaces of every generated cluster."""
    return [name for name, _ in islice(_namespaces(), count)]


# --- namespaces ---------------------------------------------------------------------------------------------


def _namespaces() -> Iterator[tuple[str, dict[str, str]]]:
    yield from SYSTEM_NAMESPACES.items()
    number = 1
    while True:
        for index, (environment, team) in enumerate(product(ENVIRONMENTS, TEAMS)):
            name = f"{team}-{environment}" if number == 1 else f"{team}-{environment}-{number}"
            labels = {"team": team, "env": environment}
            if index % 3 == 0:
                labels["tenant"] = TENANTS[(index // 3) % len(TENANTS)]
            yield name, labels
        number += 1


def _rooms(count: int, pods: int, seed: int) -> Iterator[Room]:
    for index, (name, labels) in enumerate(_namespaces()):
        names = Random(f"apps {name} {seed}").sample(APPS, k=min(len(APPS), _apps_of_one(pods, count)))
        # Every third namespace may reach some addresses of the internet.
        yield Room(name, labels, names, public=index % 3 == 1)


def _apps_of_one(pods: int, namespaces: int) -> int:
    return max(2, pods // namespaces // PODS_OF_AN_APP)


def _namespace(room: Room) -> Manifest:
    labels = {**room.labels, "kubernetes.io/metadata.name": room.name}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": room.name, "labels": labels}}


# --- pods ---------------------------------------------------------------------------------------------------


def _pods(rooms: list[Room], count: int, siblings: int, kind: Kind, seed: int) -> Iterator[Manifest]:
    random, names = Random(f"pods {seed}"), Random(f"names {seed}")
    apps = {room.name: [_app(name, random) for name in room.apps] for room in rooms}
    if count > 1 and len(rooms) > 1:
        apps["monitoring"][0] = App(SCRAPER, "backend", "internal", (("http", 9093), (METRICS, 9090)))
        apps["kube-system"][0] = App(RESOLVER, "backend", "serving", (("dns-tcp", 53), (METRICS, 9153)))
    for index in range(count):
        room = rooms[index % len(rooms)]
        turn = index // len(rooms)
        app = apps[room.name][turn] if turn < len(apps[room.name]) else random.choice(apps[room.name])
        labels = {
            "app": app.name,
            "tier": app.tier,
            "role": app.role,
            "team": room.labels["team"],
            "version": random.choice(VERSIONS),
            "app.kubernetes.io/managed-by": "helm",
        }
        if app.name == RESOLVER:
            labels |= RESOLVER_LABELS
        spec = _pod_spec(app, room, random)
        deployed = kind is Kind.DEPLOYMENT or (kind is Kind.MIXED and random.random() < 0.8)
        for sibling in range(siblings):
            name = f"{app.name}-{index}" if sibling == 0 else f"{app.name}-{index}-{sibling}"
            make = _deployment if deployed else _pod
            yield make(name, room.name, labels, spec, names)


def _app(name: str, random: Random) -> App:
    part = name.rpartition("-")[2]
    ports = [("http", random.choice((8080, 8000, 3000))), (METRICS, random.choice((9090, 9090, 9102)))]
    if part in ("db", "cache"):
        ports[0] = (part, 5432 if part == "db" else 6379)
    if part == "gateway":
        ports.insert(1, ("https", 8443))
    return App(name, TIERS.get(part, "frontend"), random.choice(ROLES), tuple(ports))


def _pod_spec(app: App, room: Room, random: Random) -> Manifest:
    probe = {"httpGet": {"path": "/healthz", "port": app.ports[0][0]}, "periodSeconds": 10}
    return {
        "serviceAccountName": app.name,
        "containers": [
            {
                "name": app.name,
                "image": f"registry.example.com/{room.labels['team']}/{app.name}:1.{random.randrange(40)}.0",
                "ports": [
                    {"containerPort": number, "name": name, "protocol": "TCP"} for name, number in app.ports
                ],
                "env": [
                    {"name": "LOG_LEVEL", "value": random.choice(("info", "debug"))},
                    {"name": "UPSTREAM", "value": f"http://{random.choice(room.apps)}.{room.name}.svc:8080"},
                ],
                "resources": {
                    "limits": {"memory": f"{random.choice((128, 256, 512))}Mi"},
                    "requests": {"cpu": f"{random.choice((50, 100, 250))}m"},
                },
                "readinessProbe": probe,
            }
        ],
    }


def _pod(name: str, namespace: str, labels: dict[str, str], spec: Manifest, random: Random) -> Manifest:
    tag = "".join(random.choices(_SAFE_LETTERS, k=10))
    metadata = {"name": name, "namespace": namespace, "labels": {**labels, "pod-template-hash": tag}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _deployment(
    name: str, namespace: str, labels: dict[str, str], spec: Manifest, random: Random
) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": labels["app"]}},
        "spec": {
            "replicas": random.randint(1, 10),
            "selector": {"matchLabels": {"app": labels["app"], "instance": name}},
            "template": {"metadata": {"labels": {**labels, "instance": name}}, "spec": spec},
        },
    }
